"""``source/emendations.toml``: readings made by a person, reapplied at every ingest.

[[emendation]]
where = "chapters/01-chapter.md"    # may be left out: the whole book
sic = "what the source says"
corr = "what it should say"
reason = "the scan, page 12"
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from .errors import Place, Problem, SourceError
from .passage import Edit, Passage

EMPTY = """# Readings made by a person; dingben ingest applies them again each time.
#
# [[emendation]]
# where = "chapters/01-chapter.md"
# sic = "the words as the source has them, as many as make the place unique"
# corr = "the words as they should be"
# reason = "how you know: the scan, page 12"
"""
KEYS = {"where", "sic", "corr", "reason"}


@dataclass(slots=True)
class Emendation:
    """One reading; ``hits`` counts the places where ``sic`` stood."""

    where: str
    sic: str
    corr: str
    reason: str
    place: Place
    hits: int = 0


def load(path: Path) -> list[Emendation]:
    """The emendations of a book; none where there is no such file."""
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(
            f"this is no TOML: {error}", hint="see the example at the head of the file", place=Place(path)
        ) from None
    rows = table.get("emendation", [])
    starts = [n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith("[[emendation]]")]
    out: list[Emendation] = []
    problems: list[Problem] = [
        Problem(f"unknown key: {key}", "only [[emendation]] and [[ignore]] tables belong here", Place(path))
        for key in table
        if key not in ("emendation", "ignore")
    ]
    for row, line in zip(rows, starts, strict=False):
        place = Place(path, line)
        if set(row) - KEYS or not all(isinstance(v, str) for v in row.values()):
            problems.append(
                Problem(
                    f"unknown or wrong key: {', '.join(sorted(set(row) - KEYS)) or 'not a string'}",
                    "where, sic, corr, reason",
                    place,
                )
            )
        elif not row.get("sic") or "corr" not in row:
            problems.append(Problem("an emendation needs sic and corr", "", place))
        else:
            out.append(Emendation(row.get("where", ""), row["sic"], row["corr"], row.get("reason", ""), place))
    if problems:
        raise SourceError.of(problems)
    return out


def apply(emendations: list[Emendation], passage: Passage, file: str) -> None:
    """Make the readings that belong in ``passage`` of ``file``."""
    for each in emendations:
        if each.where and each.where not in (file, f"source/{file}", Path(file).name):
            continue
        at = passage.text.find(each.sic)
        if at < 0:
            continue
        each.hits += passage.text.count(each.sic)
        passage.apply([Edit(at, at + len(each.sic), each.corr, each.reason)], "emendation")


def settle(emendations: list[Emendation]) -> None:
    """Every reading must have found its one place."""
    problems = [
        Problem(
            f"“{e.sic}” stands in {e.hits} places, not in one",
            "quote more of the words around it" if e.hits else "has the text changed? mend sic or take the entry out",
            e.place,
        )
        for e in emendations
        if e.hits != 1
    ]
    if problems:
        raise SourceError.of(problems)


@dataclass(slots=True)
class Ignore:
    """A finding that a person looked at and let stand."""

    code: str
    text: str
    reason: str
    place: Place
    hits: int = 0


def ignores(path: Path) -> list[Ignore]:
    """The findings to be left out of the list."""
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    try:
        rows = tomllib.loads(text).get("ignore", [])
    except tomllib.TOMLDecodeError:
        return []  # load() tells what is wrong
    starts = [n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith("[[ignore]]")]
    return [
        Ignore(str(row.get("code", "")), str(row.get("text", "")), str(row.get("reason", "")), Place(path, line))
        for row, line in zip(rows, starts, strict=False)
    ]
