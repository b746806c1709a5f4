"""Running heads and bookmarks of headings: no note calls in them, and no title that is wider than its line.

A title that is too long is cut, which is reported; ``# … {short="…"}`` gives a shorter one.
"""

from __future__ import annotations

from collections.abc import Sequence

from dingben.diagnostics import Diagnostic
from dingben.document.ast import Node, iter_nodes
from dingben.document.model import Fragment
from dingben.document.source_location import locate_text
from dingben.formats.pdf.floats import width
from dingben.theme.page_geometry import PageGeometry

SIZE = 6 / 7
"""Type size of running heads as a share of the text's, as the styles have it."""

ELLIPSIS = "……"


def with_running_titles(
    fragment: Fragment, blocks: Sequence[Node], page: PageGeometry, findings: list[Diagnostic]
) -> list[Node]:
    """Return the blocks, headings with attributes for the styles where their own content can't be used.

    ``running``: what the running head prints; ``bookmark``: what the outline of the PDF shows.
    """
    texts = {heading.identifier: heading.text for heading in fragment.headings}
    result = []
    for block in blocks:
        if block["t"] == "Header":
            level, (identifier, names, pairs), inlines = block["c"]
            own = texts.get(identifier, "")
            added = [["bookmark", own]] if any(each["t"] == "Note" for each in iter_nodes(inlines)) else []
            if level == 1 and (title := running_title(fragment, page, findings)) != own:
                added.append(["running", title])
            elif level == 1 and added:
                added.append(["running", own])
            block = {"t": "Header", "c": [level, [identifier, names, [*pairs, *added]], inlines]}
        result.append(block)
    return result


def running_title(fragment: Fragment, page: PageGeometry, findings: list[Diagnostic]) -> str:
    """Return the running head of a division: its short title, else its whole one, cut where it is too long."""
    heading = fragment.heading
    title = heading.short or heading.text
    cut = fitting(title, page.text_width / (SIZE * page.size))
    if cut != title:
        words = heading.short or heading.title
        findings.append(
            Diagnostic(
                f"the title is too long for a running head, which says: {cut}",
                f'Write a shorter one behind it: # … {{short="{fitting(heading.title, 12)}"}}',
                locate_text(fragment.division, words.split(" ")[0]),
                "U202",
            )
        )
    return cut


def fitting(title: str, room: float) -> str:
    """Return the title, cut with an ellipsis to ``room`` em."""
    if width(title) <= room:
        return title
    end = len(title)
    while end and width(title[:end] + ELLIPSIS) > room:
        end -= 1
    return title[:end].rstrip("，、：；—（《“ ") + ELLIPSIS
