"""The web edition while a person writes: the same pages as the build's, made in memory and only where they changed.

Chapters that are as they were are neither read nor written again.
"""

from __future__ import annotations

from pathlib import Path

from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.builder.staleness import digests
from dingben.document.model import Known
from dingben.formats.html.format import WEB
from dingben.formats.html.site import make_web
from dingben.system import fonts
from dingben.theme.stylesheets import check_styles


class Preview:
    """The pages of one book, made again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: Known = {}
        self.checked: dict[str, str] = {}
        """Style sheets that were found good."""

    def pages(self) -> dict[str, bytes]:
        """The files of the web edition by name, with the editions for download that stand in build/ now.

        Raises DingbenError.
        """
        fonts.listing.cache_clear()
        book = read_book(self.folder)
        self.check_styles()
        edition = BuildContext(book, [], self.known)
        paths = [edition.output_path(name) for name in WEB.requires]
        downloads = {path.name: path.read_bytes() for path in paths if path.is_file()}
        return make_web(book, edition.fragments, edition.cover, downloads)

    def check_styles(self) -> None:
        """Where a style sheet of the book's own has changed."""
        styles = digests(self.folder / "styles") if (self.folder / "styles").is_dir() else {}
        if styles != self.checked:
            check_styles(self.folder)
            self.checked = styles
