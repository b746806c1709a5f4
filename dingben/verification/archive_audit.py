"""Audit of an archive: raw text to sources by the ledger, sources to every edition by collation.

The content of a bag is audited: its sources are unpacked, the text of its editions is read back.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dingben.book.html_report import render_report
from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.builder.registry import formats
from dingben.diagnostics import Diagnostic
from dingben.document import collation, plain
from dingben.document.plain import DivisionText
from dingben.formats.archive.bagit import Bag, open_bag
from dingben.formats.archive.catalog import full_title
from dingben.formats.archive.writer import ledger_counts
from dingben.formats.base import OutputFormat
from dingben.restore.audit import audit

EDITIONS = "data/editions/"
LARGEST_BOOK = 2 * 1024**3
"""Unpacked size of an e-book in a bag, in bytes."""


@dataclass(frozen=True, slots=True)
class AuditStep:
    """One comparison: its subject, what it was compared with, the number of characters, and the differences."""

    name: str
    what: str
    characters: int
    problems: tuple[Diagnostic, ...] = ()

    def __str__(self) -> str:
        """One line, and a line for each problem."""
        verdict = "differs" if self.problems else "equal"
        return "\n  ".join(
            [f"{self.name}: {self.what}, {self.characters:,} characters: {verdict}", *map(str, self.problems)]
        )


@dataclass(frozen=True, slots=True)
class ArchiveAudit:
    """All comparisons of one bag."""

    title: str
    seal: str
    steps: tuple[AuditStep, ...]

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """All differences."""
        return tuple(problem for step in self.steps for problem in step.problems)


def audit_archive(path: Path) -> ArchiveAudit:
    """Compare raw text, sources and editions of a bag. Raises ArchiveError where it isn't valid."""
    bag = open_bag(path)
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        folder = Path(scratch).resolve() / "data"
        bag.unpack(folder, "data/", without=EDITIONS)
        edition = BuildContext(read_book(folder), [])
        steps = [*raw_text_steps(folder), *edition_steps(bag, edition)]
    outside = tuple(relocate(step, folder, path / "data") for step in steps)
    return ArchiveAudit(full_title(edition.book), bag.seal, outside)


def raw_text_steps(folder: Path) -> Iterator[AuditStep]:
    """Rebuild the raw text from sources and ledger; none for a book that was not restored from raw text."""
    counts = ledger_counts(folder / "source" / "ledger.jsonl")
    if counts or (folder / "source" / "ocr").is_dir():
        counted = ", ".join(f"{n:,} {kind}" for kind, n in counts.items())
        what = f"raw text = sources + ledger ({counted})"
        yield AuditStep("source/ocr", what, sum(counts.values()), audit(folder))


def edition_steps(bag: Bag, edition: BuildContext) -> Iterator[AuditStep]:
    """Compare each edition whose text can be read back with the sources."""
    expected = plain.book_text(edition.fragments)
    characters = sum(len(part.body) + len(part.notes) for part in expected)
    for target in formats().values():
        content = read_edition(bag, target, edition)
        if content is None or target.read_text is None:
            continue
        problem = compare_edition(expected, target, edition, content)
        name = EDITIONS + target.output_path(edition.book).relative_to(edition.book.folder / "build").as_posix()
        yield AuditStep(name, "text and notes = sources", characters, (problem,) if problem else ())


def compare_edition(
    expected: Sequence[DivisionText], target: OutputFormat, edition: BuildContext, content: bytes | dict[str, bytes]
) -> Diagnostic | None:
    """Return the first difference, or why the edition can't be read: the bag is untrusted."""
    assert target.read_text
    if isinstance(content, bytes) and is_zip_bomb(content):
        return Diagnostic(f"the {target.name} can't be read: a ZIP bomb")
    try:
        return collation.compare(expected, target.read_text(edition, content), target.name)
    except Exception as error:
        return Diagnostic(f"the {target.name} can't be read: {type(error).__name__} {error}")


def is_zip_bomb(content: bytes) -> bool:
    """Return whether an e-book's ZIP would unpack to far more than a book."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(entry.file_size for entry in archive.infolist()) > LARGEST_BOOK
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def read_edition(bag: Bag, target: OutputFormat, edition: BuildContext) -> bytes | dict[str, bytes] | None:
    """Return an edition in a bag: the bytes of a file, the files of a folder by name, or None."""
    name = EDITIONS + target.output_path(edition.book).relative_to(edition.book.folder / "build").as_posix()
    if name not in bag.files:
        return None
    if not target.is_folder:
        return bag.read(name)
    top = name.rpartition("/")[0] + "/"
    return {n.removeprefix(top): bag.read(n) for n in bag.files if n.startswith(top)}


def relocate(step: AuditStep, folder: Path, shown: Path) -> AuditStep:
    """Return the step with locations in the bag instead of the temporary folder."""
    moved = []
    for problem in step.problems:
        location = problem.location
        if location and location.file.is_relative_to(folder):
            location = replace(location, file=shown / location.file.relative_to(folder))
        moved.append(replace(problem, location=location))
    return AuditStep(step.name, step.what, step.characters, tuple(moved))


def html_report(proof: ArchiveAudit) -> str:
    """Render the proof as a page in Chinese and English; nothing of the bag's own templates is used."""
    return render_report("archive_audit.html", proof=proof)
