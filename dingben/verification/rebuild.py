"""Rebuild the editions of a bag from the bag alone, and compare them byte for byte.

Nothing in the bag is executed: the installed dingben builds from ``data/``. Differences of the build environment are
reported before, differences of the editions after.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dingben.builder.graph import Progress, build
from dingben.builder.registry import formats
from dingben.diagnostics import Location
from dingben.errors import ArchiveError, UsageError
from dingben.formats.archive import environment
from dingben.formats.archive.bagit import Bag, open_bag
from dingben.system.json import is_text_map, parse_json

EDITIONS = "data/editions/"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of one file: ``verdict`` is same, differs, missing (from the rebuild) or extra."""

    name: str
    verdict: str
    then: int = 0
    now: int = 0
    at: int = -1
    """Offset of the first byte that differs."""

    def __str__(self) -> str:
        """One line."""
        where = (
            f", from byte {self.at} on ({self.then} bytes then, {self.now} now)" if self.verdict == "differs" else ""
        )
        return f"{self.name}  {self.verdict}{where}"


class Rebuild:
    """Rebuild of a bag in ``folder``, which must be empty or not exist."""

    def __init__(self, path: Path, folder: Path) -> None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f"{folder} is not empty", hint="Name a folder that doesn't exist yet.")
        self.bag: Bag = open_bag(path)
        self.folder = folder
        self.state = self.environment()

    def environment(self) -> dict[str, Any]:
        """Return environment.json of the bag. Raises ArchiveError where its format is unknown."""
        try:
            state = parse_json(self.bag.read("environment.json"))
            if state["format"] != environment.FORMAT:
                raise ValueError(f"format {state['format']} is unknown")
            check_types(state)
        except (ValueError, KeyError, TypeError) as error:
            place = Location(self.bag.path / "environment.json")
            hint = "The bag was written by another program, or by a later dingben."
            raise ArchiveError(f"unknown environment: {error}", hint=hint, location=place) from error
        return dict(state)

    def differences(self) -> tuple[str, ...]:
        """Return how this machine's environment differs from that of the bag."""
        here = environment.build_environment(b"")
        unknown = [f"edition {name} is unknown to this dingben" for name in self.targets() if name not in formats()]
        return (*environment.differences(self.state, here), *unknown)

    def targets(self) -> list[str]:
        """Return the names of the editions in the bag."""
        return [str(name) for name in self.state["targets"]]

    def run(self, progress: Progress | None = None) -> tuple[Comparison, ...]:
        """Unpack, build and compare; return a comparison for every file of every edition."""
        self.bag.unpack(self.folder, "data/", without=EDITIONS)
        known = [name for name in self.targets() if name in formats()]
        with source_date_epoch(self.state.get("SOURCE_DATE_EPOCH")):
            build(self.folder, known, progress=progress)
        then = {n.removeprefix(EDITIONS) for n in self.bag.files if n.startswith(EDITIONS)}
        rebuilt = {p.relative_to(self.folder / "build").as_posix(): p for p in (self.folder / "build").rglob("*")}
        now = {name: path for name, path in rebuilt.items() if path.is_file() and not name.startswith(".cache/")}
        return tuple(self.compare_file(name, now.get(name), name in then) for name in sorted(then | now.keys()))

    def compare_file(self, name: str, path: Path | None, expected: bool) -> Comparison:
        if path is None:
            return Comparison(name, "missing")
        if not expected:
            return Comparison(name, "extra")
        then, now = self.bag.read(EDITIONS + name), path.read_bytes()
        if then == now:
            return Comparison(name, "same", len(then), len(now))
        first = next((i for i, (a, b) in enumerate(zip(then, now, strict=False)) if a != b), min(len(then), len(now)))
        return Comparison(name, "differs", len(then), len(now), first)


def check_types(state: Mapping[str, Any]) -> None:
    """Check the values of an environment.json. Raises KeyError or TypeError."""
    texts = [state["python"], state["pandoc"], state["dingben"]["version"], state["dingben"]["sha256"]]
    texts += [*state["targets"], *(font[key] for font in state["fonts"] for key in ("name", "version", "sha256"))]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a value is not a string")
    for key in ("packages", "libraries"):
        if not is_text_map(state[key]):
            raise TypeError(f"{key} are not strings by name")
    epoch = state.get("SOURCE_DATE_EPOCH")
    if epoch is not None and not (isinstance(epoch, str) and re.fullmatch("[0-9]{1,11}", epoch)):
        raise TypeError("SOURCE_DATE_EPOCH is not a number of seconds")


@contextlib.contextmanager
def source_date_epoch(epoch: object) -> Iterator[None]:
    """Context with SOURCE_DATE_EPOCH as it was when the bag was built."""
    before = os.environ.pop("SOURCE_DATE_EPOCH", None)
    if epoch is not None:
        os.environ["SOURCE_DATE_EPOCH"] = str(epoch)
    try:
        yield
    finally:
        os.environ.pop("SOURCE_DATE_EPOCH", None)
        if before is not None:
            os.environ["SOURCE_DATE_EPOCH"] = before
