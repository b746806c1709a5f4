"""Elements of TEI P5, built with lxml."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

NAMESPACE = "http://www.tei-c.org/ns/1.0"
ID = "{http://www.w3.org/XML/1998/namespace}id"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def element(tag: str, content: str | None = None, **attributes: str) -> etree._Element:
    """Build a TEI element."""
    node = etree.Element(f"{{{NAMESPACE}}}{tag}", attributes)
    node.text = content
    return node


def add_element(parent: etree._Element, tag: str, content: str | None = None, **attributes: str) -> etree._Element:
    """Append a TEI element to ``parent``."""
    child = element(tag, content, **attributes)
    parent.append(child)
    return child


def append_text(parent: etree._Element, text: str) -> None:
    """Append text to the content of ``parent``."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def set_identity(node: etree._Element, identifier: str, pairs: Sequence[Sequence[str]]) -> None:
    """Set ``xml:id`` and ``xml:lang`` of an element."""
    if identifier:
        node.set(ID, xml_id(identifier))
    for key, value in pairs:
        if key == "lang":
            node.set(LANG, value)


def xml_id(identifier: str) -> str:
    """Convert an identifier to an NCName; different identifiers stay different."""
    plain = re.sub(r"[^\w.-]", lambda m: f"_{ord(m[0]):x}_", identifier)
    return plain if re.match(r"[^\W\d]", plain) else f"id_{plain}"


def is_named(node: etree._Element, *names: str) -> bool:
    """Return whether the element has one of these local names."""
    return etree.QName(node).localname in names


def character_count(text: etree._Element) -> int:
    """Count the characters of the text, without white space."""
    return sum(len("".join(str(part).split())) for part in text.itertext())


def indent(root: etree._Element) -> None:
    """Insert line breaks between block elements only, so that no white space enters the text."""
    blocks = {
        "TEI", "teiHeader", "fileDesc", "titleStmt", "editionStmt", "publicationStmt", "seriesStmt", "sourceDesc",
        "biblStruct", "monogr", "imprint", "encodingDesc", "editorialDecl", "appInfo", "application", "profileDesc",
        "revisionDesc", "listChange", "textClass", "langUsage", "keywords", "listBibl", "notesStmt", "respStmt",
        "text", "front", "body", "back", "div", "list", "table", "row", "lg", "quote", "epigraph", "closer", "figure",
        "titlePage", "docTitle", "classDecl", "taxonomy", "extent", "abstract",
    }  # fmt: skip
    for each in root.iter(f"{{{NAMESPACE}}}*"):
        inside_line = any(not is_named(a, *blocks) for a in each.iterancestors())
        if is_named(each, *blocks) and len(each) and not inside_line and not (each.text or "").strip():
            if any((child.tail or "").strip() for child in each):
                continue
            each.text = "\n"
            for child in each:
                child.tail = "\n"
