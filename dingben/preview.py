"""The web edition while a person writes: the same pages as the build's, made in memory and only where they changed.

Chapters that are as they were are not read again; what they give as HTML is kept by the digest of their blocks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from dingben import fonts, pandoc
from dingben.build import digests
from dingben.fragment import Known
from dingben.nodes import Node
from dingben.source import read_book
from dingben.styles import check_styles
from dingben.targets import TARGETS, Edition
from dingben.web import make_web


class Preview:
    """The pages of one book, made again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[str, str] = {}
        """HTML by the digest of the blocks it was written from, as the last round needed it."""
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
        edition = Edition(book, [], self.known)
        paths = [TARGETS[name].path(book) for name in TARGETS["web"].takes_in]
        downloads = {path.name: path.read_bytes() for path in paths if path.is_file()}
        needed: dict[str, str] = {}

        def write(blocks: Sequence[Node]) -> str:
            digest = hashlib.sha256(json.dumps(blocks).encode()).hexdigest()
            if digest not in needed:
                needed[digest] = self.texts.get(digest) or pandoc.write_html(blocks)
            return needed[digest]

        made = make_web(book, edition.fragments, edition.cover, downloads, write)
        self.texts = needed
        return made

    def check_styles(self) -> None:
        """Where a style sheet of the book's own has changed."""
        styles = digests(self.folder / "styles") if (self.folder / "styles").is_dir() else {}
        if styles != self.checked:
            check_styles(self.folder)
            self.checked = styles
