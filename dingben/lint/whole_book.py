"""Check a book as a whole: headings that were not recognised, divisions without text, passages that stand twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from dingben.book.model import Book
from dingben.diagnostics import Diagnostic, Location
from dingben.document.source_location import mask_code
from dingben.language.han import skeleton
from dingben.lint.markdown_text import NOT_PROSE, SourceHeading, plain_text

LONG_TEXT = 20_000
"""Characters of a text that would have a heading."""
LONG_BOOK = 50_000
"""Characters of a book that would have chapters of a like length."""
LARGEST_SHARE = 0.8
LEAST_RUN = 5
"""Lines that count on, before they look like headings."""
LEAST_DISTANCE = 200
"""Characters between two of them: the entries of a list are nearer."""
LEAST_SENTENCE = 10
LEAST_PASSAGE = 80
"""Characters of a passage that stands twice, and of each of its sentences."""
SENTENCE = re.compile(r"[^。！？!?\n]+(?:[。！？!?]+|\.(?=\s|$))?")
NUMBERED = re.compile(r"(?:第\s*)?(\d{1,4})(?:\s*[章回节集话]|[\s.、:：．]|$)")


class Paragraph(NamedTuple):
    """A paragraph of a chapter: its file, line, offset in the whole book and plain text."""

    file: Path
    line: int
    offset: int
    text: str


def check_whole_book(
    book: Book, chapters: Mapping[Path, str], headings: Sequence[SourceHeading]
) -> Iterator[Diagnostic]:
    """Report what only the whole book shows."""
    paragraphs = _paragraphs(chapters)
    total = sum(map(len, chapters.values()))
    yield from _check_headings(chapters, headings, total)
    yield from _check_runs(paragraphs)
    yield from _check_commas(paragraphs)
    yield from _check_empty(book, paragraphs)
    yield from _check_repeats(paragraphs)


def _paragraphs(chapters: Mapping[Path, str]) -> list[Paragraph]:
    out: list[Paragraph] = []
    offset = 0
    for path, text in chapters.items():
        for number, line in enumerate(mask_code(text).splitlines(), 1):
            if line and not line.startswith("#") and not NOT_PROSE.match(line):
                out.append(Paragraph(path, number, offset, plain_text(line)[0].strip()))
            offset += len(line)
    return out


def _check_headings(
    chapters: Mapping[Path, str], headings: Sequence[SourceHeading], total: int
) -> Iterator[Diagnostic]:
    """Report a long text without a heading (H507), and a chapter that holds most of the book (H508)."""
    first = next(iter(chapters), None)
    if first is None:
        return
    if total > LONG_TEXT and not headings:
        yield Diagnostic(
            f"no heading was found in {total:,} characters", "mark the headings with #", Location(first, 1), "H507"
        )
    for path, text in chapters.items():
        inner = sum(heading.file == path for heading in headings)
        if total > LONG_BOOK and len(text) > LARGEST_SHARE * total and len(chapters) > 1 and inner <= 1:
            message = f"one chapter holds {len(text) * 100 // total} % of the book"
            yield Diagnostic(message, "are there headings in it?", Location(path, 1), "H508")


def _check_runs(paragraphs: Sequence[Paragraph]) -> Iterator[Diagnostic]:
    """Report short lines that count on through the text, as headings do (H509)."""
    run: list[Paragraph] = []
    last = 0
    runs: list[list[Paragraph]] = []
    for each in paragraphs:
        match = NUMBERED.match(each.text) if len(each.text) <= 40 else None
        if match is None or re.search("[。；，,;]$", each.text):
            continue
        number = int(match[1])
        if run and number == last + 1 and each.offset - run[-1].offset >= LEAST_DISTANCE:
            run.append(each)
        elif number <= 1:
            run = [each]
            runs.append(run)
        else:
            continue
        last = number
    for found in runs:
        if len(found) >= LEAST_RUN:
            message = f"{len(found)} lines are numbered like headings, from “{found[0].text}” to “{found[-1].text}”"
            yield Diagnostic(message, "mark them with #, if they are", Location(found[0].file, found[0].line), "H509")


def _check_commas(paragraphs: Sequence[Paragraph]) -> Iterator[Diagnostic]:
    """Report paragraphs that end in a comma (T804): the sentence goes on elsewhere."""
    for each in paragraphs:
        if len(each.text) > 20 and each.text.endswith(("，", "、", ",")):
            message = f"a paragraph ends in a comma: …{each.text[-12:]}"
            place = Location(each.file, each.line, len(each.text))
            yield Diagnostic(message, "does it go on in the next one?", place, "T804")


def _check_empty(book: Book, paragraphs: Sequence[Paragraph]) -> Iterator[Diagnostic]:
    """Report divisions without text (T805); a part needs none."""
    filled = {each.file for each in paragraphs}
    for division in book.divisions:
        path = division.path
        if path and path not in filled and division.role not in ("part", "volume") and not _has_more(division.text):
            message = "a division without text"
            yield Diagnostic(message, "was its text lost, or is its heading wrong?", Location(path, 1), "T805")


def _has_more(text: str) -> bool:
    """Whether a file has anything but headings: verse, a table, a picture."""
    return any(line.strip() and not line.startswith("#") for line in text.splitlines())


def _check_repeats(paragraphs: Sequence[Paragraph]) -> Iterator[Diagnostic]:
    """Report passages that stand twice (T806): runs of sentences that come twice, in the same order.

    Sentences are the shingles, so time is linear. A sentence that comes more often is a refrain or a phrase.
    """
    sentences = [(mark, each) for each in paragraphs for mark in _sentences(each.text)]
    places: dict[str, list[int]] = {}
    for n, (mark, _) in enumerate(sentences):
        places.setdefault(mark, []).append(n)
    run: list[int] = []
    distance = 0
    for n, (mark, _) in enumerate(sentences):
        rows = places[mark]
        if len(rows) != 2 or rows[0] != n:
            continue
        if run and rows[1] - n == distance and n - run[-1] <= 3:
            run.append(n)
            continue
        yield from _repeat(sentences, run, distance)
        run, distance = [n], rows[1] - n
    yield from _repeat(sentences, run, distance)


def _sentences(text: str) -> Iterator[str]:
    for match in SENTENCE.finditer(text):
        mark = skeleton(match[0])
        if len(mark) >= LEAST_SENTENCE:
            yield mark


def _repeat(sentences: Sequence[tuple[str, Paragraph]], run: Sequence[int], distance: int) -> Iterator[Diagnostic]:
    length = sum(len(sentences[n][0]) for n in run)
    if len(run) < 2 or length < LEAST_PASSAGE:
        return
    first, again = sentences[run[0]][1], sentences[run[0] + distance][1]
    message = f"a passage of {length} characters is repeated: {first.file.name}:{first.line} “{first.text[:16]}”"
    yield Diagnostic(message, "delete one if the scan has it once", Location(again.file, again.line), "T806")
