"""Staleness of outputs: digests of everything that a format depends on, compared with those of its last build.

An output is built again when the digest of an input has changed: sources, templates, styles, tools, fonts,
SOURCE_DATE_EPOCH, a required format, or the output itself. Modification times play no part. The digests of the last
build are in ``build/.cache/outputs.json``; without that file everything is built.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dingben.book.dates import epoch
from dingben.book.model import Book
from dingben.book.resources import packaged
from dingben.builder.registry import formats, plugin_digests
from dingben.document import pandoc
from dingben.formats.base import OutputFormat
from dingben.system import atomic, cache, fonts, versions
from dingben.system.directory import LinkError, opened

MEMORY = Path(cache.PLACE) / "outputs.json"

State = dict[str, str]
"""SHA-256 digests by the name of what they are of."""


def is_newer(folder: Path) -> bool:
    """Return whether a file of the book is newer than the last build: then something is likely to be built."""
    try:
        last = (folder / MEMORY).stat().st_mtime_ns
        files = (path for name in ("source", "templates", "styles") for path in (folder / name).rglob("*"))
        return any(path.stat().st_mtime_ns > last for path in files)
    except OSError:
        return True


def fingerprint(folder: Path) -> State:
    """Return the digests of all inputs of a build, by name."""
    state: State = {}
    with ThreadPoolExecutor(1) as thread:
        installed = thread.submit(fonts.fonts_digest)  # by fc-list
        for name in ("source", "templates", "styles"):
            if (folder / name).exists():
                state |= digests(folder / name, folder)
        for kind in ("templates", "styles"):
            shipped = packaged(kind)
            if shipped.resolve() != (folder / kind).resolve():
                state |= {f"dingben/{name}": digest for name, digest in digests(shipped, shipped.parent).items()}
        state["dingben"] = hashlib.sha256(versions.program_version().encode()).hexdigest()
        state["custom pandoc"] = pandoc.custom_path() or ""
        state["SOURCE_DATE_EPOCH"] = str(epoch())
        state["fonts or Pango"] = installed.result()
    return state


def shaping(output_format: OutputFormat, inputs: State, folder: Path) -> State:
    """Return those of the inputs that shape a format: all but the files that it ignores.

    A style sheet or template that another one names (``@import "print.css"``) is not ignored.
    """
    left_out = {name: inputs[name] for name in inputs if name.removeprefix("dingben/") in output_format.ignores}
    shapes = {name: digest for name, digest in inputs.items() if name not in left_out}
    for name in left_out:
        if name == "source/ledger.jsonl":
            shapes[name] = "there"  # the colophon says that the book was restored
        elif named_by(name, shapes, folder):
            shapes[name] = left_out[name]
    if output_format.name in plugin_digests():
        shapes["plugin"] = plugin_digests()[output_format.name]
    return shapes


def named_by(name: str, shapes: State, folder: Path) -> bool:
    """Return whether one of the book's own templates or style sheets among ``shapes`` names the file."""
    own = [folder / n for n in shapes if n.startswith(("templates/", "styles/"))]
    word = name.rpartition("/")[2].encode()
    return any(word in path.read_bytes() for path in own if path.suffix in (".css", ".html") and path.is_file())


def state_of(output_format: OutputFormat, book: Book) -> State:
    """Return the digests of an output on disk: of the file, or of every file of the folder."""
    path = output_format.output_path(book)
    if output_format.is_folder and path.is_file():
        return digests(path.parent, path.parent.parent)
    return digests(path)


def digests(path: Path, relative_to: Path | None = None, pattern: str = "*") -> State:
    """Return the SHA-256 of a file, or of every file in a folder; ``missing`` for a file that is not there."""
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


def read_memory(folder: Path) -> dict[str, State]:
    """Return what each output was last built from; nothing where the record is missing or damaged."""
    try:
        with opened(folder, cache.PLACE) as place:
            memory = json.loads(place.read_bytes(MEMORY.name))
    except (OSError, ValueError):
        return {}
    good = isinstance(memory, dict) and all(isinstance(state, dict) for state in memory.values())
    return memory if good else {}


def write_memory(folder: Path, memory: dict[str, State]) -> None:
    """Record what each output was built from; nothing is recorded where the cache is a link."""
    text = json.dumps(memory, ensure_ascii=False, indent=1, sort_keys=True)
    with (
        atomic.disk_errors(folder / MEMORY),
        contextlib.suppress(LinkError),
        opened(folder, cache.PLACE, create=True) as place,
    ):
        place.write_atomically(MEMORY.name, text.encode("utf-8"))


def reasons(now: State, before: State, *, forced: bool = False) -> list[str]:
    """Return why an output has to be built again: what changed, sorted by name; nothing if it is up to date."""
    if forced:
        return ["--force"]
    if not before:
        return ["not built before"]
    return [f"{key} changed" for key in sorted(now.keys() | before.keys()) if now.get(key) != before.get(key)]


def dependencies(output_format: OutputFormat, inputs: State, book: Book) -> State:
    """Return the digests of everything that shapes a format: its inputs, and the formats that it requires."""
    state = shaping(output_format, inputs, book.folder)
    for name in output_format.requires:
        state |= state_of(formats()[name], book)
    return state
