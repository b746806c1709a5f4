"""The screen PDF: the whole book as one HTML page, laid out, labelled and described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pydyf

from dingben import displays, pandoc
from dingben.errors import Problem, RenderError
from dingben.fragment import Fragment, place_of
from dingben.glosses import for_print
from dingben.html import Templates, sections
from dingben.model import Book
from dingben.notes import foot_notes
from dingben.page import ems, page_of
from dingben.styles import stylesheet, variables
from dingben.typeset import Typeset, check_fonts, typeset


def make_pdf(book: Book, fragments: Sequence[Fragment], tools: dict[str, str], date: str | None) -> Typeset:
    """The book as a tagged PDF. ``tools`` are names with versions for the colophon, ``date`` is ISO or None."""
    css = stylesheet(book.folder, "print")
    measures = variables(css)
    check_fonts(measures)
    page = page_of(book.format, measures, book.folder / "source" / "book.toml")
    texts = [pandoc.write_html(foot_notes(for_print(displays.for_print(f, f.blocks, page)))) for f in fragments]
    templates = Templates(book)
    html = templates.render("book.html", sections=sections(book, fragments, texts), tools=tools, date=date)
    made = typeset(
        book.folder,
        html,
        [css, templates.render("page.css", page=page)],
        finish,
        notes_by_page=book.format.notes == "page",
        gap=ems(measures.get("--word-gap", ".25em"), "--word-gap"),
    )
    refuse_tofu(made.missing, book)
    return made


def refuse_tofu(missing: Sequence[str], book: Book) -> None:
    """Raises RenderError that names every character without a glyph, where it stands and what font has it."""
    problems = []
    for char in missing:
        place = next((place_of(d, char) for d in book.divisions if char in d.text), None)
        problems.append(Problem(f"no installed font has {char} (U+{ord(char):04X})", font_hint(char), place))
    if problems:
        raise RenderError.of(problems)


def font_hint(char: str) -> str:
    """The Debian package whose font draws the character, told by its block."""
    code = ord(char)
    if 0x3400 <= code <= 0x9FFF or 0x20000 <= code <= 0x3FFFF:
        return "Rare Han characters: apt install fonts-hanazono, or name a font that has it in styles/book.css."
    if 0xE000 <= code <= 0xF8FF or code >= 0xF0000:
        return "It is of private use and means nothing elsewhere: write the character it stands for."
    if 0x1F000 <= code <= 0x1FAFF:
        return "Emoji: apt install fonts-noto-color-emoji."
    return "Perhaps: apt install fonts-noto-core fonts-noto-extra."


def finish(document: Any, pdf: Any) -> None:
    """Complete WeasyPrint's PDF: page labels, and the claim to be PDF/UA-1 as well as PDF/A-2a."""
    add_page_labels(document, pdf)
    claim_accessibility(pdf)


def add_page_labels(document: Any, pdf: Any) -> None:
    """Label sheet sides as their folios are: roman in front, arabic from the first page of the body.

    PDF 32000-1:2008, 12.4.2. WeasyPrint writes none.
    """
    opening = next((i for i, page in enumerate(document.pages) if "opens-body" in page.anchors), None)
    numbers = pydyf.Array([0, pydyf.Dictionary({"S": "/r"})])
    if opening is not None:
        numbers.extend([opening, pydyf.Dictionary({"S": "/D"})])
    pdf.catalog["PageLabels"] = pydyf.Dictionary({"Nums": numbers})
    pdf.catalog["PageMode"] = "/UseOutlines"


UA_CLAIM = b"""\
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" \
xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="" pdfuaid:part="1" />
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" \
xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" rdf:about="">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the file conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""
"""PDF/UA-1 (ISO 14289-1, 5), and the description of its schema that PDF/A-2 asks for (ISO 19005-2, 6.6.2.3)."""


def claim_accessibility(pdf: Any) -> None:
    """Put the PDF/UA identification into WeasyPrint's metadata, which knows one standard at a time."""
    for item in pdf.objects:
        if getattr(item, "extra", {}).get("Type") == "/Metadata":
            item.stream = [part.replace(b"</rdf:RDF>", UA_CLAIM + b"</rdf:RDF>") for part in item.stream]
