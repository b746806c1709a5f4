"""XHTML, package document and NCX of an EPUB: find, mark and add elements with lxml."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from dingben.diagnostics import Location
from dingben.errors import SourceError
from dingben.system.xml import safe_parser

XHTML = "http://www.w3.org/1999/xhtml"
OPS = "http://www.idpf.org/2007/ops"
OPF = "http://www.idpf.org/2007/opf"
DC = "http://purl.org/dc/elements/1.1/"
NCX = "http://www.daisy.org/z3986/2005/ncx/"
NAMES = {"h": XHTML, "n": NCX, "opf": OPF, "dc": DC, "epub": OPS}


def find_one(root: etree._Element, path: str) -> etree._Element:
    """Return the first element at the XPath ``path``."""
    return find_all(root, path)[0]


def find_all(root: etree._Element, path: str) -> list[etree._Element]:
    """Return all elements at the XPath ``path``."""
    found = root.xpath(path, namespaces=NAMES)
    return [e for e in found if isinstance(e, etree._Element)] if isinstance(found, list) else []


def set_type(element: etree._Element, kind: str) -> None:
    """Set ``epub:type``."""
    element.set(f"{{{OPS}}}type", kind)


def remove_generator(root: etree._Element) -> None:
    """Remove the generator meta element and the empty style element that pandoc writes."""
    for element in find_all(root, "//h:head/h:meta[@name='generator'] | //h:head/h:style[not(normalize-space())]"):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)


def nav_element(kind: str, role: str | None, identifier: str) -> etree._Element:
    """Build an empty, hidden ``nav`` element with its list."""
    nav = etree.Element(f"{{{XHTML}}}nav", id=identifier, hidden="hidden")
    set_type(nav, kind)
    if role:
        nav.set("role", role)
    etree.SubElement(nav, f"{{{XHTML}}}ol")
    return nav


def add_list_link(nav: etree._Element, href: str, label: str) -> etree._Element:
    """Append an entry to the list of a ``nav`` element."""
    entry = etree.SubElement(nav[0], f"{{{XHTML}}}li")
    link = etree.SubElement(entry, f"{{{XHTML}}}a", href=href)
    link.text = label
    return link


def add_manifest_item(
    manifest: etree._Element, identifier: str, href: str, media_type: str, properties: str = ""
) -> None:
    """Append an item to the manifest."""
    attributes = {"id": identifier, "href": href, "media-type": media_type}
    if properties:
        attributes["properties"] = properties
    etree.SubElement(manifest, f"{{{OPF}}}item", attributes)


def escape(text: str) -> str:
    """Escape ``text`` for an XML attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def generated_section(html: str, template: Path) -> etree._Element:
    """Parse the section that a template has written. Raises SourceError where it is no XHTML."""
    try:
        page = etree.fromstring(f'<div xmlns="{XHTML}" xmlns:epub="{OPS}">{html}</div>', safe_parser())
    except etree.XMLSyntaxError as error:
        message = f"template: its output is not XHTML: {error.msg}"
        raise SourceError(
            message, hint="Close each element, and quote attributes.", location=Location(template)
        ) from error
    if len(page) == 0:
        raise SourceError("template: it has no element", hint="<section>…</section>", location=Location(template))
    return page[0]
