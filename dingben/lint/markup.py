"""Check the markup of the chapters as a build reads it: what stops a build, and what has no effect in an edition."""

from __future__ import annotations

from collections.abc import Sequence

from dingben.book.model import Book
from dingben.diagnostics import Diagnostic
from dingben.document.links import resolve_references
from dingben.document.no_effect import markup_findings
from dingben.document.reader import read_fragments
from dingben.errors import SourceError


def check_markup(book: Book, findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return what a build would find in the chapters' markup, without the lines that ``findings`` call an error.

    What stops a build is an error. Raises ToolError where pandoc is missing.
    """
    try:
        fragments = resolve_references(read_fragments(book))
    except SourceError as error:
        lines = {(f.location.file, f.location.line) for f in findings if f.location and f.severity == "error"}
        places = [(each, each.location) for each in error.diagnostics]
        return [each for each, place in places if place is None or (place.file, place.line) not in lines]
    return markup_findings(book, fragments)
