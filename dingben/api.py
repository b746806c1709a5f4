"""The public functions: paths may be strings, heavy modules are imported when a function is called.

Each takes the folder of a book project, or a file, and returns a value or raises a DingbenError; none prints, and
none calls ``sys.exit``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dingben.book.model import Book
    from dingben.builder.graph import BuildResult, Progress
    from dingben.diagnostics import Diagnostic
    from dingben.formats.base import OutputFormat
    from dingben.restore.ingest import IngestResult
    from dingben.verification.archive_audit import ArchiveAudit
    from dingben.verification.checkers import CheckerReport
    from dingben.verification.rebuild import Comparison

StrPath = str | os.PathLike[str]


def new_project(book: StrPath) -> tuple[Path, ...]:
    """Create a book project in a new folder, and return its files. Raises UsageError if there are files already."""
    from dingben.book.project import new_project

    return new_project(Path(book))


def ingest(
    raw: StrPath | Iterable[StrPath],
    book: StrPath = ".",
    *,
    encoding: str | None = None,
    force: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> IngestResult:
    """Restore raw text files, in reading order, to ``source/`` of a book project.

    ``encoding``: of the raw text (None: detected). ``force``: overwrite chapters that were edited by hand.
    ``progress`` is called with the name of each step. Raises SourceError.
    """
    from dingben.restore.ingest import ingest

    files = [raw] if isinstance(raw, str | os.PathLike) else raw
    return ingest([Path(file) for file in files], Path(book), encoding=encoding, force=force, progress=progress)


def read_book(book: StrPath = ".") -> Book:
    """Read ``source/`` of a book project. Raises SourceError with a diagnostic for each fault."""
    from dingben.book.reader import read_book

    return read_book(Path(book))


def check(book: StrPath = ".") -> tuple[Diagnostic, ...]:
    """Return what a proof-reader should look at, worst first. Raises SourceError if the book can't be read."""
    from dingben.lint import check

    return check(Path(book))


def audit(book: StrPath = ".") -> tuple[Diagnostic, ...]:
    """Rebuild the raw text from sources and ledger; return what differs (nothing: no character was lost)."""
    from dingben.restore.audit import audit

    return audit(Path(book))


def build(
    book: StrPath = ".",
    formats: Iterable[str] = (),
    *,
    force: bool = False,
    jobs: int = 0,
    progress: Progress | None = None,
) -> BuildResult:
    """Build output formats of a book (none named: the default ones), as far as they are out of date.

    ``force``: build even what is up to date. ``jobs``: number of layout processes (0: one for each core).
    Raises SourceError, RenderError, ToolError; UsageError for an unknown format.
    """
    from dingben.builder.graph import build

    names = [formats] if isinstance(formats, str) else list(formats)
    return build(Path(book), names, force=force, jobs=jobs, progress=progress)


def output_formats() -> Mapping[str, OutputFormat]:
    """Return the output formats by name, built-in ones and those of plugins. Raises ToolError for a faulty plugin."""
    from dingben.builder.registry import formats

    return formats()


def verify(file: StrPath) -> tuple[CheckerReport, ...]:
    """Run every installed checker for an output: EPUB, PDF, TEI file or archive.

    Raises UsageError for another kind of file, ArchiveError for an archive that is damaged.
    """
    from dingben.verification.checkers import verify

    return verify(Path(file))


def audit_archive(archive: StrPath) -> ArchiveAudit:
    """Compare raw text, sources and editions of an archive. Raises ArchiveError if it is damaged."""
    from dingben.verification.archive_audit import audit_archive

    return audit_archive(Path(archive))


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """Result of a rebuild: how this machine differs from the first one, and a comparison for each file."""

    differences: tuple[str, ...]
    files: tuple[Comparison, ...]

    @property
    def same(self) -> bool:
        """Whether every file has the same bytes."""
        return all(file.verdict == "same" for file in self.files)


def rebuild(archive: StrPath, into: StrPath | None = None) -> RebuildResult:
    """Build the editions of an archive again, from the archive alone, and compare the bytes.

    ``into``: an empty folder that keeps what is built (None: a temporary one). Raises ArchiveError; UsageError if
    ``into`` is not empty.
    """
    import tempfile

    from dingben.verification.rebuild import Rebuild

    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        work = Rebuild(Path(archive), Path(into) if into else Path(scratch) / "book")
        return RebuildResult(work.differences(), work.run())
