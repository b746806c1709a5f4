"""The format ``pdf``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dingben.book.toml import place_of_key
from dingben.diagnostics import Diagnostic
from dingben.formats.base import PRINT_FILES, Context, OutputFormat, files_except

if TYPE_CHECKING:
    from dingben.document.collation import EditionText


def build(context: Context) -> bytes:
    """Build the screen PDF."""
    book = context.book
    with context.reading(stay=True):
        context.session.start_workers(book.folder, context.jobs)
        from dingben.formats.pdf.screen import make_pdf

        result = make_pdf(context)
    context.start_pandoc()
    context.findings += result.warnings
    if book.format.writing != "horizontal":  # WeasyPrint has no writing modes
        place = place_of_key(book.folder, "format", "writing")
        hint = "Print layout has no vertical writing."
        context.findings.append(Diagnostic("the PDF is horizontal: only e-books can be vertical", hint, place))
    context.section_texts = result.section_texts
    return result.pdf


def read_text(context: Context, content: bytes) -> EditionText:
    """Read the text back out of the PDF."""
    from dingben.formats.pdf.read_text import text_of_pdf
    from dingben.system.cache import Cache

    return text_of_pdf(content, context.section_texts, Cache(context.book.folder), context.session.workers)


PDF = OutputFormat(
    "pdf",
    "{slug}.pdf",
    build,
    read_text,
    ignores=files_except(PRINT_FILES),
    uses_workers=True,
)
