"""The build: which formats are out of date, and the loop that builds them in order.

:mod:`dingben.builder.staleness` decides what is out of date; each format knows how it is built.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dingben.book.model import Book
from dingben.book.reader import read_book, unlisted
from dingben.builder.context import BuildContext
from dingben.builder.registry import formats
from dingben.builder.staleness import (
    State,
    dependencies,
    fingerprint,
    is_newer,
    read_memory,
    reasons,
    state_of,
    write_memory,
)
from dingben.diagnostics import Diagnostic, Location
from dingben.errors import UsageError
from dingben.formats.base import Content, OutputFormat
from dingben.system import atomic, cache, fonts
from dingben.system.garbage_collection import tuned_garbage_collection
from dingben.typeset.sections.session import LayoutSession

if TYPE_CHECKING:
    from dingben.document.model import Known


class Progress(Protocol):
    """Receives each step of a build."""

    def begin(self, step: str, why: Sequence[str]) -> None:
        """A step begins; ``why`` names what changed."""

    def end(self, step: str, seconds: float) -> None:
        """The step is done."""


class Silent:
    """Shows no progress."""

    def begin(self, step: str, why: Sequence[str]) -> None:
        """Nothing."""

    def end(self, step: str, seconds: float) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Output:
    """One edition: its file, size in bytes, SHA-256, and why it was built (nothing: it was up to date)."""

    target: str
    path: Path
    size: int
    sha256: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The outputs of a build, and its warnings."""

    outputs: tuple[Output, ...]
    diagnostics: tuple[Diagnostic, ...]


def build(
    folder: Path, targets: Sequence[str] = (), *, force: bool = False, progress: Progress | None = None, jobs: int = 0
) -> BuildResult:
    """Build the ``targets`` of the book in ``folder`` (none: the default ones), and those they require.

    ``jobs``: how many processes may run at once (0: one for each core). Raises DingbenError.
    """
    with tuned_garbage_collection():
        return Builder(folder, force, progress or Silent(), jobs).run(select(targets))


def select(names: Sequence[str]) -> tuple[OutputFormat, ...]:
    """Return the formats of these names (none: the default ones) and those they require, in build order.

    Raises UsageError.
    """
    known = formats()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"there is no edition {unknown[0]!r}", hint=f"Known: {', '.join(known)}.")
    chosen = set(names or by_default())
    for name in reversed(tuple(known)):
        if name in chosen:
            chosen.update(known[name].requires)
    return tuple(output_format for name, output_format in known.items() if name in chosen)


def by_default() -> tuple[str, ...]:
    """Return the names of the formats that are built where none is named."""
    return tuple(name for name, output_format in formats().items() if output_format.default)


@dataclass(slots=True)
class Builder:
    """One run of the build."""

    folder: Path
    force: bool = False
    progress: Progress = field(default_factory=Silent)
    jobs: int = 0
    session: LayoutSession = field(default_factory=LayoutSession)
    """The layout workers, started early."""
    parsed: Known | None = None
    """Parsed chapters of the last build, in a process that builds again and again."""
    findings: list[Diagnostic] = field(default_factory=list)

    def run(self, selected: Sequence[OutputFormat]) -> BuildResult:
        """Build the formats that are out of date. Raises DingbenError."""
        if any(output_format.uses_workers for output_format in selected) and (self.force or is_newer(self.folder)):
            self.session.start_workers(self.folder, self.jobs)  # their imports take longest
        try:
            outputs = self.build_stale(selected)
        finally:
            self.session.finish()
        return BuildResult(outputs, tuple(dict.fromkeys(self.findings)))

    def build_stale(self, selected: Sequence[OutputFormat]) -> tuple[Output, ...]:
        """Build what is out of date, and return all outputs."""
        fonts.list_fonts.cache_clear()  # once in a build; a watch builds many times
        with step(self.progress, "read"):
            # before the book is read: what is saved meanwhile is new to the next build
            inputs = fingerprint(self.folder)
            book = read_book(self.folder)
            inputs |= book.design.digests()
            self.check_links([f.output_path(book) for f in selected if f.is_folder])
            self.findings += unlisted(book)
        if self.force:
            cache.Cache(self.folder).clear()
        memory = {} if self.force else read_memory(self.folder)
        outputs: list[Output] = []
        stale: set[str] | None = None
        with contextlib.closing(BuildContext(book, self.findings, self.parsed, self.jobs, self.session)) as context:
            for number, output_format in enumerate(selected, start=1):
                state, why = self.compare(output_format, inputs, book, memory)
                if why:
                    if stale is None:
                        self.check_styles(book)
                        stale = {f.name for f in selected if self.compare(f, inputs, book, memory)[1]}
                    context.upcoming = [f for f in selected[number:] if f.name in stale]
                    with step(self.progress, output_format.name, why):
                        self.write(output_format, book, context.build(output_format), state)
                path = output_format.output_path(book)
                data = path.read_bytes()
                digest = hashlib.sha256(data).hexdigest()
                outputs.append(Output(output_format.name, path, len(data), digest, tuple(why)))
        if stale:
            cache.Cache(self.folder).trim()
            atomic.remove_leftovers(self.folder, "build")
        return tuple(outputs)

    def compare(
        self, output_format: OutputFormat, inputs: State, book: Book, memory: dict[str, State]
    ) -> tuple[State, list[str]]:
        """Return what the format depends on now, and what of it has changed since its last build."""
        state = dependencies(output_format, inputs, book)
        now = state | state_of(output_format, book)
        return state, reasons(now, memory.get(output_format.name, {}), forced=self.force)

    def check_links(self, paths: Sequence[Path]) -> None:
        """Refuse symbolic links in the place of output folders, and warn of those in the cache. Raises DingbenError."""
        atomic.refuse_links(self.folder, ["build", *(str(path.parent.relative_to(self.folder)) for path in paths)])
        message, hint = "is a link; the cache behind it is not used", "Delete the link: a cache makes builds faster."
        self.findings += [Diagnostic(message, hint, Location(path)) for path in cache.linked_folders(self.folder)]

    def check_styles(self, book: Book) -> None:
        """Check the style sheets, before the first format is built. Raises SourceError."""
        from dingben.theme.style_findings import style_findings
        from dingben.theme.stylesheets import check_styles

        check_styles(book.folder, book.design)
        self.findings += style_findings(book.folder, book.design)

    def write(self, output_format: OutputFormat, book: Book, content: Content, inputs: State) -> None:
        """Write an output and record what it was built from, under the lock of the book's cache."""
        path = output_format.output_path(book)
        files = {path.name: content} if isinstance(content, bytes) else content
        folder = "" if isinstance(content, bytes) else f"{path.parent.name}/"
        state = {folder + name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        name = path.relative_to(self.folder).as_posix()
        with cache.lock(self.folder):
            if isinstance(content, bytes):
                atomic.write_file(self.folder, name, content)
            else:
                atomic.write_folder(self.folder, name.rpartition("/")[0], content)
            # the digest of what was written, not of what is there now: another build may have come between
            write_memory(self.folder, read_memory(self.folder) | {output_format.name: inputs | state})


@contextlib.contextmanager
def step(progress: Progress, name: str, why: Sequence[str] = ()) -> Iterator[None]:
    """Report a step and its duration to ``progress``."""
    start = time.perf_counter()
    progress.begin(name, why)
    try:
        yield
    finally:
        progress.end(name, time.perf_counter() - start)
