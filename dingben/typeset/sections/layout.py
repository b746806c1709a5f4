"""Lay out one section: HTML and style sheets to pages, and each page to a page record.

Between layout and the making of pages nothing is waited for: what depends on other parts,
running heads and folios, is put beside the sides afterwards (:meth:`SectionLayout.margins`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

import weasyprint
from weasyprint.document import Document
from weasyprint.formatting_structure.build import build_formatting_structure
from weasyprint.layout import layout_document

from dingben.typeset.engine.documents import OPTIONS, collect_warnings, map_errors, parse_stylesheets
from dingben.typeset.engine.patch import patches
from dingben.typeset.engine.selectors import counting_compounds
from dingben.typeset.engine.style_cache import VIEWPORT, StyleCache
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.fonts.subset import keep_nothing
from dingben.typeset.inline.collect import InlineContext
from dingben.typeset.inline.draw import Drawer
from dingben.typeset.inline.shaping import Shaper
from dingben.typeset.options import BASE_URL, LayoutOptions, PatchKind
from dingben.typeset.paged.note_numbers import number_by_page
from dingben.typeset.paged.page_frames import empty_page, page_type_from_json
from dingben.typeset.paged.pagination import Pagination
from dingben.typeset.paged.reuse import BlockSequence, PageReuse, are_blocks_compared, block_digests
from dingben.typeset.pdf.pages import PageWriter
from dingben.typeset.pdf.running_heads import RunningHeadLayout
from dingben.typeset.records import (
    UNKNOWN_FOLIO_BASE,
    PageRecord,
    RunningHeadInputs,
    RunningHeadSet,
    SectionRecord,
    merge_glyphs,
)
from dingben.typeset.sections.split import Section
from dingben.typeset.sections.targets import SectionStart

WARMING = (
    '<html lang="zh-Hans"><head><title>一</title></head><body><section class="division body chapter">'
    '<h1>一</h1><h2>一</h2><p>一<span class="note">一</span>A</p></section></body></html>'
)
"""A page with what most pages have."""


class SectionLayout:
    """Lays out parts, one at a time. What it learns of styles and fonts serves the next one."""

    def __init__(self, options: LayoutOptions) -> None:
        self.options = options
        with collect_warnings() as heard, map_errors(options.folder):
            self.sheets = parse_stylesheets(options, heard)
        self.findings = heard.messages
        self.share = not any(map(VIEWPORT.search, options.css))
        self.styles = StyleCache()
        self.compounds = [compound for sheet in options.css for compound in counting_compounds(sheet)]
        self.shaper = Shaper()
        self.writer = PageWriter(self.sheets.fetcher)
        self.blank: tuple[Any, Any] | None = None

    # -- layout

    def warm(self) -> None:
        """Have styles computed and fonts opened before there is anything to set."""
        with contextlib.suppress(NotSplittableError):
            self.lay(Section("", WARMING, before=False, after=False))

    def lay(
        self,
        part: Section,
        before: int = UNKNOWN_FOLIO_BASE,
        known: Mapping[str, int] | None = None,
        former: SectionRecord | None = None,
    ) -> SectionRecord:
        """The sides of a part, without margins.

        ``before`` is the folio before it, if that is known; ``known`` are the folios of anchors in other parts, for
        the contents. ``former``: a quire of the same part in other words, whose sides may serve again.
        """
        composer = InlineContext(self.options.gap, self.shaper)
        pages = Pagination(composer)
        first = 2 * part.before  # the empty division before, and its blank verso
        with (
            self.working() as heard,
            self.patches(
                inline=composer, drawing=Drawer(), sections=SectionStart(before - first, known), pagination=pages
            ),
        ):
            source, context = self.read(part.html)
            root = build_formatting_structure(
                source.etree_element, context.style_for, context.get_image_from_uri,
                source.base_url, context.target_collector, self.sheets.counters, context.footnotes,
            )  # fmt: skip
            sections = sections_in(source)
            row = self.row(part, root, sections, asks=bool(context.target_collector.asking))
            blocks = self.blocks(row, before if known is not None else None, known or {})
            pages.change = (
                PageReuse.between(former, blocks, first, row.path, closed=part.after)
                if former and row and PatchKind.INCREMENTAL in self.options.patch_kinds
                else None
            )
            with self.patches(layout=None):
                laid = list(layout_document(source, root, context))
                drawn = self.sides(part, context, laid, pages, sections)
        self.styles.forget()
        self.shaper.forget()
        sides = pages.completed(drawn)
        if len(sides) % 2 and part.after:
            raise NotSplittableError(f"{part.name} doesn't end on a page of its own")
        former = pages.change.former if pages.change else None
        glyphs, mixed = merge_glyphs(side.glyphs for side in sides)
        fonts = self.writer.used(glyphs, former.fonts if former else {})
        told = [one for one in (former, heard) if one]
        messages = [*self.findings, *(message for one in told for message in one.messages)]
        missing = [char for one in told for char in one.missing]
        blocks = [] if any(context.running_elements.values()) else blocks
        let_go(context, composer, laid)
        return SectionRecord(sides, fonts, glyphs, mixed, blocks, [*dict.fromkeys(messages)], [*dict.fromkeys(missing)])

    @contextlib.contextmanager
    def working(self) -> Iterator[Any]:
        """While this lasts, WeasyPrint works as it is wanted here; what it complains of is heard."""
        with (
            collect_warnings() as heard,
            map_errors(self.options.folder),
            self.patches(
                pictures=None,
                tags=None,
                parsing=None,
                styles=self.known_styles(),
                writing=keep_nothing,
                serialization=None,
                font_files=None,
            ),
        ):
            yield heard

    def patches(self, **groups: Any) -> AbstractContextManager[None]:
        """Apply some groups of patches: see :func:`dingben.typeset.engine.patch.patches`."""
        return patches(self.options.patch_kinds, **groups)

    def known_styles(self) -> StyleCache:
        """The styles of parts before, where they are the same in every part."""
        return self.styles if self.share else StyleCache()

    def read(self, html: str) -> tuple[Any, Any]:
        """A page of HTML, and WeasyPrint's context to lay it out."""
        sheets = self.sheets
        options = {**weasyprint.DEFAULT_OPTIONS, **OPTIONS, "stylesheets": sheets.sheets}
        source = weasyprint.HTML(string=html, base_url=f"{BASE_URL}source/", url_fetcher=sheets.fetcher)
        context = Document._build_layout_context(source, sheets.fonts, sheets.counters, {}, options)
        return source, context

    def row(self, part: Section, root: Any, sections: Sequence[Any], *, asks: bool) -> BlockSequence | None:
        """The part's row of blocks; None where it isn't one division, or asks for its own folios."""
        own = sections[int(part.before) : len(sections) - int(part.after)]
        return None if asks or len(own) != 1 else BlockSequence.of(root, own[0], entries=part.contents)

    def blocks(self, row: BlockSequence | None, before: int | None, known: Mapping[str, int]) -> list[str]:
        """What tells the blocks of a row from others; nothing where its sides can't serve again."""
        if row is None or not self.share or are_blocks_compared(row.box.element, self.compounds):
            return []
        return block_digests(row, before, known)

    def sides(
        self, part: Section, context: Any, laid: Sequence[Any], pages: Pagination, sections: Sequence[Any]
    ) -> list[PageRecord]:
        """The part's own pages among those laid out, as PDF objects."""
        first, end = own_pages(part, laid, pages, sections)
        if self.options.notes_by_page:
            number_by_page(SimpleNamespace(pages=[SimpleNamespace(_page_box=page) for page in laid]))
        return [self.side(context, laid, pages, index) for index in range(first, end)]

    def side(self, context: Any, laid: Sequence[Any], pages: Pagination, index: int) -> PageRecord:
        """One of the pages laid out, as PDF objects."""
        side = self.writer.write(laid[index])
        depth, counters, scopes, _ = context.page_maker[index + 1][3]
        values = {**counters, "pages": [0]}  # which no margin asks for
        kind = laid[index].page_type
        side.kind = [
            kind.side,
            kind.blank,
            kind.name,
            kind.index,
            kind.groups,
            depth,
            values,
            [*map(sorted, scopes)],
        ]
        side.count = values["page"][-1]
        side.strings = {name: told[index + 1] for name, told in context.string_set.items() if index + 1 in told}
        if pages.laid:
            side.start, side.bound = pages.laid[index].start, pages.laid[index].bound
        return side

    # -- margins

    def margins(self, part: Section, inputs: Sequence[RunningHeadInputs]) -> RunningHeadSet:
        """What stands in the margins of the sides of a part."""
        composer = InlineContext(self.options.gap, self.shaper)
        with self.working() as heard, self.patches(inline=composer, drawing=Drawer(), layout=None):
            if self.blank is None:
                self.blank = self.read(f"{part.head}<body></body></html>")
            source, context = self.blank
            context.string_set.clear()
            for number, side in enumerate(inputs, start=1):
                for name, texts in side.strings.items():
                    context.string_set[name][number] = list(texts)
            maker, made = RunningHeadLayout(self.writer, context), []
            for number, side in enumerate(inputs, start=1):
                context.current_page = number
                depth, values, scopes = side.kind[5:]
                page = empty_page(page_type_from_json(side.kind), source, context)
                context.page_bottom = page.content_box_y() + page.height
                made.append(maker.margins(page, (depth, {**values, "page": [side.folio]}, scopes, [])))
            fonts = self.writer.used(merge_glyphs(margins.glyphs for margins in made)[0])
        return RunningHeadSet(made, fonts, list(dict.fromkeys(heard.messages)), heard.missing)


def let_go(context: Any, composer: InlineContext, laid: Sequence[Any]) -> None:
    """Cut what holds boxes in circles, so that most go at once, and the garbage collector need not find them."""
    composer.paragraphs.clear()
    for page in laid:
        for box in page.children:
            box.__dict__.pop("page", None)  # an area of notes knows its page
    context.style_for.__dict__.clear()
    context.__dict__.clear()


def sections_in(source: Any) -> list[Any]:
    """The elements of all divisions."""
    body = next(child for child in source.etree_element if child.tag == "body")
    return [child for child in body if child.tag == "section"]


def own_pages(part: Section, laid: Sequence[Any], pages: Pagination, sections: Sequence[Any]) -> tuple[int, int]:
    """The part's own among the pages laid out: from that with its first division to that of the empty one after it."""
    on = [frozenset(sections_on(page)) for page in laid]
    end = len(on)
    if part.after and not pages.ends_within:
        end = next((i for i, found in enumerate(on) if sections[-1] in found), 0)
    if pages.first_page:
        return 0, end
    first = next((i for i, found in enumerate(on) if sections[int(part.before)] in found), 0)
    if first != 2 * part.before or end <= first:
        raise NotSplittableError(f"{part.name} doesn't begin and end on pages of its own")
    return first, end


def sections_on(page: Any) -> Iterator[Any]:
    """The elements of the sections that have something on a page."""
    root = page.children[0]
    for body in root.children:
        for box in getattr(body, "children", ()):
            if box.element is not None and box.element_tag == "section":
                yield box.element
