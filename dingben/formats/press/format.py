"""The formats ``print`` (the book block), ``cover`` (the cover sheet) and ``booklet``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dingben.book.dates import modified, slug_of
from dingben.diagnostics import Diagnostic
from dingben.formats.base import COVER_SHEET_FILES, PRINT_FILES, PROFILE_FILES, Context, OutputFormat, files_except

if TYPE_CHECKING:
    from dingben.formats.press.preflight import Preflight


def build_print(context: Context) -> bytes:
    """Build the book block for the press out of the screen PDF."""
    from dingben.formats.press.block import make_print

    book, screen = context.book, context.output_path("pdf").read_bytes()
    result = make_print(book, context.fragments, screen, slug_of(book), modified(book))
    save_preflight(context, "print", result.report)
    return result.pdf


def build_cover(context: Context) -> bytes:
    """Build the cover sheet, with a spine for as many pages as the book block has."""
    import pikepdf

    from dingben.formats.press.cover import make_press_cover

    with pikepdf.open(context.output_path("print")) as block:
        pages = len(block.pages)
    result, findings = make_press_cover(context.book, pages, slug_of(context.book), modified(context.book))
    context.findings += findings
    save_preflight(context, "cover", result.report)
    return result.pdf


def build_booklet(context: Context) -> bytes:
    """Build the book as sheets to fold, for a home printer."""
    from dingben.formats.press.imposition import make_booklet

    book, screen = context.book, context.output_path("pdf").read_bytes()
    result = make_booklet(screen, book.title.title, book.press.booklet, modified(book))
    sides = [[[None if page is None else page + 1 for page in side] for side in pile] for pile in result.sides]
    save_preflight(context, "booklet", result.report, scale=round(result.scale, 4), sheet_sides=sides)
    return result.pdf


def save_preflight(context: Context, name: str, report: Preflight, **more: object) -> None:
    """Write the preflight report below build/reports, and add what prints badly to the warnings of the build."""
    from dingben.system.atomic import write_file

    text = json.dumps(report.data() | more, ensure_ascii=False, indent=1)
    write_file(context.book.folder, f"build/reports/preflight-{name}.json", text.encode("utf-8"))
    context.findings += [Diagnostic(f"{name}: {message}") for message in (*report.faults, *report.findings)]


PRINT = OutputFormat(
    "print", "{slug}-print.pdf", build_print, requires=("pdf",), ignores=files_except(PRINT_FILES, PROFILE_FILES)
)
COVER = OutputFormat(
    "cover",
    "{slug}-cover.pdf",
    build_cover,
    requires=("print",),
    ignores=files_except(PRINT_FILES, COVER_SHEET_FILES, PROFILE_FILES),
)
BOOKLET = OutputFormat(
    "booklet",
    "{slug}-booklet.pdf",
    build_booklet,
    requires=("pdf",),
    default=False,
    ignores=files_except(PRINT_FILES),
)
