"""Typeset a page or a whole book in one piece: HTML and style sheets through WeasyPrint to PDF."""

from __future__ import annotations

from typing import Any

from dingben.typeset.engine import load
from dingben.typeset.options import BASE_URL, LayoutOptions
from dingben.typeset.records import TypesetResult


def typeset_page(html: str, options: LayoutOptions, *, is_book: bool = False) -> TypesetResult:
    """Lay ``html`` out in one piece. ``is_book``: add page labels, and the identification as PDF/UA-1.

    Raises SourceError if a resource outside the book is referred to, RenderError if the styles cannot be laid out,
    ToolError if a library is missing.
    """
    load.load()
    import weasyprint

    from dingben.typeset.engine.documents import OPTIONS, BookFetcher, collect_warnings, map_errors, parse_stylesheets
    from dingben.typeset.engine.patch import patches
    from dingben.typeset.fonts.subset import create_always
    from dingben.typeset.inline.collect import InlineContext
    from dingben.typeset.inline.draw import Drawer
    from dingben.typeset.paged.note_numbers import number_by_page

    fetcher = BookFetcher(options.folder)
    with collect_warnings() as log, map_errors(options.folder):
        sheets = parse_stylesheets(options, log)
        source = weasyprint.HTML(string=html, base_url=f"{BASE_URL}source/", url_fetcher=fetcher)
        with patches(
            options.patch_kinds,
            pictures=None,
            tags=None,
            inline=InlineContext(options.gap, interpunct=options.interpunct),
            drawing=Drawer(),
            writing=create_always,
            serialization=None,
            font_files=None,
        ):
            document = source.render(
                stylesheets=sheets.sheets, counter_style=sheets.counters, font_config=sheets.fonts, **OPTIONS
            )
            if options.notes_by_page:
                number_by_page(document)
            pdf = document.write_pdf(finisher=complete_book if is_book else None, **OPTIONS)
    return TypesetResult(pdf, len(document.pages), log.diagnostics(options.folder), tuple(log.missing))


def complete_book(document: Any, pdf: Any) -> None:
    """Add the metadata of a book: a ``finisher`` of WeasyPrint."""
    from dingben.typeset.pdf.metadata import add_book_metadata

    add_book_metadata(next((i for i, page in enumerate(document.pages) if "opens-body" in page.anchors), None), pdf)
