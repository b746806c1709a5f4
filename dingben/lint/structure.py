"""Check the structure of a book: notes, numbering, printed contents against headings, and its end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from dingben.book import emendations
from dingben.book.ignores import remove_ignored
from dingben.book.model import Book
from dingben.book.resources import is_present
from dingben.diagnostics import Diagnostic, Location
from dingben.document.source_location import mask_code
from dingben.language import heading_labels
from dingben.language.han import SENTENCE_END, skeleton
from dingben.lint.markdown_text import (
    NOT_PROSE,
    SourceHeading,
    find_headings,
    plain_text,
    read_chapters,
    read_source,
)

GAP_CODES = {"T801", "T802"}
"""Codes that mean that the text breaks off."""

LABEL_ORDER = ["部", "编", "篇", "卷", "章", "回", "chapter", "节", "節", "decimal2", "decimal3", "decimal4"]
"""Styles of numbers from the highest division to the lowest."""


def find_gaps(book: Book) -> tuple[Diagnostic, ...]:
    """Return the places where the text of a book breaks off, without those that are ignored."""
    source = book.folder / "source"
    headings = [heading for path, text in read_chapters(source).items() for heading in find_headings(path, text)]
    found = [*check_contents(source, headings), *check_end(book)]
    gaps = [finding for finding in found if finding.code in GAP_CODES]
    return tuple(remove_ignored(gaps, emendations.read_ignores(source / "emendations.toml")))


def check_notes(path: Path, text: str) -> Iterator[Diagnostic]:
    """Report calls without a note and notes without a call (N602)."""
    text = mask_code(text)
    calls = {m[1]: m.start() for m in re.finditer(r"\[\^([^\]\s]+)\](?!:)", text)}
    notes = {m[1]: m.start() for m in re.finditer(r"^\[\^([^\]\s]+)\]:", text, re.MULTILINE)}
    for names, others, message in (
        (calls, notes, "is called, but there is no such note"),
        (notes, calls, "is never called"),
    ):
        for name, at in names.items():
            if name not in others:
                place = Location(path, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
                yield Diagnostic(f"note {name} {message}", "add it, or delete it", place, "N602", "error")


def check_numbering(headings: Sequence[SourceHeading]) -> Iterator[Diagnostic]:
    """Report numbers of headings that don't follow the one before (H505)."""
    last: dict[str, tuple[int, ...]] = {}
    for path, line, level, text in headings:
        label = heading_labels.read(text)
        if label is None or not label.number:
            continue
        before = last.get(label.style)
        expected = {1} if before is None else {1, before[-1] + 1}
        if label.number[-1] not in expected and label.number[-1] != 0 and not (before is None and level == 1):
            message = f"numbering: {label.text} follows {before[-1] if before else 'nothing'}"
            yield Diagnostic(message, "is a heading missing?", Location(path, line), "H505")
        last[label.style] = label.number
        for style in [s for s in last if s != label.style and _is_below(s, label.style)]:
            del last[style]


def _is_below(style: str, other: str) -> bool:
    """Whether numbers of ``style`` begin again under a heading numbered in the ``other`` style."""
    if other in LABEL_ORDER and style in LABEL_ORDER:
        return LABEL_ORDER.index(style) > LABEL_ORDER.index(other)
    return (style in {"han", "han-bracket", "arabic", "arabic-bracket"} and other in LABEL_ORDER) or (
        other == "han" and style in {"han-bracket", "arabic", "arabic-bracket"}
    )


def check_contents(source: Path, headings: Sequence[SourceHeading]) -> Iterator[Diagnostic]:
    """Compare the printed contents with the headings of the text (H504, T801) and their pages (C601)."""
    path = source / "contents.tsv"
    if not is_present(path):
        return
    present = {skeleton(heading.text) for heading in headings}
    rows = [row.split("\t") for row in read_source(source, path).splitlines()]
    missing = [n for n, row in enumerate(rows) if len(row) > 1 and skeleton(row[1]) not in present]
    end = len(rows)
    while end and end - 1 in missing:
        end -= 1
    for n in missing:
        if n < end:
            message = f"the contents have “{rows[n][1]}”, but no heading does"
            yield Diagnostic(message, "compare both with the scan", Location(path, n + 1), "H504")
    if len(rows) - end > 1:
        message = f"the text breaks off: {len(rows) - end} headings are missing, from “{rows[end][1]}” on"
        yield Diagnostic(message, "scan the rest", Location(path, end + 1), "T801", "error")
    pages = [(n, int(row[2])) for n, row in enumerate(rows) if len(row) > 2 and row[2].isdecimal()]
    for (_, before), (n, page) in pairwise(pages):
        if page < before:
            message = f"page {page} comes after page {before}"
            yield Diagnostic(message, "compare it with the scan", Location(path, n + 1), "C601")


def check_end(book: Book) -> Iterator[Diagnostic]:
    """Report a body whose last paragraph stops in the middle of a sentence (T802)."""
    files = [
        (division.path, division.text) for division in book.divisions if division.matter == "body" and division.path
    ]
    if not files:
        return
    path, text = files[-1]
    number, line = next(
        (
            (n, row)
            for n, row in reversed(list(enumerate(text.splitlines(), 1)))
            if row.strip() and not NOT_PROSE.match(row) and not row.startswith("[^")
        ),
        (0, ""),
    )
    words, _ = plain_text(line)
    ended = not words or SENTENCE_END.search(words) or re.search(r"[.”’\"'」』）)：:；;—]$", words)
    if not ended and len(words) > 30:
        message = "the text stops in the middle of a sentence"
        yield Diagnostic(message, "scan the rest", Location(path, number, len(line)), "T802", "error")
