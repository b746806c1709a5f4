"""The book as a single HTML file: styles, cover and images embedded; no scripts, no requests."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from markupsafe import Markup

from dingben.book.model import Book
from dingben.document import pandoc
from dingben.document.images import embed_pictures
from dingben.document.model import Fragment
from dingben.document.notes import add_endnotes
from dingben.theme.stylesheets import stylesheet
from dingben.theme.templates import Templates, rendered_divisions


def division_html(book: Book, fragments: Sequence[Fragment]) -> pandoc.PandocOutput[list[str]]:
    """Prepare the HTML of each division that has a file, images embedded, written by one run of pandoc."""
    blocks = add_endnotes(fragments, book.title.language)
    return pandoc.html_output([embed_pictures(b, f.pictures) for b, f in zip(blocks, fragments, strict=True)])


def make_html(
    book: Book,
    fragments: Sequence[Fragment],
    texts: Sequence[str],
    cover: bytes,
    tools: dict[str, str],
    date: str | None,
) -> bytes:
    """Return the file; ``texts`` are those of :func:`division_html`, ``cover`` is a JPEG."""
    page = Templates(book).render(
        "onefile.html",
        sections=[part for part in rendered_divisions(book, fragments, texts) if part.role != "cover"],
        style=Markup(stylesheet(book.folder, "web", design=book.design).replace("</", "<\\/")),  # noqa: S704 (the element can't be closed)
        cover=f"data:image/jpeg;base64,{base64.b64encode(cover).decode('ascii')}",
        tools=tools,
        date=date,
    )
    return page.encode("utf-8")
