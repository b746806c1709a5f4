"""The build graph: which outputs are out of date, why, and how each is made.

An output is made anew when the digest of anything that shapes it has changed: sources,
templates, styles, tools, fonts, SOURCE_DATE_EPOCH, or the output itself. Times of files
play no part. The memory is ``build/.cache/outputs.json``; without it all is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dingben.book.dates import epoch
from dingben.book.reader import read_book, unlisted
from dingben.book.resources import packaged
from dingben.builder.context import BuildContext
from dingben.builder.registry import FORMATS, WITHOUT, OutputFormat
from dingben.diagnostics import Diagnostic, Location
from dingben.document import pandoc
from dingben.errors import UsageError
from dingben.system import atomic as outputs
from dingben.system import cache, fonts, versions
from dingben.system.directory import LinkError, opened
from dingben.system.garbage_collection import quiet_collector
from dingben.typeset.sections.session import LayoutSession

if TYPE_CHECKING:
    from dingben.document.model import Known

MEMORY = Path(cache.PLACE) / "outputs.json"


class Progress(Protocol):
    """Told of each step; the command line shows it, tests don't."""

    def begin(self, step: str, why: Sequence[str]) -> None:
        """A step begins; ``why`` names what changed."""

    def end(self, step: str, seconds: float) -> None:
        """The step is done."""


class Silent:
    """Shows nothing."""

    def begin(self, step: str, why: Sequence[str]) -> None:
        """Nothing."""

    def end(self, step: str, seconds: float) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Output:
    """One edition: its file, size in bytes, SHA-256, and why it was made (nothing: it was up to date)."""

    target: str
    path: Path
    size: int
    sha256: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build made, and what it found on the way that didn't stop it."""

    outputs: tuple[Output, ...]
    findings: tuple[Diagnostic, ...]


def build(
    folder: Path, targets: Sequence[str] = (), *, force: bool = False, progress: Progress | None = None, jobs: int = 0
) -> BuildResult:
    """Make the ``targets`` of the book in ``folder`` (none: all), and those they take in. Raises DingbenError.

    ``jobs``: how many processes may work at once (0: one for each core).
    """
    with quiet_collector():
        return Builder(folder, force, progress or Silent(), jobs).run(wanted(targets))


def wanted(names: Sequence[str]) -> tuple[OutputFormat, ...]:
    """The targets named, those that they take in, in the order they are made. Raises UsageError."""
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        raise UsageError(f"there is no edition {unknown[0]!r}", hint=f"Known are: {', '.join(FORMATS)}.")
    chosen = set(names or by_default())
    for name, target in reversed(FORMATS.items()):
        if name in chosen:
            chosen.update(target.takes_in)
    return tuple(target for name, target in FORMATS.items() if name in chosen)


def by_default() -> tuple[str, ...]:
    """The targets that are made where none is named."""
    return tuple(name for name, target in FORMATS.items() if target.by_default)


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

    def run(self, targets: Sequence[OutputFormat]) -> BuildResult:
        """Make the targets that are out of date. Raises DingbenError."""
        if any(target.hands for target in targets) and (self.force or is_newer(self.folder)):
            self.session.start_workers(self.folder, self.jobs)  # they import what takes longest
        try:
            return self.made(targets)
        finally:
            self.session.finish()

    def made(self, targets: Sequence[OutputFormat]) -> BuildResult:
        """What is made of the targets, and was."""
        fonts.listing.cache_clear()  # a build asks once; a watch builds many times
        with step(self.progress, "read"):
            # before the book is read: what is saved meanwhile is taken for new by the next build
            inputs = fingerprint(self.folder)
            book = read_book(self.folder)
            self.look_for_links([target.path(book) for target in targets if target.folder])
            self.findings += unlisted(book)
        if self.force:
            cache.Cache(self.folder).clear()
        memory = {} if self.force else remembered(self.folder)
        edition = BuildContext(book, self.findings, self.parsed, self.jobs, self.session)
        made: list[Output] = []

        def reasons_for(target: OutputFormat) -> tuple[dict[str, str], list[str]]:
            taken_in = [state_of(FORMATS[name], FORMATS[name].path(book)) for name in target.takes_in]
            shapes = shaping(target, inputs, self.folder)
            shapes |= {name: digest for other in taken_in for name, digest in other.items()}
            state = state_of(target, target.path(book))
            return shapes, reasons(shapes | state, memory.get(target.name, {}), forced=self.force)

        def coming(later: Sequence[OutputFormat]) -> list[OutputFormat]:
            return [target for target in later if reasons_for(target)[1]]

        with contextlib.closing(edition):
            for number, target in enumerate(targets, start=1):
                path = target.path(book)
                shapes, why = reasons_for(target)
                if why:
                    if not any(output.why for output in made):
                        self.check_styles()
                    edition.coming = partial(coming, targets[number:])
                    with step(self.progress, target.name, why):
                        self.put(target, path, edition.made(target), shapes)
                data = path.read_bytes()
                made.append(Output(target.name, path, len(data), hashlib.sha256(data).hexdigest(), tuple(why)))
        if any(output.why for output in made):
            cache.Cache(self.folder).trim()
            outputs.sweep(self.folder, "build")
        return BuildResult(tuple(made), tuple(dict.fromkeys(self.findings)))

    def look_for_links(self, paths: Sequence[Path]) -> None:
        """Refuse links in the place of folders before anything is made, and tell of links in the cache."""
        outputs.refuse_links(self.folder, ["build", *(str(path.parent.relative_to(self.folder)) for path in paths)])
        message, hint = "is a link; the cache behind it is not used", "Delete the link: a cache makes builds faster."
        self.findings += [Diagnostic(message, hint, Location(path)) for path in cache.links(self.folder)]

    def check_styles(self) -> None:
        """The style sheets, before the first edition is made. Raises SourceError."""
        from dingben.theme.stylesheets import check_styles

        check_styles(self.folder)

    def put(self, target: OutputFormat, path: Path, content: bytes | dict[str, bytes], shapes: dict[str, str]) -> None:
        """Write the edition and remember what it was made from, as no other build does at this moment."""
        files = {path.name: content} if isinstance(content, bytes) else content
        folder = "" if isinstance(content, bytes) else f"{path.parent.name}/"
        state = {folder + name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        name = path.relative_to(self.folder).as_posix()
        with cache.locked(self.folder):
            if isinstance(content, bytes):
                outputs.write_file(self.folder, name, content)
            else:
                outputs.write_folder(self.folder, name.rpartition("/")[0], content)
            # a memory of what was written, not of what stands there now: another build may have come between
            remember(self.folder, remembered(self.folder) | {target.name: shapes | state})


@contextlib.contextmanager
def step(progress: Progress, name: str, why: Sequence[str] = ()) -> Iterator[None]:
    """Times a step for the progress display."""
    start = time.perf_counter()
    progress.begin(name, why)
    try:
        yield
    finally:
        progress.end(name, time.perf_counter() - start)


# -- what is out of date


def is_newer(folder: Path) -> bool:
    """Whether a file of the book has another time than before the last build: then something is likely to be made."""
    try:
        last = (folder / MEMORY).stat().st_mtime_ns
        files = (path for name in ("source", "templates", "styles") for path in (folder / name).rglob("*"))
        return any(path.stat().st_mtime_ns > last for path in files)
    except OSError:
        return True


def fingerprint(folder: Path) -> dict[str, str]:
    """Digests of everything that shapes the outputs, by name."""
    state: dict[str, str] = {}
    with ThreadPoolExecutor(1) as thread:
        installed = thread.submit(fonts.fonts_digest)  # another process looks for them
        for name in ("source", "templates", "styles"):
            if (folder / name).exists():
                state |= digests(folder / name, folder)
        for kind in ("templates", "styles"):
            ours = packaged(kind)
            if ours.resolve() != (folder / kind).resolve():
                state |= {f"dingben/{name}": digest for name, digest in digests(ours, ours.parent).items()}
        state["dingben"] = hashlib.sha256(versions.program().encode()).hexdigest()
        state["pandoc of your own"] = pandoc.own() or ""
        state["SOURCE_DATE_EPOCH"] = str(epoch())
        state["fonts or Pango"] = installed.result()
    return state


def shaping(target: OutputFormat, inputs: dict[str, str], folder: Path) -> dict[str, str]:
    """Those of the inputs that shape the target: all but the files that have no part in it (``targets.WITHOUT``).

    A style sheet or template that another one names (``@import "print.css"``) is kept.
    """
    left_out = {name: inputs[name] for name in inputs if name.removeprefix("dingben/") in WITHOUT.get(target.name, ())}
    shapes = {name: digest for name, digest in inputs.items() if name not in left_out}
    for name in left_out:
        if name == "source/ledger.jsonl":
            shapes[name] = "there"  # the colophon says that the book was restored
        elif named_by(name, shapes, folder):
            shapes[name] = left_out[name]
    return shapes


def named_by(name: str, shapes: dict[str, str], folder: Path) -> bool:
    """Whether a template or style sheet of the book's own among ``shapes`` names the file."""
    own = [folder / n for n in shapes if n.startswith(("templates/", "styles/"))]
    word = name.rpartition("/")[2].encode()
    return any(word in path.read_bytes() for path in own if path.suffix in (".css", ".html") and path.is_file())


def state_of(target: OutputFormat, path: Path) -> dict[str, str]:
    """Digests of the output as it stands: of the file, or of every file of the folder."""
    if target.folder and path.is_file():
        return digests(path.parent, path.parent.parent)
    return digests(path)


def digests(path: Path, relative_to: Path | None = None, pattern: str = "*") -> dict[str, str]:
    """SHA-256 of a file, or of every file in a folder; a missing file counts as such."""
    if path.is_dir():
        files = sorted(p for p in path.rglob(pattern) if p.is_file() and "__pycache__" not in p.parts)
    else:
        files = [path]
    base = relative_to or path.parent
    found = {}
    for file in files:
        name = file.relative_to(base).as_posix()
        found[name] = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "missing"
    return found


def remembered(folder: Path) -> dict[str, dict[str, str]]:
    """What the outputs were last made from; nothing where the memory is missing or damaged."""
    try:
        with opened(folder, cache.PLACE) as kept:
            memory = json.loads(kept.read_bytes(MEMORY.name))
    except (OSError, ValueError):
        return {}
    good = isinstance(memory, dict) and all(isinstance(state, dict) for state in memory.values())
    return memory if good else {}


def remember(folder: Path, memory: dict[str, dict[str, str]]) -> None:
    """Keep what the outputs were made from; nothing is kept where the cache is a link."""
    text = json.dumps(memory, ensure_ascii=False, indent=1, sort_keys=True)
    with (
        outputs.disk(folder / MEMORY),
        contextlib.suppress(LinkError),
        opened(folder, cache.PLACE, create=True) as kept,
    ):
        kept.write_atomically(MEMORY.name, text.encode("utf-8"))


def reasons(now: dict[str, str], before: dict[str, str], *, forced: bool = False) -> list[str]:
    """Names of what changed, sorted."""
    if forced:
        return ["--force"]
    if not before:
        return ["not made before"]
    return [f"{key} changed" for key in sorted(now.keys() | before.keys()) if now.get(key) != before.get(key)]
