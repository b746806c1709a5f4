"""The screen PDF: the whole book as one HTML page, laid out, labelled and described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pydyf

from dingben import pandoc
from dingben.errors import Problem
from dingben.fragment import Fragment
from dingben.html import Templates, sections
from dingben.model import Book
from dingben.notes import foot_notes
from dingben.page import page_of
from dingben.styles import stylesheet, variables
from dingben.typeset import Typeset, check_fonts, typeset
from dingben.typography import set_type


def make_pdf(book: Book, fragments: Sequence[Fragment], tools: dict[str, str], date: str | None) -> Typeset:
    """The book as a tagged PDF. ``tools`` are names with versions for the colophon, ``date`` is ISO or None."""
    css = stylesheet(book.folder, "print")
    measures = variables(css)
    check_fonts(measures)
    page = page_of(book.format, measures, book.folder / "source" / "book.toml")
    texts = [pandoc.write_html(foot_notes(set_type(f.blocks))) for f in fragments]
    templates = Templates(book)
    html = templates.render("book.html", sections=sections(book, fragments, texts), tools=tools, date=date)
    made = typeset(book.folder, html, [css, templates.render("page.css", page=page)], finish)
    empty = [Problem("no page was made")] if made.sheet_sides == 0 else []
    return Typeset(made.pdf, made.sheet_sides, (*made.findings, *empty))


def finish(document: Any, pdf: Any) -> None:
    """Add page labels: roman in front, arabic from the first page of the body.

    PDF 32000-1:2008, 12.4.2. WeasyPrint writes none.
    """
    opening = next((i for i, page in enumerate(document.pages) if "opens-body" in page.anchors), None)
    numbers = pydyf.Array([0, pydyf.Dictionary({"S": "/r"})])
    if opening is not None:
        numbers.extend([opening, pydyf.Dictionary({"S": "/D"})])
    pdf.catalog["PageLabels"] = pydyf.Dictionary({"Nums": numbers})
    pdf.catalog["PageMode"] = "/UseOutlines"
