"""The build graph: which outputs are out of date, why, and how each is made.

An output is made anew when the digest of anything that shapes it has changed: sources,
templates, styles, tools, fonts, SOURCE_DATE_EPOCH, or the output itself. Times of files
play no part. The memory is ``build/.cache/outputs.json``; without it all is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import dingben
from dingben import outputs, pandoc
from dingben.crosslinks import linked
from dingben.errors import Problem, UsageError
from dingben.fragment import Fragment, read_fragments
from dingben.model import Book
from dingben.resources import packaged
from dingben.slug import slug
from dingben.source import read_book
from dingben.styles import check_styles

TARGETS = ("pdf", "epub", "web")
"""In the order they are made: the web page offers the other two."""

TOOLS = ("weasyprint", "pypandoc-binary", "jinja2", "pydyf", "tinycss2", "pillow", "pypdfium2", "lxml", "fonttools")
MEMORY = Path("build/.cache/outputs.json")


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
class Built:
    """What a build made, and what it found on the way that didn't stop it."""

    outputs: tuple[Output, ...]
    findings: tuple[Problem, ...]


def build(
    folder: Path, targets: Sequence[str] = TARGETS, *, force: bool = False, progress: Progress | None = None
) -> Built:
    """Make the ``targets`` of the book in ``folder``, and those they need. Raises DingbenError."""
    unknown = [t for t in targets if t not in TARGETS]
    if unknown:
        raise UsageError(f"there is no edition {unknown[0]!r}", hint=f"Known are: {', '.join(TARGETS)}.")
    wanted = TARGETS if "web" in targets or not targets else tuple(t for t in TARGETS if t in targets)
    return Builder(folder, force, progress or Silent()).run(wanted)


@dataclass(slots=True)
class Builder:
    """One run of the build."""

    folder: Path
    force: bool
    progress: Progress
    findings: list[Problem] = field(default_factory=list)

    def run(self, targets: Sequence[str]) -> Built:
        with step(self.progress, "read"):
            book = read_book(self.folder)
            check_styles(self.folder)
            inputs = fingerprint(self.folder)
        memory = {} if self.force else remembered(self.folder)
        makers: dict[str, Callable[[Edition], bytes]] = {"pdf": make_pdf, "epub": make_epub}
        edition = Edition(book, self)
        made: list[Output] = []
        for target in targets:
            path = output_path(book, target)
            why = reasons(inputs | digests(path), memory.get(target, {}), forced=self.force)
            if why:
                with step(self.progress, target, why):
                    if target == "web":
                        outputs.write_folder(path.parent, make_web(edition))
                    else:
                        outputs.write_file(path, makers[target](edition))
                self.remember(target, inputs | digests(path))
            data = path.read_bytes()
            made.append(Output(target, path, len(data), hashlib.sha256(data).hexdigest(), tuple(why)))
        return Built(tuple(made), tuple(dict.fromkeys(self.findings)))

    def remember(self, target: str, state: dict[str, str]) -> None:
        memory = remembered(self.folder) | {target: state}
        text = json.dumps(memory, ensure_ascii=False, indent=1, sort_keys=True)
        outputs.write_file(self.folder / MEMORY, text.encode("utf-8"))


@dataclass(slots=True)
class Edition:
    """The book with what several outputs share, each made once and when first asked for."""

    book: Book
    builder: Builder
    _fragments: tuple[Fragment, ...] | None = None
    _cover: bytes | None = None

    @property
    def fragments(self) -> tuple[Fragment, ...]:
        if self._fragments is None:
            self._fragments = linked(read_fragments(self.book))
            self.builder.findings += [problem for f in self._fragments for problem in f.findings]
        return self._fragments

    @property
    def cover(self) -> bytes:
        if self._cover is None:
            from dingben.cover import make_cover

            self._cover = make_cover(self.book)
        return self._cover

    @property
    def tools(self) -> dict[str, str]:
        """Names with versions, for the colophon."""
        return {
            "tool": f"dingben {dingben.__version__}",
            "pandoc": f"pandoc {pandoc.version()}",
            "weasyprint": f"WeasyPrint {importlib.metadata.version('weasyprint')}",
        }


def make_pdf(edition: Edition) -> bytes:
    """The screen PDF."""
    from dingben.pdf import make_pdf as make

    made = make(edition.book, edition.fragments, edition.tools, edition_date())
    edition.builder.findings += made.findings
    return made.pdf


def make_epub(edition: Edition) -> bytes:
    """The e-book."""
    from dingben.epub import Making
    from dingben.epub import make_epub as make

    making = Making(edition.cover, edition.tools, edition_date(), modified(edition.book))
    return make(edition.book, edition.fragments, making)


def make_web(edition: Edition) -> dict[str, bytes]:
    """The web edition, which offers the PDF and the EPUB made before."""
    from dingben.web import make_web as make

    paths = [output_path(edition.book, target) for target in ("pdf", "epub")]
    return make(edition.book, edition.fragments, edition.cover, {p.name: p.read_bytes() for p in paths})


@contextlib.contextmanager
def step(progress: Progress, name: str, why: Sequence[str] = ()) -> Iterator[None]:
    """Times a step for the progress display."""
    start = time.perf_counter()
    progress.begin(name, why)
    try:
        yield
    finally:
        progress.end(name, time.perf_counter() - start)


# -- names and dates


def output_path(book: Book, target: str) -> Path:
    """Where an output goes: ``build/SLUG.pdf``, ``build/SLUG.epub``, ``build/web/index.html``."""
    folder = book.folder / "build"
    return folder / "web" / "index.html" if target == "web" else folder / f"{slug_of(book)}.{target}"


def slug_of(book: Book) -> str:
    """The book's file name: as set, else the title's pinyin in ASCII, at most 60 characters."""
    if book.title.slug:
        return book.title.slug
    return slug(book.title.title, book.title.title_pinyin)


def epoch() -> int | None:
    """SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/). Raises UsageError."""
    value = os.environ.get("SOURCE_DATE_EPOCH")
    if not value:
        return None
    if not value.isdigit() or int(value) > 253402300799:
        raise UsageError(f"SOURCE_DATE_EPOCH is no number of seconds: {value!r}", hint="SOURCE_DATE_EPOCH=1700000000")
    return int(value)


def edition_date() -> str | None:
    """The date of this edition in ISO form: given by SOURCE_DATE_EPOCH, otherwise none is printed."""
    seconds = epoch()
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()


def modified(book: Book) -> datetime:
    """When the e-book was last changed: SOURCE_DATE_EPOCH, else the printed book's date, else 1980; never a clock."""
    from dingben.epub import iso_date

    seconds = epoch()
    if seconds is not None:
        return datetime.fromtimestamp(seconds, UTC)
    year, month, day = [*(iso_date(book.publication.pub_date) or "1980").split("-"), "1", "1"][:3]
    try:
        return datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return datetime(1980, 1, 1, tzinfo=UTC)


# -- what is out of date


def fingerprint(folder: Path) -> dict[str, str]:
    """Digests of everything that shapes the outputs, by name."""
    state: dict[str, str] = {}
    for name in ("source/book.toml", "source/chapters", "source/images", "source/ledger.jsonl", "templates", "styles"):
        if (folder / name).exists():
            state |= digests(folder / name, folder)
    for kind in ("templates", "styles"):
        ours = packaged(kind)
        if ours.resolve() != (folder / kind).resolve():
            state |= {f"dingben/{name}": digest for name, digest in digests(ours, ours.parent).items()}
    code = Path(__file__).parent
    whole = hashlib.sha256("".join(sorted(digests(code, code, "*.py").values())).encode())
    state["dingben"] = f"{dingben.__version__} {whole.hexdigest()[:16]}"
    for tool in TOOLS:
        state[tool] = importlib.metadata.version(tool)
    state["pandoc of your own"] = pandoc.own() or ""
    state["SOURCE_DATE_EPOCH"] = str(epoch())
    state["fonts"] = fonts_digest()
    return state


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


def fonts_digest() -> str:
    """The installed font files, as one digest: other fonts, other pages."""
    import subprocess

    try:
        listing = subprocess.run(["fc-list", ":", "file", "fontversion"], capture_output=True, check=False).stdout
    except OSError:
        return "unknown"
    return hashlib.sha256(b"\n".join(sorted(listing.splitlines()))).hexdigest()


def remembered(folder: Path) -> dict[str, dict[str, str]]:
    """What the outputs were last made from; nothing where the memory is missing or damaged."""
    try:
        memory = json.loads((folder / MEMORY).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    good = isinstance(memory, dict) and all(isinstance(state, dict) for state in memory.values())
    return memory if good else {}


def reasons(now: dict[str, str], before: dict[str, str], *, forced: bool = False) -> list[str]:
    """Names of what changed, sorted."""
    if forced:
        return ["--force"]
    if not before:
        return ["not made before"]
    return [f"{key} changed" for key in sorted(now.keys() | before.keys()) if now.get(key) != before.get(key)]
