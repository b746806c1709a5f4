"""Split a book into sections, each of which can be laid out alone with the same result.

A section is one or more divisions that begin on a right-hand page. It is laid out between empty divisions with the
classes of its neighbours, whose pages are then left out: so breaks, blank pages, named pages and margins are those of
the whole book.

What depends on other sections (counters over chapters, page numbers in running text, styles that count divisions)
raises :class:`NotSplittableError`; then the book is laid out as a whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dingben.typeset.engine.selectors import counts_divisions
from dingben.typeset.errors import NotSplittableError

SMALL = 6_000
"""Characters of HTML up to which neighbours are laid out together: each section costs some hundredths of a second."""

SECTION = re.compile(r"<(/?)section\b([^>]*)>", re.IGNORECASE)
COUNTS_PAGES = re.compile(r"counters?\([^)]*\bpages\b")
NEEDS_PAGE = re.compile(r"string\([^)]*\bstart\b|\brunning\(|\bposition\s*:\s*fixed\b", re.IGNORECASE)
"""Running heads that need the layout of their page: its first element, running elements."""
COUNTS_DIVISIONS = re.compile(r":nth\((?!1 of (?:opening|part|opening-part)\))")


@dataclass(frozen=True, slots=True)
class Section:
    """Divisions laid out together: a unique name, and a whole HTML page.

    ``before`` and ``after``: whether the page begins and ends with an empty division.
    """

    name: str
    html: str
    before: bool
    after: bool
    contents: bool = False
    """Whether it is the table of contents, which needs the folios of all other sections."""

    @property
    def head(self) -> str:
        """The HTML before the body."""
        return self.html.partition("<body")[0]


# -- splitting


def split_sections(html: str, css: Sequence[str]) -> tuple[Section, ...]:
    """Split the HTML page of a book; where depends only on the text. Raises NotSplittableError."""
    for sheet in css:
        if COUNTS_PAGES.search(sheet) or COUNTS_DIVISIONS.search(sheet):
            raise NotSplittableError("a style sheet counts the pages")
        if NEEDS_PAGE.search(sheet):
            raise NotSplittableError("a style sheet has running elements, or the first string of a page")
    start, divisions, end = find_divisions(html)
    if "<style" in start:
        raise NotSplittableError("a template has a <style> element")
    names = {name for attributes, _ in divisions for name in (*classes(attributes), name_of(attributes, ""))}
    names |= {found[1] for attributes, _ in divisions if (found := re.search(r'\bid="([^"]*)"', attributes))}
    if any(counts_divisions(sheet, names) for sheet in css):
        raise NotSplittableError("a style sheet counts or compares divisions")
    groups: list[list[tuple[str, str]]] = []
    for division in divisions:
        if groups and is_joined(groups[-1], division):
            groups[-1].append(division)
        else:
            groups.append([division])
    if len(groups) < 2:
        raise NotSplittableError("the book has only one section")
    sections = []
    for at, group in enumerate(groups):
        lead = empty_division(groups[at - 1][-1][0]) if at else ""
        tail = empty_division(groups[at + 1][0][0]) if at + 1 < len(groups) else ""
        body = "".join(text for _, text in group)
        name = name_of(*group[0])
        sections.append(
            Section(name, f"{start}{lead}{body}{tail}{end}", bool(lead), bool(tail), "toc" in classes(group[0][0]))
        )
    if len({section.name for section in sections}) < len(sections) or sum(s.contents for s in sections) > 1:
        raise NotSplittableError("divisions have no unique names")
    return tuple(sections)


def find_divisions(html: str) -> tuple[str, list[tuple[str, str]], str]:
    """Return the HTML before the first division, the divisions (attributes, text), and the HTML after the last."""
    divisions: list[tuple[str, str]] = []
    first = last = level = opened = 0
    attributes = ""
    for tag in SECTION.finditer(html):
        level += -1 if tag[1] else 1
        if level == 1 and not tag[1]:
            if divisions and html[last : tag.start()].strip():
                raise NotSplittableError("there is content between the divisions")
            first = first or tag.start()
            opened, attributes = tag.start(), tag[2]
        elif level == 0:
            last = tag.end()
            divisions.append((attributes, html[opened:last]))
        elif level < 0:
            break
    if level or not divisions or not re.search(r"<body[^>]*>\s*\Z", html[:first]):
        raise NotSplittableError("the body is not a sequence of divisions")
    return html[:first], divisions, html[last:]


def is_joined(group: list[tuple[str, str]], division: tuple[str, str]) -> bool:
    """Whether a division belongs to the section of those before it: an imprint is on the back of a title page."""
    own, other = classes(division[0]), classes(group[0][0])
    if "imprint" in own:
        return True
    if "toc" in own or "toc" in other or 'id="opens-body"' in division[0]:
        return False
    return sum(len(text) for _, text in group) + len(division[1]) <= SMALL


def classes(attributes: str) -> list[str]:
    """Return the classes of an opening tag."""
    found = re.search(r'\bclass="([^"]*)"', attributes)
    return found[1].split() if found else []


def empty_division(attributes: str) -> str:
    """Return an empty division that breaks pages like the one with these attributes."""
    return f'<section class="{" ".join(classes(attributes))}"></section>'


def name_of(attributes: str, text: str) -> str:
    """Return a name for the section that begins with this division."""
    found = re.search(r'\b(?:data-division|id)="([^"]*)"', attributes)
    return found[1] if found else hashlib.sha256(text.encode()).hexdigest()[:12]
