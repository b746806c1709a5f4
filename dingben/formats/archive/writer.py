"""Archive writer: a bag with the editions, their sources, records, and the program that made them.

    data/editions/   PDF/A, EPUB, TEI, text, web
    data/source/     sources, raw text, emendations, ledger, images, revision history
    data/templates/, data/styles/, data/dingben/    the design and the program, as used
    metadata/        Dublin Core, ONIX, PREMIS, schema.org;  README.md, CHANGES.md, environment.json beside it

``data/`` is a book project: ``dingben build --book`` builds the editions again from it.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import dingben
from dingben.book import ledger
from dingben.book.metadata import identifier_of
from dingben.book.model import Book
from dingben.book.resources import find, inside, packaged, read_text
from dingben.diagnostics import Diagnostic, Location
from dingben.errors import SourceError
from dingben.formats.archive import catalog, environment, premis, revisions
from dingben.formats.archive.bagit import make_bag, path_problems
from dingben.formats.archive.premis import Agent, Event

PROFILE = "https://github.com/dingben/dingben/bagit-profile-1.json"
"""Identifier of the BagIt profile; the profile itself is in the bag as bagit-profile.json."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """Contents of a bag. ``editions``: files by name below data/editions, for each format by name."""

    book: Book
    slug: str
    editions: Mapping[str, Mapping[str, bytes]]
    former: Path
    """Folder of the previous bag, which may not exist."""
    date: str | None
    """Date of the edition, ISO, or None."""
    epoch: int | None
    modified: datetime


def make_archive(deposit: Deposit) -> dict[str, bytes]:
    """Return the files of the bag by path."""
    book = deposit.book
    source = source_files(book.folder)
    record = revisions.next_history(source, *previous_record(deposit), deposit.date)
    pdf = deposit.editions.get("pdf", {}).get(f"{deposit.slug}.pdf", b"")
    state = environment.build_environment(pdf, tuple(deposit.editions))
    editions = {f"editions/{name}": data for files in deposit.editions.values() for name, data in files.items()}
    payload = {f"source/{name}": data for name, data in source.items()}
    payload[f"source/{revisions.RECORD}"] = record.to_json()
    payload |= design_files(book) | {f"dingben/{name}": data for name, data in environment.program_files().items()}
    payload["requirements.txt"] = requirements(state["packages"])
    payload |= editions
    check_names(payload, book.folder)
    items = [edition_file(name, data) for name, data in editions.items() if "/" not in name.removeprefix("editions/")]
    whole = {f"data/{name}": data for name, data in payload.items()}
    tags = {
        "README.md": readme(deposit, record.number, state, payload).encode("utf-8"),
        "CHANGES.md": revisions.changes_page(book.title.title, record).encode("utf-8"),
        "environment.json": environment.to_json(state),
        "bagit-profile.json": profile(),
        "metadata/dublin-core.xml": catalog.dublin_core(book, items),
        "metadata/onix.xml": catalog.onix(book, items, deposit.modified),
        "metadata/premis.xml": premis_record(deposit, whole, state),
        "metadata/schema-org.jsonld": catalog.json_ld(book, items, record.number, deposit.date),
    }
    return make_bag(payload, tags, bag_info(deposit, record.number))


def edition_file(name: str, data: bytes) -> catalog.EditionFile:
    """Describe a file of an edition for the catalogue records."""
    return catalog.EditionFile(f"data/{name}", len(data), hashlib.sha256(data).hexdigest())


# -- what goes in


def source_files(folder: Path) -> dict[str, bytes]:
    """Return every file of ``source/`` by name, without hidden files and editors' backups."""
    source = folder / "source"
    found = {}
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_file() and not any(part.startswith(".") for part in name.parts) and not path.name.endswith("~"):
            found[name.as_posix()] = inside(folder, path).read_bytes()
    return found


def previous_record(deposit: Deposit) -> tuple[bytes | None, Path]:
    """Return the previous revision record and its path: the book's own, else that of the last bag."""
    own = deposit.book.folder / "source" / revisions.RECORD
    last = deposit.former / "data" / "source" / revisions.RECORD
    path = own if own.is_file() else last
    return (path.read_bytes() if path.is_file() else None), path


def design_files(book: Book) -> dict[str, bytes]:
    """Return templates and styles as used: the packaged ones, overridden by those of the design and of the book."""
    shipped: dict[str, bytes] = {}
    own: dict[str, bytes] = {}
    for kind in ("templates", "styles"):
        package = packaged("templates" if kind == "templates" else "styles")
        for base, limit, files in ((package, package, shipped), (book.folder / kind, book.folder, own)):
            for path in sorted(base.rglob("*")):
                if path.is_file() and not path.name.startswith("."):
                    files[f"{kind}/{path.relative_to(base).as_posix()}"] = inside(limit, path).read_bytes()
    return shipped | {name: path.read_bytes() for name, path in book.design.files().items()} | own


def packaged_design_file(name: str) -> bytes | None:
    """Return the packaged template or style of this name, or None."""
    path = packaged("templates" if name.startswith("templates/") else "styles").parent / name
    return path.read_bytes() if path.is_file() else None


def requirements(packages: Mapping[str, str]) -> bytes:
    """Return the pinned Python packages as requirements.txt."""
    return "".join(f"{name}=={version}\n" for name, version in packages.items()).encode()


def check_names(payload: Mapping[str, bytes], folder: Path) -> None:
    """Raise SourceError for file names that are not portable."""
    percent = ((name, "a % in a name, which bagit can't read") for name in payload if "%" in name)
    problems = [
        Diagnostic(f"can't go into an archive: {message}", "Rename the file.", Location(folder / name))
        for name, message in (*path_problems(payload), *percent)
    ]
    if problems:
        raise SourceError.of(problems)


def profile() -> bytes:
    """Return the BagIt profile (https://bagit-profiles.github.io/bagit-profiles-specification)."""
    return (packaged("templates") / "archive" / "bagit-profile.json").read_bytes()


# -- description


def bag_info(deposit: Deposit, number: int) -> list[tuple[str, str]]:
    """Return the elements of bag-info.txt; a date only where one is given."""
    book = deposit.book
    rows = [
        ("BagIt-Profile-Identifier", PROFILE),
        ("Bag-Software-Agent", f"dingben {dingben.__version__}"),
        ("External-Identifier", identifier_of(book)[1]),
        ("External-Description", catalog.full_title(book) + (f" / {book.byline}" if book.byline else "")),
        ("Internal-Sender-Identifier", deposit.slug),
        ("Edition-Revision", str(number)),
    ]
    return [*rows, ("Bagging-Date", deposit.date)] if deposit.date else rows


def premis_record(deposit: Deposit, files: Mapping[str, bytes], state: Mapping[str, Any]) -> bytes:
    """Build the PREMIS record of the way from raw text to editions."""
    note = f"SHA-256 of the program: {state['dingben']['sha256']}"
    agents = [
        Agent("dingben", "software", state["dingben"]["version"], note),
        Agent("pandoc", "software", state["pandoc"]),
        Agent("WeasyPrint", "software", state["packages"].get("weasyprint", "")),
    ]
    when = deposit.modified.strftime("%Y-%m-%dT%H:%M:%SZ") if deposit.epoch is not None else None
    return premis.premis_document(files, events(deposit, files), agents, when)


def events(deposit: Deposit, files: Mapping[str, bytes]) -> list[Event]:
    """Return the events in order; each is evidenced by a file in the bag."""
    text = [n for n in files if n == "data/source/book.toml" or n.startswith("data/source/chapters/")]
    done: list[Event] = []
    if counts := ledger_counts(deposit.book.folder / "source" / "ledger.jsonl"):
        counted = ", ".join(f"{n} characters {kind}" for kind, n in counts.items())
        raw = tuple(n for n in files if n.startswith("data/source/ocr/"))
        detail = (
            f"raw text restored to clean sources: {counted}; every character is accounted for in source/ledger.jsonl"
        )
        done.append(Event("normalization", detail, ("dingben",), raw, (*text, "data/source/ledger.jsonl")))
    makers = {"pdf": ("dingben", "pandoc", "WeasyPrint"), "tei": ("dingben", "pandoc")}
    for target, history in deposit.editions.items():
        outcomes = tuple(f"data/editions/{name}" for name in history)
        agents = makers.get(target, ("dingben", "pandoc"))
        done.append(Event("creation", f"{target} made of the sources", agents, tuple(text), outcomes))
    proved = tuple(n for event in done if event.kind == "creation" for n in event.outcomes)
    detail = "the text of each edition, read back out of it, equals the sources letter by letter"
    done.append(Event("validation", detail, ("dingben",), tuple(text), proved))
    detail = "SHA-256 and SHA-512 of every file"
    done.append(Event("message digest calculation", detail, ("dingben",), (), tuple(files)))
    return done


def ledger_counts(path: Path) -> dict[str, int]:
    """Count raw characters by what became of them (kept, replaced, moved, set aside); empty without a ledger."""
    if not path.is_file():
        return {}
    counts: dict[str, int] = {}
    try:
        for record in ledger.read_records(path):
            if record.end > record.start:
                counts[record.kind] = counts.get(record.kind, 0) + record.end - record.start
    except ledger.DamagedError:
        return {}
    return counts


def readme(deposit: Deposit, number: int, state: Mapping[str, Any], payload: Collection[str]) -> str:
    """Render README.md, in Chinese and English."""
    path = find(deposit.book.folder, "templates", "archive/README.md")
    assert path
    book = deposit.book
    own = [name for name, data in design_files(book).items() if data != packaged_design_file(name)]
    epoch = f"SOURCE_DATE_EPOCH={deposit.epoch} " if deposit.epoch is not None else ""
    text = string.Template(read_text(path)).substitute(
        title=catalog.full_title(book),
        byline=book.byline or "",
        slug=deposit.slug,
        identifier=identifier_of(book)[1],
        revision=number,
        version=dingben.__version__,
        python=state["python"],
        pandoc=state["pandoc"],
        pango=state["libraries"].get("pango", ""),
        fonts="、".join(f"{f['name']} {f['version']}".strip() for f in state["fonts"]) or "—",
        own="、".join(f"`{n}`" for n in own) or "—",
        editions_zh=edition_lines(deposit, 0),
        editions_en=edition_lines(deposit, 1),
        environment=epoch,
    )
    return "".join(line for line in text.splitlines(keepends=True) if describes_payload(line, payload))


def describes_payload(line: str, payload: Collection[str]) -> bool:
    """Return whether a table row of the README describes something in the bag."""
    named = re.match(r"\| `data/([^`]+)`", line)
    return not named or any(name == named[1] or name.startswith(named[1]) for name in payload)


EDITION_DESCRIPTIONS: dict[str, tuple[str, str]] = {
    "pdf": ("排好版的书，供阅读与征引；PDF/A-2a，PDF/UA-1", "the book in pages, to cite from; PDF/A-2a, PDF/UA-1"),
    "epub": ("电子书，EPUB 3", "the e-book, EPUB 3"),
    "tei": ("学术用的文本，TEI P5，标有原书页码、校改与注", "the scholar's text, TEI P5: pages, readings, notes"),
    "txt": ("纯文本，UTF-8", "plain text, UTF-8"),
    "html": ("单个文件的网页", "the web page in one file"),
    "web": ("网页版，从`web/index.html`打开，不用网络", "the web edition: open `web/index.html`, no network needed"),
}


def edition_lines(deposit: Deposit, language: int) -> str:
    """Return a table row for each edition, in Chinese (0) or English (1)."""
    lines = []
    for target, files in deposit.editions.items():
        name = "web/" if target == "web" else next(iter(files))
        lines.append(f"| `data/editions/{name}` | {EDITION_DESCRIPTIONS.get(target, (target, target))[language]} |")
    return "\n".join(lines)
