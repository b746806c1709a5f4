"""The parts of a book, each laid out by itself as it stands in the whole.

A part is one or more divisions that begin on a right-hand page. It is laid out between
empty divisions like its neighbours, whose pages are then left out: so breaks, blank
pages, named pages and margins are those of the whole book. Only when its pages are made
does it need to know the folio before it, which goes into the margins.

What can't be told from a part alone (counters over chapters, numbers of pages in running
text, styles that count divisions) raises :class:`WholeBookError`; then the book is set in one piece.

``weasyprint.layout`` and ``weasyprint.document`` are no public interface: the version is
pinned, and tests/test_parts.py would notice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from unittest import mock

import weasyprint
import weasyprint.document
import weasyprint.layout
import weasyprint.layout.page
from weasyprint.css.targets import TargetCollector, TargetLookupItem
from weasyprint.document import Document, Page
from weasyprint.formatting_structure import build
from weasyprint.formatting_structure.build import build_formatting_structure
from weasyprint.html import get_html_metadata
from weasyprint.layout import layout_document
from weasyprint.layout.background import layout_box_backgrounds
from weasyprint.layout.page import make_margin_boxes
from weasyprint.pdf.metadata import DocumentMetadata

from dingben.galley import composing
from dingben.numbering import number_by_page
from dingben.quires import Quire, written
from dingben.row import Composer
from dingben.siblings import counts_divisions
from dingben.typeset import BASE_URL, OPTIONS, Looks, listening, refusing
from dingben.writing import quick_writing

SMALL = 6_000
"""Characters of HTML up to which neighbours are laid out together: a part costs some hundredths of a second more."""

FAR = 1 << 32
"""Where the count of pages begins as long as a part doesn't know its first folio."""

COUNTED = frozenset({"footnote", "list-item", "page", "pages", "note"})
"""Counters that don't reach from one part into the next."""

SECTION = re.compile(r"<(/?)section\b([^>]*)>", re.IGNORECASE)
COUNTS_PAGES = re.compile(r"counters?\([^)]*\bpages\b")
COUNTS_DIVISIONS = re.compile(r":nth\((?!1 of opening\))")


class WholeBookError(Exception):
    """The book can't be set in parts; the message says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """Divisions laid out together: a name of its own, and a whole HTML page.

    ``before`` and ``after``: whether there is an empty division in front and at the end.
    """

    name: str
    html: str
    before: bool
    after: bool
    contents: bool = False
    """Whether it holds the table of contents, which needs the folios of all others."""


# -- cutting


def cut(html: str, css: Sequence[str]) -> tuple[Part, ...]:
    """The parts of a book's HTML page; the cuts depend on nothing but the text. Raises WholeBookError."""
    for sheet in css:
        if COUNTS_PAGES.search(sheet) or COUNTS_DIVISIONS.search(sheet):
            raise WholeBookError("a style sheet counts the pages")
    start, sections, end = divisions(html)
    if "<style" in start:
        raise WholeBookError("a template has styles of its own")
    names = {name for attributes, _ in sections for name in (*classes(attributes), name_of(attributes, ""))}
    names |= {found[1] for attributes, _ in sections if (found := re.search(r'\bid="([^"]*)"', attributes))}
    if any(counts_divisions(sheet, names) for sheet in css):
        raise WholeBookError("a style sheet counts or compares divisions")
    groups: list[list[tuple[str, str]]] = []
    for section in sections:
        if groups and together(groups[-1], section):
            groups[-1].append(section)
        else:
            groups.append([section])
    if len(groups) < 2:
        raise WholeBookError("there is but one part")
    parts = []
    for at, group in enumerate(groups):
        lead = empty(groups[at - 1][-1][0]) if at else ""
        tail = empty(groups[at + 1][0][0]) if at + 1 < len(groups) else ""
        body = "".join(text for _, text in group)
        name = name_of(*group[0])
        parts.append(
            Part(name, f"{start}{lead}{body}{tail}{end}", bool(lead), bool(tail), "toc" in classes(group[0][0]))
        )
    if len({part.name for part in parts}) < len(parts) or sum(part.contents for part in parts) > 1:
        raise WholeBookError("divisions have no names of their own")
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
                raise WholeBookError("something stands between the divisions")
            first = first or tag.start()
            opened, attributes = tag.start(), tag[2]
        elif level == 0:
            last = tag.end()
            sections.append((attributes, html[opened:last]))
        elif level < 0:
            break
    if level or not sections or not re.search(r"<body[^>]*>\s*\Z", html[:first]):
        raise WholeBookError("the book is not a row of divisions")
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


# -- folios


@dataclass(frozen=True, slots=True)
class Extent:
    """How many pages a part takes: the folio of each, of which the first ``counting`` go on from the part before.

    ``anchors`` gives the 0-based side on which each anchor stands.
    """

    folios: tuple[int, ...]
    counting: int
    anchors: dict[str, int]

    def folio(self, side: int, before: int) -> int:
        """The folio of a side, where the last page of the part before has the folio ``before``."""
        return self.folios[side] + (before if side < self.counting else 0)

    def last(self, before: int | None) -> int | None:
        """The folio of the last side, if it can be told."""
        if self.counting < len(self.folios):
            return self.folios[-1]
        return None if before is None else self.folio(len(self.folios) - 1, before)

    def data(self) -> bytes:
        """For the cache."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def of(cls, data: bytes) -> Extent:
        """Out of the cache."""
        found = json.loads(data)
        return cls(tuple(found["folios"]), found["counting"], found["anchors"])


# -- targets in other parts


class Elsewhere:
    """Stands for an element of another part."""

    cached_counter_values: Mapping[str, list[int]] = {}

    def extract_text(self, _style: str) -> str:
        raise WholeBookError("a style sheet asks for the text of another division")


class Targets(TargetCollector):  # type: ignore[misc]
    """Knows the folios of what stands in other parts; ``known`` is None where they aren't."""

    known: Mapping[str, int] | None = None
    elsewhere: Collection[str] = ()

    def __init__(self) -> None:
        super().__init__()
        self.asking: set[Any] = set()
        """Boxes that ask for what stands in their own part."""

    def lookup_target(self, anchor_token: Any, source_box: Any, css_token: str, parse_again: Any) -> Any:
        if self.known is None:
            raise WholeBookError("a style sheet asks for the page of a division in running text")
        if not self.elsewhere:
            self.elsewhere = self.known.keys() - self.target_lookup_items.keys()
            for name in sorted(self.elsewhere):
                item = self.target_lookup_items[name] = TargetLookupItem("up-to-date")
                item.target_box = Elsewhere()
                item.cached_page_counter_values = {"page": [self.known[name]]}
        item = super().lookup_target(anchor_token, source_box, css_token, parse_again)
        if not isinstance(item.target_box, Elsewhere):
            self.asking.add(source_box)
        return item

    def collect_missing_counters(
        self, parent_box: Any, css_token: str, again: Any, missing: Any, missing_target: Any
    ) -> None:
        if self.known is None and (missing or missing_target):
            raise WholeBookError("a style sheet counts in running text what only the whole book tells")
        if parent_box not in self.asking:
            # what stands elsewhere has its folio already: WeasyPrint need not lay out the page again
            if any(missing is counters for counters in missing_target.values()):  # the last target's, not the box's own
                missing = []
            missing_target = {}
        super().collect_missing_counters(parent_box, css_token, again, missing, missing_target)


def counted(theirs: Any) -> Any:
    """WeasyPrint's ``update_counters``, but for counters that reach from part to part."""

    def update_counters(state: Any, style: Any) -> None:
        for name in ("counter_reset", "counter_set", "counter_increment"):
            if (value := style[name]) and value != "auto" and any(counter not in COUNTED for counter, _ in value):
                raise WholeBookError("a style sheet counts over divisions")
        theirs(state, style)

    return update_counters


# -- laying out


class Laid:
    """A part laid out, its pages without margins."""

    def __init__(self, setter: PartSetter, part: Part, before: int | None, known: Mapping[str, int] | None) -> None:
        self.setter, self.part, self.composer = setter, part, Composer(setter.looks.gap)
        sheets = setter.sheets
        self.options = {
            **weasyprint.DEFAULT_OPTIONS, **OPTIONS, "stylesheets": sheets.sheets,
            "pdf_version": "1.7", "output_intent": "srgb", "pdf_tags": True,
        }  # fmt: skip
        self.source = weasyprint.HTML(string=part.html, base_url=f"{BASE_URL}source/", url_fetcher=sheets.fetcher)
        first = FAR if before is None else before - 2 * part.before  # two pages are left out in front
        with listening() as self.heard, refusing(), composing(self.composer), paginating(first, known):
            self.context = Document._build_layout_context(self.source, sheets.fonts, sheets.counters, {}, self.options)
            root = build_formatting_structure(
                self.source.etree_element, self.context.style_for, self.context.get_image_from_uri,
                self.source.base_url, self.context.target_collector, sheets.counters, self.context.footnotes,
            )  # fmt: skip
            self.pages = list(layout_document(self.source, root, self.context))
        self.heard.messages[:0] = setter.findings
        self.first, self.end = self.own()
        self.extent = self.measured(first)

    def own(self) -> tuple[int, int]:
        """The pages of the part's own: from the first with its first division to that of the empty one after it."""
        body = next(child for child in self.source.etree_element if child.tag == "body")
        sections = [child for child in body if child.tag == "section"]
        on = [frozenset(sections_on(page)) for page in self.pages]
        opening, closing = sections[int(self.part.before)], sections[-1]
        first = next((i for i, found in enumerate(on) if opening in found), 0)
        end = next((i for i, found in enumerate(on) if closing in found), 0) if self.part.after else len(on)
        # the empty division before and a blank verso; a blank verso at the end where there is need of one
        if first != 2 * self.part.before or (self.part.after and (end <= first or (end - first) % 2)):
            raise WholeBookError(f"{self.part.name} doesn't begin and end on pages of its own")
        return first, end

    def measured(self, before: int) -> Extent:
        """How many pages there are, with their folios as far as they are told."""
        counts = [self.context.page_maker[i + 1][3][1]["page"][-1] for i in range(self.first, self.end)]
        counting = next((i for i, count in enumerate(counts) if count < before), len(counts)) if before == FAR else 0
        shift = before + self.first if before == FAR else 0
        folios = tuple(count - (shift if i < counting else 0) for i, count in enumerate(counts))
        anchors: dict[str, int] = {}
        for side, page in enumerate(self.pages[self.first : self.end]):
            for box in page.descendants():
                if box.style["anchor"]:
                    anchors.setdefault(box.style["anchor"], side)
        return Extent(folios, counting, anchors)

    def quire(self, before: int) -> Quire:
        """The part's pages as PDF, once the folio before it is known."""
        with listening() as heard, composing(self.composer), quick_writing():
            heard.messages, heard.missing = self.heard.messages, self.heard.missing
            self.fill_margins(before)
            metadata = DocumentMetadata(**get_html_metadata(self.source))
            sheets = self.setter.sheets
            pages = [Page(page) for page in self.pages[self.first : self.end]]
            document = Document(pages, metadata, sheets.fetcher, sheets.fonts, {}, "srgb")
            if self.setter.looks.notes_by_page:
                number_by_page(document)
            return written(document, self.options, self.part.name, heard)

    def fill_margins(self, before: int) -> None:
        """Running heads and folios."""
        for side in range(self.first, self.end):
            page, context = self.pages[side], self.context
            depth, values, scopes, groups = context.page_maker[side + 1][3]
            folio = self.extent.folio(side - self.first, before)
            context.current_page = side + 1
            made = list(make_margin_boxes(context, page, (depth, {**values, "page": [folio]}, scopes, groups)))
            page.children = (*page.children, *made)
            for box in made:
                layout_box_backgrounds(page, box, context.get_image_from_uri)


def sections_on(page: Any) -> Iterator[Any]:
    """The elements of the sections that have something on a page."""
    root = page.children[0]
    for body in root.children:
        for box in getattr(body, "children", ()):
            if box.element is not None and box.element_tag == "section":
                yield box.element


@contextlib.contextmanager
def paginating(before: int, known: Mapping[str, int] | None) -> Iterator[None]:
    """While this lasts, pages are laid out without margins, and counted from the folio ``before``."""
    begin = weasyprint.layout.initialize_page_maker

    def initialize_page_maker(context: Any, root_box: Any) -> None:
        begin(context, root_box)
        _, values, scopes, _ = context.page_maker[0][3]
        values["page"] = [before]
        scopes[-1].add("page")

    def collector() -> Targets:
        made = Targets()
        made.known = known
        return made

    with (
        mock.patch.object(weasyprint.layout, "initialize_page_maker", initialize_page_maker),
        mock.patch.object(weasyprint.layout, "make_margin_boxes", return_value=()),
        mock.patch.object(weasyprint.document, "TargetCollector", collector),
        mock.patch.object(build, "update_counters", counted(build.update_counters)),
    ):
        yield


class PartSetter:
    """Lays out parts, one at a time, and keeps each until the folio before it is known."""

    def __init__(self, looks: Looks) -> None:
        self.looks = looks
        with listening() as heard, refusing():
            self.sheets = looks.read()
        self.findings = heard.messages
        self.laid: dict[int, Laid] = {}

    def lay(self, number: int, part: Part, before: int | None = None, known: Mapping[str, int] | None = None) -> Extent:
        """Lay out a part. ``known``: the folios of anchors in other parts, for the contents."""
        laid = self.laid[number] = Laid(self, part, before, known)
        return laid.extent

    def finish(self, number: int, before: int) -> Quire:
        """The pages of a part laid out before, which is forgotten then."""
        return self.laid.pop(number).quire(before)
