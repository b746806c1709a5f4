"""A division too long for one file of an e-book, split where its sections begin.

E-readers lay out a whole file at once; small ones fail at some hundred kilobytes. Each
piece keeps the notes that it calls, and every identifier is found again in its new file.
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
    """Divisions too long for one file that have no section to split at."""
    return [
        Diagnostic(
            f"the division is {len(f.division.text.encode('utf-8')) / 1e6:.1f} MB long and has no sections",
            "E-readers lay it out in one piece, slowly: give it headings (## …).",
            Location(f.division.path, 1, 1) if f.division.path else None,
        )
        for f in fragments
        if len(f.headings) == 1 and len(f.division.text.encode("utf-8")) > 2 * MAX_FILE_BYTES
    ]


@dataclass(frozen=True, slots=True)
class ContentDocument:
    """A file of its own: its name's ending, and its root."""

    number: int
    root: etree._Element


def split_document(
    root: etree._Element, headings: Mapping[str, str], longest: int = MAX_FILE_BYTES
) -> list[ContentDocument]:
    """The files that a division's file becomes, the first its own, rewritten; one where it can't be split.

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
    made = [ContentDocument(1, root)]
    for number, group in enumerate(groups[1:], 2):
        made.append(ContentDocument(number, new_document(root, division, group, headings)))
        add_notes(find_one(made[-1].root, "//h:body/h:section"), notes)
    return made


def split_units(section: etree._Element, longest: int) -> list[list[etree._Element]]:
    """The children before the first subsection, then each subsection; one that is too long by its own parts."""
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
    """The units in files as large as allowed."""
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
    """Bytes of the element as it will stand in its file."""
    return len(etree.tostring(element, encoding="utf-8", with_tail=True))


def new_document(
    root: etree._Element, division: etree._Element, group: Sequence[etree._Element], headings: Mapping[str, str]
) -> etree._Element:
    """A file like ``root`` whose division holds ``group``; its role is not told a second time."""
    body = find_one(root, "//h:body")
    made, own = copy_empty(root), copy_empty(body)
    made.append(copy.deepcopy(find_one(root, "h:head")))
    made.append(own)
    holder = etree.SubElement(own, SECTION, {"class": division.get("class") or ""})
    holder.extend(group)
    title = headings.get(str(group[0].get("id")), "")
    if title:
        find_one(made, "//h:title").text = f"{find_one(root, '//h:title').text}：{title}"
        holder.set("aria-label", title)
    return made


def copy_empty(element: etree._Element) -> etree._Element:
    """An empty element with the same name, attributes and prefixes."""
    made = etree.Element(element.tag, nsmap=element.nsmap)  # type: ignore[arg-type]
    for key, value in element.items():
        made.set(key, value)
    return made


def add_notes(division: etree._Element, notes: Mapping[str, etree._Element]) -> None:
    """Put the notes that are called in the division at its end."""
    calls = find_all(division, ".//h:a[@role='doc-noteref']")
    called = [notes[str(call.get("href")).partition("#")[2]] for call in calls]
    if called:
        container = etree.SubElement(division, f"{{{XHTML}}}div", {"class": "notes"})
        container.extend(called)


def retarget(root: etree._Element, moved: Mapping[str, str]) -> None:
    """Links to identifiers that ``moved`` to another file (by name, in the same folder) lead there."""
    for element in root.iter("{*}a", "{*}content"):
        key = "src" if element.get("src") else "href"
        path, mark, identifier = (element.get(key) or "").partition("#")
        if mark and identifier in moved and not re.match(r"[a-z]+:", path):
            folder = path.rpartition("/")[0]
            element.set(
                key, f"{folder}/{moved[identifier]}#{identifier}" if folder else f"{moved[identifier]}#{identifier}"
            )


def identifiers_in(root: etree._Element) -> list[str]:
    """Every identifier in a file."""
    return [str(e.get("id")) for e in root.iter() if isinstance(e.tag, str) and e.get("id")]
