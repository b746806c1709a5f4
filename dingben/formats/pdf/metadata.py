"""Page labels and the claim to be PDF/UA-1, added to WeasyPrint's PDF."""

from __future__ import annotations

from typing import Any

import pydyf


def finish(document: Any, pdf: Any) -> None:
    """Complete WeasyPrint's PDF: page labels, and the claim to be PDF/UA-1 as well as PDF/A-2a."""
    opening = next((i for i, page in enumerate(document.pages) if "opens-body" in page.anchors), None)
    complete(opening, pdf)


def complete(opening: int | None, pdf: Any) -> None:
    """Complete a PDF whose body opens on the 0-based sheet side ``opening``."""
    add_page_labels(opening, pdf)
    claim_accessibility(pdf)


def add_page_labels(opening: int | None, pdf: Any) -> None:
    """Label sheet sides as their folios are: roman in front, arabic from the first page of the body.

    PDF 32000-1:2008, 12.4.2. WeasyPrint writes none.
    """
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
