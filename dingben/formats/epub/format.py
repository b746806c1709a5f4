"""The formats ``epub`` and ``azw3``."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from dingben.formats.base import COVER_FILES, EPUB_FILES, Context, OutputFormat, files_except

if TYPE_CHECKING:
    from dingben.document.collation import EditionText
    from dingben.document.pandoc import PandocOutput


def build(context: Context) -> bytes:
    """Build the e-book."""
    with context.reading(), ThreadPoolExecutor(2) as threads:
        context.start_cover()
        reading = threads.submit(lambda: context.fragments)  # by pandoc, while the writer is imported
        from dingben.book.dates import edition_date, modified
        from dingben.formats.epub.metadata import metadata_diagnostics
        from dingben.formats.epub.split import length_diagnostics as too_long
        from dingben.formats.epub.writer import EpubOptions, make_epub

        book, tools, fragments = context.book, context.tools, reading.result()
        context.findings += [*metadata_diagnostics(book, fragments), *too_long(fragments)]

        options = EpubOptions(lambda: context.cover, tools, edition_date(), modified(book), context.findings)
        with contextlib.closing(context.pandoc_result(EPUB)) as output:
            output.begin()
            for task in context.prebuild_upcoming():  # while pandoc writes
                threads.submit(task)
            return make_epub(book, fragments, output, options)


def pandoc_output(context: Context) -> PandocOutput[Any]:
    """Return the e-book that pandoc has to write, before it is completed."""
    from dingben.formats.epub.writer import pandoc_epub

    return pandoc_epub(context.book, context.fragments)


def read_text(_context: Context, content: bytes) -> EditionText:
    """Read the text back out of the e-book."""
    from dingben.formats.read_text import text_of_epub

    return text_of_epub(content)


def build_azw3(context: Context) -> bytes:
    """Build the e-book for Kindles out of the EPUB."""
    from dingben.formats.epub.azw3 import make_azw3

    return make_azw3(context.output_path("epub").read_bytes())


EPUB = OutputFormat(
    "epub",
    "{slug}.epub",
    build,
    read_text,
    ignores=files_except(EPUB_FILES, COVER_FILES),
    pandoc_output=pandoc_output,
    shows_cover=True,
)
AZW3 = OutputFormat("azw3", "{slug}.azw3", build_azw3, requires=("epub",), default=False)
