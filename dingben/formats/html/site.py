"""Web edition: a static folder to read the book online and to download it.

No scripts and no external requests: it works from a file:// URL.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from dingben.book.model import Book
from dingben.document import pandoc
from dingben.document.ast import identifiers, text_of
from dingben.document.model import Fragment
from dingben.document.notes import add_endnotes
from dingben.language.strings import words
from dingben.theme.stylesheets import stylesheet
from dingben.theme.templates import Templates, rendered_divisions

LINK = re.compile(r"""(?P<before><a(?:\s+[\w:-]+="[^"]*")*?\s+href=")#(?P<identifier>[^"]+)""")
"""An internal link as pandoc writes it: quotation marks within attributes are escaped."""

MAX_ABOUT = 220
"""Length in characters of the preface's beginning that serves as a description."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file to download: name, label, size in bytes, SHA-256 in hexadecimal."""

    name: str
    label: str
    size: int
    sha256: str

    @property
    def human_size(self) -> str:
        """The size in decimal units: ``1.3 MB``."""
        for unit, scale in (("MB", 1_000_000), ("kB", 1_000)):
            if self.size >= scale:
                return f"{self.size / scale:.1f} {unit}"
        return f"{self.size} B"


def make_web(
    book: Book, fragments: Sequence[Fragment], cover: bytes, downloads: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return the files of the folder by name. ``downloads`` are the other editions by file name."""
    texts, files = reading_pages(book, fragments)
    parts = [s for s in rendered_divisions(book, fragments, texts) if not s.generated]
    templates = Templates(book)
    labels = words(book.title.language)
    entries = [(part, files[part.identifier]) for part in parts]
    pages = {"index.html", *files.values()}  # a page keeps its name where the book is called index
    offers = [
        Download(name, labels[name.rsplit(".", 1)[-1]], len(data), hashlib.sha256(data).hexdigest())
        for name, data in sorted(downloads.items())
        if name not in pages
    ]
    site_files = {
        "index.html": templates.render(
            "web/index.html",
            entries=entries,
            downloads=offers,
            about=about_text(book, fragments),
        ),
        "web.css": stylesheet(book.folder, "web", design=book.design),
    }
    for index, (part, file) in enumerate(entries):
        site_files[file] = templates.render(
            "web/chapter.html",
            section=part,
            previous=entries[index - 1] if index else None,
            following=entries[index + 1] if index + 1 < len(entries) else None,
        )
    output = {name: text.encode("utf-8") for name, text in site_files.items()}
    output["cover.jpg"] = cover
    output = dict(downloads) | output
    for fragment in fragments:
        output |= {picture.name: picture.content() for picture in fragment.pictures}
    return output


def reading_pages(book: Book, fragments: Sequence[Fragment]) -> tuple[list[str], dict[str, str]]:
    """Return each fragment as HTML with endnotes and links between pages, and the file name of each fragment."""
    files = {f.identifier: page_name(f) for f in fragments}
    where = {i: files[f.identifier] for f in fragments for i in identifiers(f.blocks)}
    texts = pandoc.write_html_fragments(add_endnotes(fragments, book.title.language))
    return [resolve_page_links(t, where, files[f.identifier]) for t, f in zip(texts, fragments, strict=True)], files


def page_name(fragment: Fragment) -> str:
    """Return the file name of a fragment's page: its source file's stem where that is ASCII."""
    assert fragment.division.path
    stem = fragment.division.path.stem
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", stem) and stem != "index"
    return f"{stem if plain else fragment.identifier}.html"


def resolve_page_links(html: str, where: Mapping[str, str], here: str) -> str:
    """Rewrite internal links to other pages as links to their files."""

    def whole(link: re.Match[str]) -> str:
        file = where.get(unescape(link["identifier"]), here)
        return link[0] if file == here else f"{link['before']}{file}#{link['identifier']}"

    return LINK.sub(whole, html)


def about_text(book: Book, fragments: Sequence[Fragment]) -> str:
    """Return a paragraph about the book: its description, else the beginning of its first text, cut at a full stop."""
    if book.title.description:
        return book.title.description
    for fragment in fragments:
        for block in fragment.blocks:
            if block["t"] == "Para":
                text = text_of(block)
                if len(text) <= MAX_ABOUT:
                    return text
                cut = max(text.rfind(stop, 0, MAX_ABOUT) for stop in "。！？.")
                return text[: cut + 1] if cut > 0 else text[:MAX_ABOUT] + "……"
    return ""
