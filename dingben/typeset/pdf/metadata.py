"""Page labels and the identification as PDF/UA-1, added to the PDF of a book."""

from __future__ import annotations

from typing import Any

import pydyf


def add_book_metadata(body_start: int | None, pdf: Any) -> None:
    """Add page labels, and the identification as PDF/UA-1. ``body_start``: the 0-based page that opens the body."""
    add_page_labels(body_start, pdf)
    identify_as_pdf_ua(pdf)


def add_page_labels(body_start: int | None, pdf: Any) -> None:
    """Label pages like their folios: roman in the front matter, arabic from the first page of the body.

    PDF 32000-1:2008, 12.4.2. WeasyPrint writes none.
    """
    numbers = pydyf.Array([0, pydyf.Dictionary({"S": "/r"})])
    if body_start is not None:
        numbers.extend([body_start, pydyf.Dictionary({"S": "/D"})])
    pdf.catalog["PageLabels"] = pydyf.Dictionary({"Nums": numbers})
    pdf.catalog["PageMode"] = "/UseOutlines"


PDF_UA_IDENTIFICATION = b"""\
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
"""PDF/UA-1 (ISO 14289-1, 5), and the description of its schema that PDF/A-2 requires (ISO 19005-2, 6.6.2.3)."""


def identify_as_pdf_ua(pdf: Any) -> None:
    """Add the PDF/UA identification to WeasyPrint's XMP metadata, which has only one standard."""
    for item in pdf.objects:
        if getattr(item, "extra", {}).get("Type") == "/Metadata":
            item.stream = [part.replace(b"</rdf:RDF>", PDF_UA_IDENTIFICATION + b"</rdf:RDF>") for part in item.stream]
