"""Typeset a page or a whole book in one piece: HTML and style sheets through WeasyPrint to PDF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dingben.typeset.engine import load
from dingben.typeset.options import ALL_PATCHES, BASE_URL, LayoutOptions, PatchKind
from dingben.typeset.records import TypesetResult


def typeset_page(
    folder: Path,
    html: str,
    css: Sequence[str],
    finish: Callable[[Any, Any], None] | None = None,
    *,
    notes_by_page: bool = False,
    gap: float = 0.25,
    patch_kinds: PatchKind = ALL_PATCHES,
) -> TypesetResult:
    """Lay ``html`` out with the style sheets ``css``.

    ``finish(document, pdf)`` may add PDF objects. Raises SourceError where the book asks
    for something outside it, ToolError where a library is missing.
    """
    load.load()
    import weasyprint

    from dingben.typeset.engine.documents import OPTIONS, BookFetcher, collect_warnings, map_errors, parse_stylesheets
    from dingben.typeset.engine.patch import patches
    from dingben.typeset.fonts.subset import keep_nothing
    from dingben.typeset.inline.collect import InlineContext
    from dingben.typeset.inline.draw import Drawer
    from dingben.typeset.paged.note_numbers import number_by_page

    fetcher = BookFetcher(folder)
    with collect_warnings() as heard, map_errors(folder):
        sheets = parse_stylesheets(LayoutOptions(folder, tuple(css), gap, notes_by_page), heard)
        source = weasyprint.HTML(string=html, base_url=f"{BASE_URL}source/", url_fetcher=fetcher)
        with patches(
            patch_kinds,
            pictures=None,
            tags=None,
            inline=InlineContext(gap),
            drawing=Drawer(),
            writing=keep_nothing,
            serialization=None,
            font_files=None,
        ):
            document = source.render(
                stylesheets=sheets.sheets, counter_style=sheets.counters, font_config=sheets.fonts, **OPTIONS
            )
            if notes_by_page:
                number_by_page(document)
            pdf = document.write_pdf(finisher=finish, **OPTIONS)
    return TypesetResult(pdf, len(document.pages), heard.findings(folder), tuple(heard.missing))
