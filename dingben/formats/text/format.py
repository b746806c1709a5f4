"""The format ``txt``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dingben.formats.base import Context, OutputFormat, files_except

if TYPE_CHECKING:
    from dingben.document.collation import EditionText
    from dingben.document.pandoc import PandocOutput


def build(context: Context) -> bytes:
    """Build the plain text."""
    from dingben.book.dates import edition_date
    from dingben.formats.text.writer import make_txt

    texts = context.pandoc_result(TXT).result()
    return make_txt(context.book, context.fragments, texts, context.tools, edition_date())


def pandoc_output(context: Context) -> PandocOutput[Any]:
    """Return the plain text of the divisions that pandoc has to write."""
    from dingben.formats.text.writer import division_texts

    return division_texts(context.book, context.fragments)


def read_text(context: Context, content: bytes) -> EditionText:
    """Read the text back out of the plain text."""
    from dingben.formats.text.writer import text_of_txt

    return text_of_txt(content, context.book)


TXT = OutputFormat(
    "txt",
    "{slug}.txt",
    build,
    read_text,
    ignores=files_except(),
    pandoc_output=pandoc_output,
    prebuild=True,
)
