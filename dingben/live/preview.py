"""Preview: the pages of the website, rendered in memory, the same as those of a build.

Unchanged chapters are neither parsed nor written again.
"""

from __future__ import annotations

from pathlib import Path

from dingben.book.model import Book
from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.builder.staleness import digests
from dingben.document.model import Known
from dingben.formats.html.format import WEB
from dingben.formats.html.site import make_web
from dingben.system import fonts
from dingben.theme.stylesheets import check_styles


class Preview:
    """Renders the pages of one book again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parsed: Known = {}
        self.checked_styles: dict[str, str] = {}
        """Digests of the style sheets that were checked last."""

    def pages(self) -> dict[str, bytes]:
        """Return the files of the website by name, with the downloads that are in build/ now. Raises DingbenError."""
        fonts.list_fonts.cache_clear()
        book = read_book(self.folder)
        self.check_styles(book)
        context = BuildContext(book, [], self.parsed)
        paths = [context.output_path(name) for name in WEB.requires]
        downloads = {path.name: path.read_bytes() for path in paths if path.is_file()}
        return make_web(book, context.fragments, context.cover, downloads)

    def check_styles(self, book: Book) -> None:
        """Check the style sheets if one of the book's own has changed. Raises SourceError."""
        styles = digests(self.folder / "styles") if (self.folder / "styles").is_dir() else {}
        if styles != self.checked_styles:
            check_styles(book.folder, book.design)
            self.checked_styles = styles
