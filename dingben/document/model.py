"""Data model of a parsed division: AST blocks, headings, captions, images, page breaks."""

from __future__ import annotations

from dataclasses import dataclass

from dingben.book.model import Division
from dingben.diagnostics import Diagnostic
from dingben.document.ast import Node
from dingben.document.images import Picture


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: level 1 to 6, identifier in the whole book, label (第一章) and title; ``short``: for running heads."""

    level: int
    identifier: str
    label: str
    title: str
    short: str = ""

    @property
    def text(self) -> str:
        """Label and title in one string."""
        return f"{self.label} {self.title}".strip()


@dataclass(frozen=True, slots=True)
class Caption:
    """Caption of a table or figure; ``kind`` is the pandoc constructor, Table or Figure."""

    kind: str
    identifier: str
    text: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """A parsed division: its AST blocks and what was collected from them; ``findings`` do not stop a build."""

    division: Division
    identifier: str
    blocks: tuple[Node, ...]
    headings: tuple[Heading, ...]
    pictures: tuple[Picture, ...] = ()
    pages: tuple[tuple[str, str], ...] = ()
    captions: tuple[Caption, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    classes: tuple[str, ...] = ()
    """The class of each span, block, link, heading and picture, as the source has them; none of code."""

    @property
    def heading(self) -> Heading:
        """The heading of the division."""
        return self.headings[0]


Known = dict[tuple[Division, str], Fragment]
"""Fragments by division and identifier, kept between builds."""
