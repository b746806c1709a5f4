"""Page labels and the PDF/UA identification of a book."""

from __future__ import annotations

import pydyf

from dingben.typeset.pdf.metadata import add_book_metadata


def test_page_labels_are_roman_then_arabic() -> None:
    pdf = pydyf.PDF()
    add_book_metadata(4, pdf)
    assert pdf.catalog["PageLabels"].data == b"<</Nums [0 <</S /r>> 4 <</S /D>>]>>"
    assert pdf.catalog["PageMode"] == "/UseOutlines"


def test_book_without_a_body_has_roman_labels_only() -> None:
    pdf = pydyf.PDF()
    add_book_metadata(None, pdf)
    assert pdf.catalog["PageLabels"].data == b"<</Nums [0 <</S /r>>]>>"


def test_pdf_ua_identification_is_added_to_the_metadata_stream() -> None:
    pdf = pydyf.PDF()
    other = pydyf.Stream([b"</rdf:RDF>"])
    metadata = pydyf.Stream([b"<rdf:RDF></rdf:RDF>"], extra={"Type": "/Metadata"})
    pdf.add_object(other)
    pdf.add_object(metadata)
    add_book_metadata(None, pdf)
    assert b'pdfuaid:part="1"' in metadata.stream[0]
    assert metadata.stream[0].endswith(b"</rdf:RDF>")
    assert other.stream == [b"</rdf:RDF>"]
