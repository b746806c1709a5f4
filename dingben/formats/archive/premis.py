"""PREMIS 3.0 record: objects (files), events and agents.

Only facts are recorded. No clock is read: an event's time is SOURCE_DATE_EPOCH, else "unknown".
https://www.loc.gov/standards/premis/v3/premis-3-0-final.pdf
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from dingben.formats.archive.catalog import media_type, serialize

NAMESPACE = "http://www.loc.gov/premis/v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PRONOM = {
    "application/epub+zip": "fmt/483",
    "application/json": "fmt/817",
    "application/tei+xml": "fmt/101",
    "image/svg+xml": "fmt/92",
    "text/css": "x-fmt/224",
    "text/html": "fmt/471",
    "text/markdown": "fmt/1149",
    "text/plain": "x-fmt/111",
    "text/tab-separated-values": "x-fmt/13",
}
"""PRONOM identifiers by media type (https://www.nationalarchives.gov.uk/PRONOM)."""

PDF_A_2A = "fmt/476"


@dataclass(frozen=True, slots=True)
class Agent:
    """A PREMIS agent: ``kind`` is software or person, ``note`` an additional remark."""

    name: str
    kind: str
    version: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A PREMIS event: type (https://id.loc.gov/vocabulary/preservation/eventType), agents, source and outcome files."""

    kind: str
    detail: str
    agents: tuple[str, ...]
    sources: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    outcome: str = "success"


def premis_document(
    files: Mapping[str, bytes], events: Sequence[Event], agents: Sequence[Agent], when: str | None
) -> bytes:
    """Build the record of ``files`` (by path in the bag). ``when`` is ISO 8601, or None."""
    root = etree.Element(f"{{{NAMESPACE}}}premis", version="3.0", nsmap=NAMES)  # type: ignore[arg-type]
    for name, content in sorted(files.items()):
        add_object(root, name, content)
    for number, event in enumerate(events, 1):
        add_event(root, f"event-{number}", event, when or "unknown")
    for agent in agents:
        add_agent(root, agent)
    return serialize(root)


NAMES = {None: NAMESPACE, "xsi": XSI}


def add(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    """Append a PREMIS element."""
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    child.text = text
    return child


def add_identifier(parent: etree._Element, what: str, kind: str, value: str) -> etree._Element:
    """Append an identifier of type and value."""
    identifier = add(parent, what)
    add(identifier, f"{what}Type", kind)
    add(identifier, f"{what}Value", value)
    return identifier


def add_object(root: etree._Element, name: str, content: bytes) -> None:
    """Append a file object: path, digests, size, format."""
    record = add(root, "object")
    record.set(f"{{{XSI}}}type", "file")
    add_identifier(record, "objectIdentifier", "path in the bag", name)
    facts = add(record, "objectCharacteristics")
    for algorithm in ("sha256", "sha512"):
        fixity = add(facts, "fixity")
        add(fixity, "messageDigestAlgorithm", f"SHA-{algorithm[3:]}")
        add(fixity, "messageDigest", hashlib.new(algorithm, content).hexdigest())
        add(fixity, "messageDigestOriginator", "dingben")
    add(facts, "size", str(len(content)))
    media = media_type(name)
    form = add(facts, "format")
    add(add(form, "formatDesignation"), "formatName", media)
    pronom = PDF_A_2A if media == "application/pdf" else PRONOM.get(media)
    if pronom:
        registry = add(form, "formatRegistry")
        add(registry, "formatRegistryName", "PRONOM")
        add(registry, "formatRegistryKey", pronom)


def add_event(root: etree._Element, number: str, event: Event, when: str) -> None:
    """Append an event with its agents and its source and outcome files."""
    event_element = add(root, "event")
    add_identifier(event_element, "eventIdentifier", "local", number)
    add(event_element, "eventType", event.kind)
    add(event_element, "eventDateTime", when)
    add(add(event_element, "eventDetailInformation"), "eventDetail", event.detail)
    add(add(event_element, "eventOutcomeInformation"), "eventOutcome", event.outcome)
    for agent in event.agents:
        linked = add_identifier(event_element, "linkingAgentIdentifier", "local", agent)
        add(linked, "linkingAgentRole", "executing program")
    for role, names in (("source", event.sources), ("outcome", event.outcomes)):
        for name in names:
            linked = add_identifier(event_element, "linkingObjectIdentifier", "path in the bag", name)
            add(linked, "linkingObjectRole", role)


def add_agent(root: etree._Element, agent: Agent) -> None:
    """Append an agent."""
    agent_element = add(root, "agent")
    add_identifier(agent_element, "agentIdentifier", "local", agent.name)
    add(agent_element, "agentName", agent.name)
    add(agent_element, "agentType", agent.kind)
    if agent.version:
        add(agent_element, "agentVersion", agent.version)
    if agent.note:
        add(agent_element, "agentNote", agent.note)
