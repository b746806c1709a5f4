"""Elements of TEI P5, by lxml."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

NAMESPACE = "http://www.tei-c.org/ns/1.0"
ID = "{http://www.w3.org/XML/1998/namespace}id"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def element(tag: str, content: str | None = None, **attributes: str) -> etree._Element:
    """A TEI element."""
    made = etree.Element(f"{{{NAMESPACE}}}{tag}", attributes)
    made.text = content
    return made


def add_element(parent: etree._Element, tag: str, content: str | None = None, **attributes: str) -> etree._Element:
    """A TEI element, appended to ``parent``."""
    made = element(tag, content, **attributes)
    parent.append(made)
    return made


def append_text(parent: etree._Element, text: str) -> None:
    """Append words to what ``parent`` holds."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def set_identity(made: etree._Element, identifier: str, pairs: Sequence[Sequence[str]]) -> None:
    """Give an element its identifier and language."""
    if identifier:
        made.set(ID, xml_id(identifier))
    for key, value in pairs:
        if key == "lang":
            made.set(LANG, value)


def xml_id(identifier: str) -> str:
    """An identifier that XML allows (an NCName); different ones stay different."""
    plain = re.sub(r"[^\w.-]", lambda m: f"_{ord(m[0]):x}_", identifier)
    return plain if re.match(r"[^\W\d]", plain) else f"id_{plain}"


def is_named(made: etree._Element, *names: str) -> bool:
    return etree.QName(made).localname in names


def character_count(text: etree._Element) -> int:
    """How many characters the text has, blanks not counted."""
    return sum(len("".join(str(part).split())) for part in text.itertext())


def indent(root: etree._Element) -> None:
    """Break lines between blocks only: no blank comes into the text."""
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
