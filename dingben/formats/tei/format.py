"""The format ``tei``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dingben.formats.base import Context, OutputFormat

if TYPE_CHECKING:
    from dingben.document.collation import EditionText


def build(context: Context) -> bytes:
    """Build the TEI document."""
    from dingben.book.dates import edition_date
    from dingben.formats.tei.writer import make_tei

    content, findings = make_tei(context.book, context.fragments, edition_date(), context.gaps)
    context.findings += findings
    return content


def read_text(_context: Context, content: bytes) -> EditionText:
    """Read the text back out of the TEI document."""
    from dingben.formats.read_text import text_of_tei

    return text_of_tei(content)


TEI = OutputFormat("tei", "{slug}.xml", build, read_text)
