"""A parsed division: pandoc's blocks with what was found in them."""

from __future__ import annotations

from dataclasses import dataclass

from dingben.book.model import Division
from dingben.diagnostics import Diagnostic
from dingben.document.ast import Node
from dingben.document.images import Picture


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: level 1 to 6, identifier in the whole book, label (第一章) and title."""

    level: int
    identifier: str
    label: str
    title: str

    @property
    def text(self) -> str:
        """Label and title."""
        return f"{self.label} {self.title}".strip()


@dataclass(frozen=True, slots=True)
class Caption:
    """The caption of a table or figure; ``kind`` is pandoc's name of the one it belongs to."""

    kind: str
    identifier: str
    text: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """A division as pandoc's blocks; ``findings`` are faults that don't stop a build."""

    division: Division
    identifier: str
    blocks: tuple[Node, ...]
    headings: tuple[Heading, ...]
    pictures: tuple[Picture, ...] = ()
    pages: tuple[tuple[str, str], ...] = ()
    captions: tuple[Caption, ...] = ()
    findings: tuple[Diagnostic, ...] = ()

    @property
    def heading(self) -> Heading:
        """The division's own heading."""
        return self.headings[0]


Known = dict[tuple[Division, str], Fragment]
"""Fragments by their division and identifier."""
