"""Critical apparatus of the TEI text: emendations as ``choice``, missing text as ``gap``.

The text holds the corrected words. An emendation is placed by its offset in the ledger, or by its words where they
occur once; one without a certain place is listed in the header only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lxml import etree

from dingben.book import emendations, ledger
from dingben.book.model import Book
from dingben.book.resources import inside
from dingben.book.source_state import digest
from dingben.diagnostics import Diagnostic
from dingben.document.model import Fragment
from dingben.errors import SourceError
from dingben.formats.tei.xml import ID, LANG, NAMESPACE, add_element, element

FLOWS = frozenset({"p", "head", "l", "cell", "item", "label", "note", "ab", "seg", "signed", "eg", "figDesc", "rt"})
"""Elements whose text is independent of the text around them."""


@dataclass(frozen=True, slots=True)
class MarkedEmendation:
    """An emendation; ``identifier`` is that of its ``choice``, empty where it could not be placed."""

    sic: str
    corr: str
    reason: str
    file: str
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class TextNode:
    """A text node in lxml's model: an element's ``text`` or its ``tail``."""

    holder: etree._Element
    tail: bool
    text: str


def mark_emendations(
    book: Book, fragments: Sequence[Fragment], divs: Mapping[str, etree._Element]
) -> tuple[tuple[MarkedEmendation, ...], tuple[Diagnostic, ...]]:
    """Mark each emendation with ``choice``; return all of them, and diagnostics for those not placed."""
    path = book.folder / "source" / "emendations.toml"
    offsets = ledger_offsets(book.folder / "source")
    readings: list[MarkedEmendation] = []
    findings: list[Diagnostic] = []
    for number, each in enumerate(emendations.read_emendations(path), 1):
        reading = MarkedEmendation(each.sic, each.corr, each.reason, each.where)
        identifier = f"emendation-{number}"
        wanted = [f for f in fragments if not each.where or is_file(f, each.where)]
        if each.corr != each.sic and mark_emendation(reading, identifier, wanted, divs, offsets):
            reading = replace(reading, identifier=identifier)
        elif any(each.corr in f.division.text for f in wanted):
            message = f"“{each.corr}” is in several places: the emendation is only listed in the TEI header"
            findings.append(Diagnostic(message, "Quote more of the words around it.", each.location))
        readings.append(reading)
    return tuple(readings), tuple(findings)


def is_file(fragment: Fragment, where: str) -> bool:
    """Return whether ``where`` of an emendation names this division's file."""
    path = fragment.division.path
    return path is not None and (path.name == where or path.as_posix().endswith(f"/{where.removeprefix('source/')}"))


def ledger_offsets(source: Path) -> dict[tuple[str, str], tuple[str, int]]:
    """Return file and offset of emendations in the ledger, by file name and corrected words. Unedited files only."""
    try:
        header, records = ledger.read(source / "ledger.jsonl")
        found = [r for r in records if "emendation" in r.rule.split("+") and r.after]
        files = {r.file: inside(source.parent, source / r.file) for r in found}
        same = {name for name, path in files.items() if digest(path.read_bytes()) == header.sources.get(name)}
    except (OSError, ledger.DamagedError, SourceError):
        return {}
    return {(Path(r.file).name, r.after): (r.file, r.at) for r in found if r.file in same}


def mark_emendation(
    reading: MarkedEmendation,
    identifier: str,
    fragments: Sequence[Fragment],
    divs: Mapping[str, etree._Element],
    offsets: Mapping[tuple[str, str], tuple[str, int]],
) -> bool:
    """Mark the place of one emendation; False where there is none, or more than one candidate."""
    if not reading.corr:
        return False
    hits: list[tuple[list[TextNode], int]] = []
    for fragment in fragments:
        assert fragment.division.path
        own = [(flow, at) for flow in text_flows(divs[fragment.identifier]) for at in occurrences(flow, reading.corr)]
        known = offsets.get((fragment.division.path.name, reading.corr))
        if known and fragment.division.path.as_posix().endswith(known[0]):
            nth = fragment.division.text.count(reading.corr, 0, known[1])
            return nth < len(own) and insert_choice(*own[nth], reading, identifier)
        hits += own
    return len(hits) == 1 and insert_choice(*hits[0], reading, identifier)


def occurrences(flow: Sequence[TextNode], words: str) -> Iterator[int]:
    """Yield every position of ``words`` in a flow."""
    text = "".join(run.text for run in flow)
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + len(words))


def text_flows(root: etree._Element) -> list[list[TextNode]]:
    """Return the text nodes of an element grouped into flows (paragraph, note, cell …), in reading order."""
    out: list[list[TextNode]] = []

    def walk(each: etree._Element, flow: list[TextNode]) -> None:
        own = flow
        if etree.QName(each).localname in FLOWS:
            own = []
            out.append(own)
        if each.text:
            own.append(TextNode(each, tail=False, text=each.text))
        for child in each:
            walk(child, own)
            if child.tail:
                own.append(TextNode(child, tail=True, text=child.tail))

    walk(root, [])
    return out


def insert_choice(flow: Sequence[TextNode], at: int, reading: MarkedEmendation, identifier: str) -> bool:
    """Wrap the differing characters at ``at`` in a ``choice``, if they lie in one text node."""
    start, end = common_affixes(reading.sic, reading.corr)
    first, last = at + start, at + len(reading.corr) - end
    sic = reading.sic[start : len(reading.sic) - end]
    choice = element("choice", **{ID: identifier})
    add_element(choice, "sic", sic)
    offset = 0
    for run in flow:
        if offset <= first and last <= offset + len(run.text):
            before, corr, after = split_at(run.text, first - offset, last - offset)
            add_element(choice, "corr", corr)
            choice.tail = after
            if run.tail:
                parent = run.holder.getparent()
                assert parent is not None
                run.holder.tail = before
                parent.insert(parent.index(run.holder) + 1, choice)
            else:
                run.holder.text = before
                run.holder.insert(0, choice)
            return True
        offset += len(run.text)
    return False


def split_at(text: str, start: int, end: int) -> tuple[str, str, str]:
    """Split ``text`` into the parts before, within and after ``start:end``."""
    return text[:start], text[start:end], text[end:]


def common_affixes(sic: str, corr: str) -> tuple[int, int]:
    """Return the lengths of the common prefix and suffix of ``sic`` and ``corr``."""
    most = min(len(sic), len(corr))
    start = next((i for i in range(most) if sic[i] != corr[i]), most)
    left = most - start
    end = next((i for i in range(left) if sic[-1 - i] != corr[-1 - i]), left)
    return start, end


# -- gaps


def mark_gaps(gaps: Sequence[Diagnostic], fragments: Sequence[Fragment], divs: Mapping[str, etree._Element]) -> None:
    """Put a ``gap`` at the end of the body where the text breaks off."""
    last = next((f for f in reversed(fragments) if f.division.matter == "body"), None)
    if not gaps or last is None:
        return
    place = divs[last.identifier]
    if any(finding.code == "T802" for finding in gaps):
        paragraphs = list(place.iter(f"{{{NAMESPACE}}}p"))
        outside = [p for p in paragraphs if next(p.iterancestors(f"{{{NAMESPACE}}}note"), None) is None]
        place = outside[-1] if outside else place
    while len(place) and etree.QName(place[-1]).localname == "div":
        place = place[-1]
    gap = add_element(place, "gap", reason="missing", unit="chars", extent="unknown")
    for finding in gaps:
        add_element(gap, "desc", finding.message, **{LANG: "en"})
