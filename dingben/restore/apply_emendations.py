"""Apply the emendations of ``emendations.toml`` to corrected text."""

from __future__ import annotations

from pathlib import Path

from dingben.book.emendations import Emendation
from dingben.diagnostics import Diagnostic
from dingben.errors import SourceError
from dingben.rules.passage import Edit, Passage


def apply(emendations: list[Emendation], passage: Passage, file: str) -> None:
    """Apply the emendations whose text stands in ``passage`` of ``file``."""
    for each in emendations:
        if each.where and each.where not in (file, f"source/{file}", Path(file).name):
            continue
        at = passage.text.find(each.sic)
        if at < 0:
            continue
        each.hits += passage.text.count(each.sic)
        passage.apply([Edit(at, at + len(each.sic), each.corr, each.reason)], "emendation")


def require_one_place(emendations: list[Emendation]) -> None:
    """Raise SourceError unless each emendation was applied in exactly one place."""
    problems = [
        Diagnostic(
            f"“{e.sic}” is in {e.hits} places, not in one",
            "quote more of the words around it" if e.hits else "has the text changed? correct sic or delete the entry",
            e.location,
        )
        for e in emendations
        if e.hits != 1
    ]
    if problems:
        raise SourceError.of(problems)
