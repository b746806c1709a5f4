"""Lay out one section: HTML and style sheets to pages, and each page to a page record.

Pages are laid out and written without knowing other sections: running heads and folios, which depend on them, are laid
out later (:meth:`SectionLayout.running_heads`).
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

from dingben.typeset.engine.documents import (
    OPTIONS,
    WarningCollector,
    collect_warnings,
    map_errors,
    parse_stylesheets,
)
from dingben.typeset.engine.patch import patches
from dingben.typeset.engine.selectors import counting_compounds
from dingben.typeset.engine.style_cache import VIEWPORT, StyleCache
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.fonts.subset import create_always
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

WARM_UP = (
    '<html lang="zh-Hans"><head><title>一</title></head><body><section class="division body chapter">'
    '<h1>一</h1><h2>一</h2><p>一<span class="note">一</span>A</p></section></body></html>'
)
"""A page with the elements that most pages have."""


class SectionLayout:
    """Lays out sections, one at a time. Styles and fonts are kept for the next one."""

    def __init__(self, options: LayoutOptions) -> None:
        self.options = options
        with collect_warnings() as log, map_errors(options.folder):
            self.sheets = parse_stylesheets(options, log)
        self.warnings = log.messages
        self.share_styles = not any(map(VIEWPORT.search, options.css))
        self.styles = StyleCache()
        self.compounds = [compound for sheet in options.css for compound in counting_compounds(sheet)]
        self.shaper = Shaper()
        self.writer = PageWriter(self.sheets.fetcher)
        self.blank: tuple[Any, Any] | None = None

    # -- layout

    def warm(self) -> None:
        """Compute styles and open fonts before there is a section to lay out."""
        with contextlib.suppress(NotSplittableError):
            self.lay_out(Section("", WARM_UP, before=False, after=False))

    def lay_out(
        self,
        section: Section,
        before: int = UNKNOWN_FOLIO_BASE,
        folios: Mapping[str, int] | None = None,
        former: SectionRecord | None = None,
    ) -> SectionRecord:
        """Return the pages of a section, without running heads.

        ``before``: the folio before it, if that is known. ``folios``: of anchors in other sections, for the contents.
        ``former``: a record of an earlier version of the section, whose pages may be reused.
        """
        inline = InlineContext(self.options.gap, self.shaper, self.options.interpunct)
        pagination = Pagination(inline)
        first = 2 * section.before  # the empty division before, and its blank verso
        with (
            self.environment() as log,
            self.patches(
                inline=inline, drawing=Drawer(), sections=SectionStart(before - first, folios), pagination=pagination
            ),
        ):
            source, context = self.read(section.html)
            root = build_formatting_structure(
                source.etree_element, context.style_for, context.get_image_from_uri,
                source.base_url, context.target_collector, self.sheets.counters, context.footnotes,
            )  # fmt: skip
            elements = division_elements(source)
            blocks = self.block_sequence(
                section, root, elements, own_targets=bool(context.target_collector.own_target_boxes)
            )
            digests = self.block_digests(blocks, before if folios is not None else None, folios or {})
            pagination.reuse = (
                PageReuse.between(former, digests, first, blocks.path, closed=section.after)
                if former and blocks and PatchKind.INCREMENTAL in self.options.patch_kinds
                else None
            )
            with self.patches(layout=None):
                laid_out = list(layout_document(source, root, context))
                written = self.write_pages(section, context, laid_out, pagination, elements)
        self.styles.forget()
        self.shaper.forget()
        if any(context.running_elements.values()):
            digests = []
        release_boxes(context, inline, laid_out)
        return self.record(section, pagination, written, digests, log)

    def record(
        self,
        section: Section,
        pagination: Pagination,
        written: Sequence[PageRecord],
        digests: list[str],
        log: WarningCollector,
    ) -> SectionRecord:
        """Return the record of a section: the pages just written and those reused."""
        pages = pagination.all_records(written)
        if len(pages) % 2 and section.after:
            raise NotSplittableError(f"{section.name} does not end on a page of its own")
        former = pagination.reuse.former if pagination.reuse else None
        glyphs, ambiguous = merge_glyphs(page.glyphs for page in pages)
        fonts = self.writer.font_usage(glyphs, former.fonts if former else {})
        warnings = [*self.warnings, *(former.warnings if former else ()), *log.messages]
        missing = [*(former.missing_characters if former else ()), *log.missing]
        return SectionRecord(
            pages, fonts, glyphs, ambiguous, digests, [*dict.fromkeys(warnings)], [*dict.fromkeys(missing)]
        )

    @contextlib.contextmanager
    def environment(self) -> Iterator[WarningCollector]:
        """Apply the patches of every layout, map errors, and collect warnings."""
        with (
            collect_warnings() as log,
            map_errors(self.options.folder),
            self.patches(
                pictures=None,
                tags=None,
                parsing=None,
                styles=self.style_cache(),
                writing=create_always,
                serialization=None,
                font_files=None,
            ),
        ):
            yield log

    def patches(self, **groups: Any) -> AbstractContextManager[None]:
        """Apply some groups of patches: see :func:`dingben.typeset.engine.patch.patches`."""
        return patches(self.options.patch_kinds, **groups)

    def style_cache(self) -> StyleCache:
        """Return the styles of earlier sections, if styles do not depend on the section."""
        return self.styles if self.share_styles else StyleCache()

    def read(self, html: str) -> tuple[Any, Any]:
        """Return the parsed HTML and WeasyPrint's context to lay it out."""
        sheets = self.sheets
        options = {**weasyprint.DEFAULT_OPTIONS, **OPTIONS, "stylesheets": sheets.sheets}
        source = weasyprint.HTML(string=html, base_url=f"{BASE_URL}source/", url_fetcher=sheets.fetcher)
        context = Document._build_layout_context(source, sheets.fonts, sheets.counters, {}, options)
        return source, context

    def block_sequence(
        self, section: Section, root: Any, elements: Sequence[Any], *, own_targets: bool
    ) -> BlockSequence | None:
        """Return the blocks of a section; None if it has several divisions, or refers to its own folios."""
        own = elements[int(section.before) : len(elements) - int(section.after)]
        return None if own_targets or len(own) != 1 else BlockSequence.of(root, own[0], entries=section.contents)

    def block_digests(self, blocks: BlockSequence | None, before: int | None, folios: Mapping[str, int]) -> list[str]:
        """Return the digests of the blocks of a section; none if its pages cannot be reused when a block changes."""
        if blocks is None or not self.share_styles or are_blocks_compared(blocks.box.element, self.compounds):
            return []
        return block_digests(blocks, before, folios)

    def write_pages(
        self,
        section: Section,
        context: Any,
        laid_out: Sequence[Any],
        pagination: Pagination,
        elements: Sequence[Any],
    ) -> list[PageRecord]:
        """Return the records of the section's own pages among those laid out."""
        first, end = own_pages(section, laid_out, pagination, elements)
        if self.options.notes_by_page:
            number_by_page(SimpleNamespace(pages=[SimpleNamespace(_page_box=page) for page in laid_out]))
        return [self.write_page(context, laid_out, pagination, index) for index in range(first, end)]

    def write_page(self, context: Any, laid_out: Sequence[Any], pagination: Pagination, index: int) -> PageRecord:
        """Return the record of one page."""
        record = self.writer.write(laid_out[index])
        depth, counters, scopes, _ = context.page_maker[index + 1][3]
        values = {**counters, "pages": [0]}  # no running head contains it
        page_type = laid_out[index].page_type
        record.page_type = [
            page_type.side,
            page_type.blank,
            page_type.name,
            page_type.index,
            page_type.groups,
            depth,
            values,
            [*map(sorted, scopes)],
        ]
        record.page_counter = values["page"][-1]
        record.strings = {name: pages[index + 1] for name, pages in context.string_set.items() if index + 1 in pages}
        if pagination.laid_out:
            record.start, record.forced_side = pagination.laid_out[index].start, pagination.laid_out[index].forced_side
        return record

    # -- running heads

    def running_heads(self, section: Section, inputs: Sequence[RunningHeadInputs]) -> RunningHeadSet:
        """Lay out the running heads of the pages of a section."""
        inline = InlineContext(self.options.gap, self.shaper, self.options.interpunct)
        with self.environment() as log, self.patches(inline=inline, drawing=Drawer(), layout=None):
            if self.blank is None:
                self.blank = self.read(f"{section.head}<body></body></html>")
            source, context = self.blank
            context.string_set.clear()
            for number, values in enumerate(inputs, start=1):
                for name, texts in values.strings.items():
                    context.string_set[name][number] = list(texts)
            layout, heads = RunningHeadLayout(self.writer, context), []
            for number, values in enumerate(inputs, start=1):
                context.current_page = number
                depth, counters, scopes = values.page_type[5:]
                page = empty_page(page_type_from_json(values.page_type), source, context)
                context.page_bottom = page.content_box_y() + page.height
                heads.append(layout.running_head(page, (depth, {**counters, "page": [values.folio]}, scopes, [])))
            fonts = self.writer.font_usage(merge_glyphs(head.glyphs for head in heads)[0])
        return RunningHeadSet(heads, fonts, list(dict.fromkeys(log.messages)), log.missing)


def release_boxes(context: Any, inline: InlineContext, laid_out: Sequence[Any]) -> None:
    """Break reference cycles of boxes, so that most are freed without the garbage collector."""
    inline.paragraphs.clear()
    for page in laid_out:
        for box in page.children:
            box.__dict__.pop("page", None)  # a footnote area refers to its page
    context.style_for.__dict__.clear()
    context.__dict__.clear()


def division_elements(source: Any) -> list[Any]:
    """Return the elements of all divisions."""
    body = next(child for child in source.etree_element if child.tag == "body")
    return [child for child in body if child.tag == "section"]


def own_pages(
    section: Section, laid_out: Sequence[Any], pagination: Pagination, elements: Sequence[Any]
) -> tuple[int, int]:
    """Return the range of the section's own pages, without those of the empty divisions around it."""
    found = [frozenset(sections_on(page)) for page in laid_out]
    end = len(found)
    if section.after and not pagination.is_end_reused:
        end = next((i for i, on_page in enumerate(found) if elements[-1] in on_page), 0)
    if pagination.first_page:
        return 0, end
    first = next((i for i, on_page in enumerate(found) if elements[int(section.before)] in on_page), 0)
    if first != 2 * section.before or end <= first:
        raise NotSplittableError(f"{section.name} does not begin and end on pages of its own")
    return first, end


def sections_on(page: Any) -> Iterator[Any]:
    """Yield the elements of the sections that have boxes on a page."""
    root = page.children[0]
    for body in root.children:
        for box in getattr(body, "children", ()):
            if box.element is not None and box.element_tag == "section":
                yield box.element
