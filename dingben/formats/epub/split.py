"""Split a long division into several content documents, at its sections.

E-readers lay out a whole file at once; small ones fail at some hundred kilobytes. Each document keeps the notes that
it calls, and links to identifiers in other documents are rewritten.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from dingben.diagnostics import Diagnostic, Location
from dingben.document.model import Fragment
from dingben.formats.xml import XHTML, find_all, find_one

MAX_FILE_BYTES = 300_000
"""Bytes of XHTML in one file, its notes not counted: some hundred thousand Han characters."""

SECTION = f"{{{XHTML}}}section"


def length_diagnostics(fragments: Sequence[Fragment]) -> list[Diagnostic]:
    """Warn of divisions that are too long and have no section to split at."""
    return [
        Diagnostic(
            f"the division is {len(f.division.text.encode('utf-8')) / 1e6:.1f} MB long and has no sections",
            "E-readers lay it out as a whole, slowly: add headings (## …).",
            Location(f.division.path, 1, 1) if f.division.path else None,
        )
        for f in fragments
        if len(f.headings) == 1 and len(f.division.text.encode("utf-8")) > 2 * MAX_FILE_BYTES
    ]


@dataclass(frozen=True, slots=True)
class ContentDocument:
    """A content document: number within its division (from 1), and root element."""

    number: int
    root: etree._Element


def split_document(
    root: etree._Element, headings: Mapping[str, str], longest: int = MAX_FILE_BYTES
) -> list[ContentDocument]:
    """Split a division's content document, whose first part is changed in place; one where it can't be split.

    ``headings``: identifier and text of every heading, for the titles of the files.
    """
    division = find_one(root, "//h:body/h:section")
    notes = {str(note.get("id")): note for note in find_all(division, ".//h:div[@role='doc-footnote']")}
    for container in find_all(division, "h:div[@class='notes']"):
        division.remove(container)
    first, *units = split_units(division, longest - serialized_size(division[0]))
    groups = group_units(first, units, longest)
    if len(groups) == 1:
        add_notes(division, notes)
        return [ContentDocument(1, root)]
    for element in [e for e in division if e not in groups[0]]:
        division.remove(element)
    for element in groups[0]:
        division.append(element)
    add_notes(division, notes)
    documents = [ContentDocument(1, root)]
    for number, group in enumerate(groups[1:], 2):
        documents.append(ContentDocument(number, new_document(root, division, group, headings)))
        add_notes(find_one(documents[-1].root, "//h:body/h:section"), notes)
    return documents


def split_units(section: etree._Element, longest: int) -> list[list[etree._Element]]:
    """Return the children before the first subsection, then each subsection; a long one is split further."""
    start = next((i for i, child in enumerate(section) if child.tag == SECTION), len(section))
    units = [list(section)[:start]]
    for child in list(section)[start:]:
        if child.tag == SECTION and serialized_size(child) > longest:
            lead, *rest = split_units(child, longest)
            for later in [e for unit in rest for e in unit]:
                later.getparent().remove(later)  # type: ignore[union-attr]
            units += [[child], *rest] if lead else rest
        else:
            units.append([child])
    return units


def group_units(
    first: Sequence[etree._Element], units: Sequence[list[etree._Element]], longest: int
) -> list[list[etree._Element]]:
    """Group the units into documents as large as allowed."""
    groups, size = [list(first)], sum(map(serialized_size, first))
    for unit in units:
        more = sum(map(serialized_size, unit))
        if size + more > longest and groups[-1]:
            groups.append([])
            size = 0
        groups[-1] += unit
        size += more
    return groups


def serialized_size(element: etree._Element) -> int:
    """Return the size of the element in bytes when serialized."""
    return len(etree.tostring(element, encoding="utf-8", with_tail=True))


def new_document(
    root: etree._Element, division: etree._Element, group: Sequence[etree._Element], headings: Mapping[str, str]
) -> etree._Element:
    """Build a document like ``root`` whose division holds ``group``, without repeating the division's role."""
    body = find_one(root, "//h:body")
    document, own = copy_empty(root), copy_empty(body)
    document.append(copy.deepcopy(find_one(root, "h:head")))
    document.append(own)
    holder = etree.SubElement(own, SECTION, {"class": division.get("class") or ""})
    holder.extend(group)
    title = headings.get(str(group[0].get("id")), "")
    if title:
        find_one(document, "//h:title").text = f"{find_one(root, '//h:title').text}：{title}"
        holder.set("aria-label", title)
    return document


def copy_empty(element: etree._Element) -> etree._Element:
    """Copy an element's name, attributes and namespace prefixes."""
    copy = etree.Element(element.tag, nsmap=element.nsmap)  # type: ignore[arg-type]
    for key, value in element.items():
        copy.set(key, value)
    return copy


def add_notes(division: etree._Element, notes: Mapping[str, etree._Element]) -> None:
    """Append the notes called in the division."""
    calls = find_all(division, ".//h:a[@role='doc-noteref']")
    called = [notes[str(call.get("href")).partition("#")[2]] for call in calls]
    if called:
        container = etree.SubElement(division, f"{{{XHTML}}}div", {"class": "notes"})
        container.extend(called)


def retarget(root: etree._Element, moved: Mapping[str, str]) -> None:
    """Rewrite links to identifiers that ``moved`` to another file (by name, in the same folder)."""
    for element in root.iter("{*}a", "{*}content"):
        key = "src" if element.get("src") else "href"
        path, mark, identifier = (element.get(key) or "").partition("#")
        if mark and identifier in moved and not re.match(r"[a-z]+:", path):
            folder = path.rpartition("/")[0]
            element.set(
                key, f"{folder}/{moved[identifier]}#{identifier}" if folder else f"{moved[identifier]}#{identifier}"
            )


def identifiers_in(root: etree._Element) -> list[str]:
    """Return every identifier in a document."""
    return [str(e.get("id")) for e in root.iter() if isinstance(e.tag, str) and e.get("id")]
