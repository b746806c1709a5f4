"""The formats ``html`` (one file) and ``web`` (a folder)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dingben.formats.base import (
    COVER_FILES,
    SCREEN_FILES,
    SINGLE_FILE_FILES,
    SITE_FILES,
    Context,
    Files,
    OutputFormat,
    files_except,
)

if TYPE_CHECKING:
    from dingben.document.collation import EditionText
    from dingben.document.pandoc import PandocOutput


def build_html(context: Context) -> bytes:
    """Build the whole book as one HTML file."""
    context.start_cover()
    from dingben.book.dates import edition_date
    from dingben.formats.html.single_file import make_html

    texts = context.pandoc_result(HTML).result()
    return make_html(context.book, context.fragments, texts, context.cover, context.tools, edition_date())


def html_pandoc_output(context: Context) -> PandocOutput[Any]:
    """Return the HTML of the divisions that pandoc has to write."""
    from dingben.formats.html.single_file import division_html

    return division_html(context.book, context.fragments)


def read_html(_context: Context, content: bytes) -> EditionText:
    """Read the text back out of the HTML file."""
    from dingben.formats.read_text import text_of_html

    return text_of_html([content])


def build_web(context: Context) -> Files:
    """Build the website, which offers the formats that it requires for download."""
    from dingben.formats.html.site import make_web

    downloads = [context.output_path(name) for name in WEB.requires]
    return make_web(context.book, context.fragments, context.cover, {p.name: p.read_bytes() for p in downloads})


def read_web(context: Context, content: Files) -> EditionText:
    """Read the text back out of the pages of the website."""
    from dingben.formats.html.site import page_name
    from dingben.formats.read_text import text_of_html

    return text_of_html([content[page_name(fragment)] for fragment in context.fragments])


HTML = OutputFormat(
    "html",
    "{slug}.html",
    build_html,
    read_html,
    ignores=files_except(SCREEN_FILES, SINGLE_FILE_FILES, COVER_FILES),
    pandoc_output=html_pandoc_output,
    prebuild=True,
    shows_cover=True,
)
WEB = OutputFormat(
    "web",
    "web/index.html",
    build_web,
    read_web,
    requires=("pdf", "epub", "html", "txt"),
    ignores=files_except(SCREEN_FILES, SITE_FILES, COVER_FILES),
    shows_cover=True,
)
