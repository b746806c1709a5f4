"""Elements of TEI P5, by lxml."""

from __future__ import annotations

from lxml import etree

NAMESPACE = "http://www.tei-c.org/ns/1.0"
ID = "{http://www.w3.org/XML/1998/namespace}id"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def element(tag: str, content: str | None = None, **attributes: str) -> etree._Element:
    """A TEI element."""
    made = etree.Element(f"{{{NAMESPACE}}}{tag}", attributes)
    made.text = content
    return made


def sub(parent: etree._Element, tag: str, content: str | None = None, **attributes: str) -> etree._Element:
    """A TEI element, appended to ``parent``."""
    made = element(tag, content, **attributes)
    parent.append(made)
    return made


def put(parent: etree._Element, text: str) -> None:
    """Append words to what ``parent`` holds."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
