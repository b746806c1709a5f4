"""The data model of a book: frozen, typed dataclasses, independent of any file format.

A field is ``None`` if the printed book does not have it. Values are strings as printed, without
stray spaces (``edition = "2017年11月第1版"``); code that needs another form derives it. The text of
a division is Markdown, which pandoc parses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dingben.book.designs import DEFAULT, Design

Matter = Literal["front", "body", "back"]

CONTINUED, GOES_ON = "continued", "goes on"
"""Titles in the PDF's structure of the parts of a table row that is divided between pages, in this order."""

GENERATED_ROLES = frozenset({"cover", "halftitlepage", "titlepage", "imprint", "toc", "loi", "lot", "colophon"})
"""Roles whose division a template generates; loi and lot, the lists of figures and tables, may have a file instead."""

ROLES = GENERATED_ROLES | frozenset(
    {
        "abstract", "acknowledgments", "afterword", "appendix", "bibliography", "chapter", "conclusion", "contributors",
        "credits", "dedication", "endnotes", "epigraph", "epilogue", "errata", "foreword", "glossary", "index",
        "introduction", "notice", "other-credits", "part", "preamble", "preface", "prologue", "volume",
    }
)  # fmt: skip
"""Roles of divisions: EPUB structural semantics, https://www.w3.org/TR/epub-ssv-11/."""


@dataclass(frozen=True, slots=True)
class Title:
    """``[book]``: titles, language and description."""

    title: str
    subtitle: str | None = None
    title_pinyin: str | None = None
    language: str = "zh-Hans"
    author_statement: str | None = None
    series: str | None = None
    series_statement: str | None = None
    subject: str | None = None
    description: str | None = None
    cover: str | None = None
    slug: str | None = None


@dataclass(frozen=True, slots=True)
class Contributor:
    """``[[contributor]]``: a person, and a MARC relator code (https://id.loc.gov/vocabulary/relators)."""

    name: str
    role: str = "aut"


@dataclass(frozen=True, slots=True)
class Publication:
    """``[publication]``: publisher, ISBN, edition and price of the printed book."""

    publisher: str | None = None
    publisher_en: str | None = None
    publisher_place: str | None = None
    pub_date: str | None = None
    isbn: str | None = None
    cip_number: str | None = None
    clc: str | None = None
    edition: str | None = None
    printing: str | None = None
    price: str | None = None
    rights: str | None = None


@dataclass(frozen=True, slots=True)
class Imprint:
    """``[imprint]``: staff, printer, addresses and telephone numbers of the imprint page."""

    responsible_editor: str | None = None
    printing_supervisor: str | None = None
    cover_design: str | None = None
    distribution: str | None = None
    printer: str | None = None
    distributor: str | None = None
    address: str | None = None
    postcode: str | None = None
    url: str | None = None
    ad_licence: str | None = None
    phone_exchange: str | None = None
    phone_piracy: tuple[str, ...] = ()
    phone_copyright_bureau: str | None = None
    phone_service: str | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """``[format]``: ``page`` is the trimmed page, width and height in mm.

    ``notes`` says where the numbering of footnotes starts again: page, chapter or book. ``writing``
    is the writing mode of the e-book: horizontal, or vertical in columns from right to left.
    ``embed_font`` names an installed font family to embed in the e-book.
    ``certified_by`` names who checked that the e-book is accessible. ``design`` names an installed design.
    ``toc_depth``: levels of headings in the printed contents, 1 to 6.
    """

    trim: str | None = None
    sheets: str | None = None
    word_count: str | None = None
    page: tuple[float, float] | None = None
    notes: str = "page"
    writing: str = "horizontal"
    embed_font: str | None = None
    certified_by: str | None = None
    design: str = DEFAULT.name
    toc_depth: int = 3


@dataclass(frozen=True, slots=True)
class Press:
    """``[print]``: settings for the press, in millimetres but for two counts.

    ``signature``: the number of pages is a multiple of it. ``paper``: thickness of one
    leaf, which gives the spine. ``bleed``: beyond the trim. ``profile``: the ICC profile
    of the printing condition, a file in ``styles/``. ``booklet``: sheets folded into each
    other (0: all in one).
    """

    signature: int = 4
    paper: float = 0.1
    bleed: float = 3.0
    profile: str = "FOGRA39L_coated.icc"
    booklet: int = 0


@dataclass(frozen=True, slots=True)
class Division:
    """A division of the book: a chapter, a preface, a title page …, in reading order.

    ``path`` is the Markdown file, ``text`` its content; both are empty if a template
    generates the division from the metadata.
    """

    matter: Matter
    role: str
    title: str | None = None
    path: Path | None = field(default=None, repr=False)
    text: str = ""


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """An entry of the printed table of contents: level 1 to 6, text, page as printed."""

    level: int
    text: str
    page: str


@dataclass(frozen=True, slots=True)
class Book:
    """A book, read from ``source/``. ``folder`` is the folder of the book project."""

    folder: Path = field(repr=False)
    title: Title
    divisions: tuple[Division, ...]
    contributors: tuple[Contributor, ...] = ()
    publication: Publication = field(default_factory=Publication)
    imprint: Imprint = field(default_factory=Imprint)
    format: Format = field(default_factory=Format)
    press: Press = field(default_factory=Press)
    contents: tuple[ContentsEntry, ...] = ()
    design: Design = DEFAULT

    @property
    def authors(self) -> tuple[str, ...]:
        """Names of the authors, main author first."""
        return tuple(c.name for c in self.contributors if c.role == "aut")

    @property
    def byline(self) -> str | None:
        """Author statement as printed, else the names of the authors."""
        if self.title.author_statement:
            return self.title.author_statement
        if not self.authors:
            return None
        return "、".join(self.authors) + " 著" if self.title.language.startswith("zh") else ", ".join(self.authors)
