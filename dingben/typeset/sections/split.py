"""Split a book into sections, each of which can be laid out by itself as it stands in the whole.

A part is one or more divisions that begin on a right-hand page. It is laid out between
empty divisions like its neighbours, whose pages are then left out: so breaks, blank
pages, named pages and margins are those of the whole book.

What can't be told from a part alone (counters over chapters, numbers of pages in running
text, styles that count divisions) raises :class:`NotSplittableError`; then the book is set in one piece.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dingben.typeset.engine.selectors import counts_divisions
from dingben.typeset.errors import NotSplittableError

SMALL = 6_000
"""Characters of HTML up to which neighbours are laid out together: a part costs some hundredths of a second more."""

SECTION = re.compile(r"<(/?)section\b([^>]*)>", re.IGNORECASE)
COUNTS_PAGES = re.compile(r"counters?\([^)]*\bpages\b")
WANTS_PAGE = re.compile(r"string\([^)]*\bstart\b|\brunning\(|\bposition\s*:\s*fixed\b", re.IGNORECASE)
"""What can be told only while a page is laid out: its first element, elements that move into its margins."""
COUNTS_DIVISIONS = re.compile(r":nth\((?!1 of opening\))")


@dataclass(frozen=True, slots=True)
class Section:
    """Divisions laid out together: a name of its own, and a whole HTML page.

    ``before`` and ``after``: whether there is an empty division in front and at the end.
    """

    name: str
    html: str
    before: bool
    after: bool
    contents: bool = False
    """Whether it holds the table of contents, which needs the folios of all others."""

    @property
    def head(self) -> str:
        """What stands before the body."""
        return self.html.partition("<body")[0]


# -- cutting


def cut(html: str, css: Sequence[str]) -> tuple[Section, ...]:
    """The parts of a book's HTML page; the cuts depend on nothing but the text. Raises WholeBookError."""
    for sheet in css:
        if COUNTS_PAGES.search(sheet) or COUNTS_DIVISIONS.search(sheet):
            raise NotSplittableError("a style sheet counts the pages")
        if WANTS_PAGE.search(sheet):
            raise NotSplittableError("a style sheet puts elements of the page into its margins")
    start, sections, end = divisions(html)
    if "<style" in start:
        raise NotSplittableError("a template has styles of its own")
    names = {name for attributes, _ in sections for name in (*classes(attributes), name_of(attributes, ""))}
    names |= {found[1] for attributes, _ in sections if (found := re.search(r'\bid="([^"]*)"', attributes))}
    if any(counts_divisions(sheet, names) for sheet in css):
        raise NotSplittableError("a style sheet counts or compares divisions")
    groups: list[list[tuple[str, str]]] = []
    for section in sections:
        if groups and together(groups[-1], section):
            groups[-1].append(section)
        else:
            groups.append([section])
    if len(groups) < 2:
        raise NotSplittableError("there is but one part")
    parts = []
    for at, group in enumerate(groups):
        lead = empty(groups[at - 1][-1][0]) if at else ""
        tail = empty(groups[at + 1][0][0]) if at + 1 < len(groups) else ""
        body = "".join(text for _, text in group)
        name = name_of(*group[0])
        parts.append(
            Section(name, f"{start}{lead}{body}{tail}{end}", bool(lead), bool(tail), "toc" in classes(group[0][0]))
        )
    if len({part.name for part in parts}) < len(parts) or sum(part.contents for part in parts) > 1:
        raise NotSplittableError("divisions have no names of their own")
    return tuple(parts)


def divisions(html: str) -> tuple[str, list[tuple[str, str]], str]:
    """What stands before the first section, the sections (attributes, text), and what stands after the last."""
    sections: list[tuple[str, str]] = []
    first = last = level = opened = 0
    attributes = ""
    for tag in SECTION.finditer(html):
        level += -1 if tag[1] else 1
        if level == 1 and not tag[1]:
            if sections and html[last : tag.start()].strip():
                raise NotSplittableError("something stands between the divisions")
            first = first or tag.start()
            opened, attributes = tag.start(), tag[2]
        elif level == 0:
            last = tag.end()
            sections.append((attributes, html[opened:last]))
        elif level < 0:
            break
    if level or not sections or not re.search(r"<body[^>]*>\s*\Z", html[:first]):
        raise NotSplittableError("the book is not a row of divisions")
    return html[:first], sections, html[last:]


def together(group: list[tuple[str, str]], section: tuple[str, str]) -> bool:
    """Whether a section is laid out with those before it: an imprint stands on the back of a title page."""
    own, other = classes(section[0]), classes(group[0][0])
    if "imprint" in own:
        return True
    if "toc" in own or "toc" in other or 'id="opens-body"' in section[0]:
        return False
    return sum(len(text) for _, text in group) + len(section[1]) <= SMALL


def classes(attributes: str) -> list[str]:
    """The classes that an opening tag names."""
    found = re.search(r'\bclass="([^"]*)"', attributes)
    return found[1].split() if found else []


def empty(attributes: str) -> str:
    """An empty section that breaks pages as the one with these attributes does."""
    return f'<section class="{" ".join(classes(attributes))}"></section>'


def name_of(attributes: str, text: str) -> str:
    """A name for the part that begins with this section."""
    found = re.search(r'\b(?:data-division|id)="([^"]*)"', attributes)
    return found[1] if found else hashlib.sha256(text.encode()).hexdigest()[:12]
