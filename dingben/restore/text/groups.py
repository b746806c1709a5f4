"""Groups of lines between blank lines and headings: stanzas, paragraphs, letters' ends."""

from __future__ import annotations

from collections.abc import Sequence

from dingben.restore.lines import Line

BESIDE = frozenset({"running-head", "note", "uncalled-note", "notes-heading", "picture"})
"""Kinds of lines that may stand between the lines of a group."""


def find(lines: Sequence[Line]) -> list[list[int]]:
    """Return the groups of lines of running text, as indexes of lines."""
    groups: list[list[int]] = []
    is_open = False
    gap = False
    for i, line in enumerate(lines):
        if line.kind in BESIDE:
            gap = gap or line.gap
            continue
        if line.kind != "text":
            is_open = False
            continue
        if is_open and not line.gap and not gap:
            groups[-1].append(i)
        else:
            groups.append([i])
        is_open, gap = True, False
    return groups
