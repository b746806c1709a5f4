"""Measure typographic quality: ``python -m benchmarks.typography [--help]``.

The same chapter is set by dingben and by every other program that is installed, with the same page,
measure, size and line height, and measured by the positions of glyphs in the PDFs. Only plain
paragraphs count (no lists, quotations, headings, notes), found in the PDF by their text. A *line*
is the part of a paragraph on one baseline. A *full line* is every line of
a paragraph but its last. The measure runs from the left edge (where most continuation lines
begin, for left and right pages apart) over a whole number of characters (or to where most
lines end, if that is within 1.5 pt of it: Chromium rounds margins to pixels).

- flush: full lines that end within 0.3 pt of the measure's edge. A Han character ends one
  em after its origin; a mark whose right half is blank (，。”》…) may end after its full or its
  half width; others end where the font says. A line that begins more than 0.3 pt beside the
  left edge is not flush either (an opening mark may stand half an em before it, its blank half cut).
  A line that misses an edge only by the blank of a mark (xeCJK cuts it to the ink) is counted apart.
- forbidden: lines that begin with a closing mark or stop or a note's call, that end with an
  opening mark, and —— or …… broken over two lines (W3C CLREQ, 3.1.3; GB/T 15834—2011).
- squeezed: of all pairs of adjacent full-width marks where one loses its half, those set in 1.5 em
  or less (measured between the two origins: 1 em where nothing is cut, 0.5 em where it is; the
  border is 0.8 em, for justification may widen a squeezed pair).
- gaps: the widest blank on a full line beyond what the characters fill by themselves, in em: between two Han
  characters, after or before a full-width mark (beyond its full width), and beside Latin.
- off grid: paragraph lines whose baseline stands more than 0.5 pt off the grid of the line gap.
- lone: paragraphs whose last line is one character, alone or with marks.
"""

from __future__ import annotations

import argparse
import itertools
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.book import write_book
from benchmarks.glyphs import Glyph, read_glyphs
from benchmarks.peers import PEERS, page
from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.builder.registry import formats
from dingben.document.ast import text_of
from dingben.theme.page_geometry import PageGeometry

TOLERANCE = 0.3
"""Tolerance of a flush line, in points."""

OFF_GRID = 0.5

WITHOUT_NOTES = ("Chromium", "Paged.js")
"""Browsers have no footnotes and would print them in the line: they get the chapter without notes."""

OPENING = frozenset("“‘（《〈【『「〔")
STOPS = frozenset("、，。；：！？．")
CLOSING = frozenset("”’）》〉】』」〕") | STOPS
FORBIDDEN_START = CLOSING | frozenset("·")
UNBROKEN = frozenset("—…")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a paragraph: its glyphs from left to right, calls of notes among them."""

    glyphs: tuple[Glyph, ...]
    last: bool

    @property
    def text(self) -> str:
        return "".join(g.char for g in self.glyphs)


@dataclass(slots=True)
class Score:
    """Counts of one PDF; lengths in em, ``faults`` as examples."""

    paragraphs: int = 0
    lost: int = 0
    lines: int = 0
    full: int = 0
    flush: int = 0
    in_mark: int = 0
    worst: float = 0.0
    starts: int = 0
    ends: int = 0
    broken: int = 0
    pairs: int = 0
    squeezed: int = 0
    han_gap: float = 0.0
    mark_gap: float = 0.0
    latin_gap: float = 0.0
    off_grid: int = 0
    lone: int = 0
    faults: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        """The score as a row of the table."""
        flush = share(self.flush, self.full)
        if self.in_mark:
            flush += f" (and {share(self.in_mark, self.full)} within a mark's blank)"
        cells = (
            name, f"{self.paragraphs - self.lost} of {self.paragraphs}", f"{self.full:,}", flush,
            f"{self.worst:.2f} em", f"{self.starts} / {self.ends} / {self.broken}",
            f"{share(self.squeezed, self.pairs)} of {self.pairs}", f"{self.han_gap:.2f}", f"{self.mark_gap:.2f}",
            f"{self.latin_gap:.2f}", share(self.off_grid, self.lines), str(self.lone),
        )  # fmt: skip
        return f"| {' | '.join(cells)} |"


HEAD = """\
| set by | paragraphs found | full lines | flush | worst miss | forbidden starts / ends / broken | squeezed pairs \
| widest gap Han (em) | at marks | at Latin | off grid | lone |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


def share(part: int, whole: int) -> str:
    """Format a part in per cent; never 100 % if one is missing."""
    if part in (0, whole) or not whole:
        return "100 %" if whole and part else "0 %"
    return f"{min(99.9, max(0.1, 100 * part / whole)):.1f} %"


# -- lines out of a PDF


def paragraphs_of(book: Path) -> list[str]:
    """Text of every plain paragraph of the book without notes, spaces and hyphens."""
    blocks = itertools.chain.from_iterable(f.blocks for f in BuildContext(read_book(book), []).fragments)
    return [comparable(text_of(block)) for block in blocks if block["t"] == "Para"]


def comparable(text: str) -> str:
    """Drop what typesetting may add or remove: spaces, hyphens, bullets."""
    return "".join(c for c in text if not c.isspace() and c not in "-\u2010\u2011\u00ad•‣◦▪")


def lines_of(pdf: Path, texts: Sequence[str], there: PageGeometry) -> list[list[Line]]:
    """The lines of each paragraph; empty if its text is not found."""
    every = [g for glyphs in read_glyphs(pdf) for g in glyphs]
    body = [g for g in every if abs(g.size - there.size) < 0.25 and comparable(g.char)]
    small: dict[int, list[Glyph]] = {}
    for each in every:
        if each.size < there.size - 0.25:
            small.setdefault(each.page, []).append(each)
    stream = "".join(g.char[0] for g in body)
    found: list[list[Line]] = []
    position = 0
    for text in texts:
        start = stream.find(text, position)
        if start < 0:
            found.append([])
            continue
        position = start + len(text)
        found.append(split_lines(body[start:position], small, there))
    return found


def split_lines(glyphs: Sequence[Glyph], small: dict[int, list[Glyph]], there: PageGeometry) -> list[Line]:
    """The paragraph's glyphs by baseline, each line with the note calls that stand in it."""
    rows: list[list[Glyph]] = []
    for glyph in glyphs:
        if rows and rows[-1][-1].page == glyph.page and abs(rows[-1][-1].y - glyph.y) < 2:
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    lines = []
    for number, row in enumerate(rows):
        calls = [
            g
            for g in small.get(row[0].page, ())
            if -2 < g.y - row[0].y < there.line * 0.45
            and row[0].x - there.size * 1.5 < g.x < row[-1].right + there.size
        ]
        ordered = tuple(sorted([*row, *calls], key=lambda g: g.x))
        lines.append(Line(ordered, number == len(rows) - 1))
    return lines


# -- judging


def judge(pdf: Path, texts: Sequence[str], there: PageGeometry) -> Score:
    """The score of one PDF."""
    found = lines_of(pdf, texts, there)
    score = Score(paragraphs=len(texts), lost=sum(not lines for lines in found))
    every = [line for lines in found for line in lines]
    score.lines = len(every)
    lefts = left_edges(found)
    rights = right_edges(found, lefts, there)
    phase = most_common(round(line.glyphs[0].y % there.line, 1) for line in every)
    for lines in found:
        for number, line in enumerate(lines):
            first, last = line.glyphs[0], line.glyphs[-1]
            if number and (first.char in FORBIDDEN_START or first.size < there.size - 0.25):
                fault(score, "starts", line)
            off = (first_body(line, there).y - phase) % there.line
            if min(off, there.line - off) > OFF_GRID:
                score.off_grid += 1
                score.faults.append(f"off grid by {off:.1f} pt, page {first.page + 1}: {line.text}")
            squeezes(score, line, there)
            if line.last:
                score.lone += number > 0 and sum(g.char not in CLOSING for g in line.glyphs) == 1
                continue
            score.full += 1
            if last.char in OPENING:
                fault(score, "ends", line)
            following = lines[number + 1].glyphs[0]
            if last.char in UNBROKEN and following.char == last.char and run_is_odd(line, last.char):
                fault(score, "broken", line)
            miss = missed(line, lefts[first.page % 2], rights[first.page % 2], there, indented=number == 0)
            if miss <= TOLERANCE:
                score.flush += 1
            elif within_blank(line, lefts[first.page % 2], rights[first.page % 2], there, indented=number == 0):
                score.in_mark += 1
            else:
                score.worst = max(score.worst, miss / there.size)
                score.faults.append(f"not flush by {miss:.2f} pt, page {first.page + 1}: {line.text}")
            gaps(score, line, there)
    return score


def fault(score: Score, name: str, line: Line) -> None:
    """Count a forbidden start, end or break."""
    setattr(score, name, getattr(score, name) + 1)
    score.faults.append(f"forbidden ({name}), page {line.glyphs[0].page + 1}: {line.text}")


def run_is_odd(line: Line, char: str) -> bool:
    """Whether the line ends with half a pair: — of ——."""
    return (len(line.text) - len(line.text.rstrip(char))) % 2 == 1


def first_body(line: Line, there: PageGeometry) -> Glyph:
    """The first glyph of the text's own size."""
    return next(g for g in line.glyphs if abs(g.size - there.size) < 0.25)


def left_edges(found: Iterable[Sequence[Line]]) -> dict[int, float]:
    """Left edge of most continuation lines, on even and odd pages (counted from 0)."""
    starts: dict[int, list[float]] = {0: [], 1: []}
    for lines in found:
        for line in lines[1:]:
            if is_han(line.glyphs[0].char):
                starts[line.glyphs[0].page % 2].append(line.glyphs[0].x)
    rounded = {parity: most_common(round(x, 1) for x in values) for parity, values in starts.items()}
    # the mode is rounded; the mean of what lies about it is the edge itself
    return {p: mean([x for x in starts[p] if abs(x - mode) < 0.2]) or mode for p, mode in rounded.items()}


def right_edges(found: Iterable[Sequence[Line]], lefts: dict[int, float], there: PageGeometry) -> dict[int, float]:
    """Where most full lines end within 1.5 pt of the measure: Chromium rounds margins to whole pixels."""
    ends: dict[int, list[float]] = {0: [], 1: []}
    for line in (line for lines in found for line in lines[:-1]):
        if is_han(line.glyphs[-1].char):
            ends[line.glyphs[0].page % 2].append(line.glyphs[-1].x + line.glyphs[-1].size)
    edges = {}
    for parity, left in lefts.items():
        nominal = left + there.measure * there.size
        near = [x for x in ends[parity] if abs(x - nominal) < 1.5]
        mode = most_common(round(x, 1) for x in near)
        edges[parity] = mean([x for x in near if abs(x - mode) < 0.2]) or nominal
    return edges


def missed(line: Line, left: float, right: float, there: PageGeometry, *, indented: bool) -> float:
    """Points by which the line misses its edges, the larger of both sides."""
    first = line.glyphs[0]
    start = left + 2 * there.size if indented else left
    begins = [start, start - there.size / 2] if first.char in OPENING else [start]
    at_left = min(abs(first.x - x) for x in begins)
    at_right = min(abs(end - right) for end in possible_ends(line, there))
    return max(at_left, at_right)


def within_blank(line: Line, left: float, right: float, there: PageGeometry, *, indented: bool) -> bool:
    """Whether the line misses its edges only by the empty half of a mark, up to 0.8 em."""
    first, last = line.glyphs[0], line.glyphs[-1]
    over = left + 2 * there.size * indented - first.x
    starts = abs(over) <= TOLERANCE or (first.char in OPENING and 0 < over < 0.8 * there.size)
    short = right - last.x
    ends = any(abs(end - right) <= TOLERANCE for end in possible_ends(line, there))
    return starts and (ends or (last.char in CLOSING and 0.2 * last.size < short < last.size))


def possible_ends(line: Line, there: PageGeometry) -> list[float]:
    """Possible end positions of the last glyph."""
    last = line.glyphs[-1]
    if last.char in CLOSING:
        return [last.x + last.size, last.x + last.size / 2]
    if is_han(last.char):
        return [last.x + last.size]
    if last.char in UNBROKEN:
        # —— is one glyph two em wide in some fonts; both its characters then have one origin
        return [last.x + last.size, last.x + 2 * last.size, last.right]
    return [last.right] if last.size > there.size - 0.25 else [last.right, last.x + last.size]


def squeezes(score: Score, line: Line, there: PageGeometry) -> None:
    """Count pairs of adjacent marks that should be compressed, and those that are."""
    for one, two in itertools.pairwise(line.glyphs):
        opens, closes = one.char in OPENING, one.char in CLOSING
        if (closes and two.char in CLOSING | OPENING) or (opens and two.char in OPENING):
            score.pairs += 1
            tight = two.x - one.x <= 0.8 * there.size
            score.squeezed += tight
            if not tight:
                score.faults.append(f"not squeezed {one.char}{two.char}, page {one.page + 1}: {line.text}")


def gaps(score: Score, line: Line, there: PageGeometry) -> None:
    """Note the widest gaps of a full line."""
    for one, two in itertools.pairwise(line.glyphs):
        wide = full_width(one.char) and one.size > there.size - 0.25
        gap = (two.x - (one.x + one.size if wide else one.right)) / there.size
        marks = CLOSING | OPENING | UNBROKEN
        if is_han(one.char) and is_han(two.char):
            score.han_gap = max(score.han_gap, gap)
        elif one.char in marks or two.char in marks:
            if one.char not in UNBROKEN:
                score.mark_gap = max(score.mark_gap, gap)
        else:
            score.latin_gap = max(score.latin_gap, gap)


def is_han(char: str) -> bool:
    """Whether a character is an ideograph."""
    return "\u3400" <= char <= "\u9fff" or char >= "\U00020000"


def full_width(char: str) -> bool:
    """Whether a character is one em wide in a Chinese font."""
    return is_han(char) or char in CLOSING | OPENING


def most_common(values: Iterable[float]) -> float:
    """The most frequent value, 0 for an empty list."""
    counted = Counter(values).most_common(1)
    return counted[0][0] if counted else 0.0


def mean(values: Sequence[float]) -> float:
    """The mean, 0 for an empty list."""
    return sum(values) / len(values) if values else 0.0


# -- the command


def set_all(book: Path, work: Path, names: Sequence[str]) -> dict[str, Path]:
    """Build the PDF with each program that is chosen and installed, dingben first."""
    made: dict[str, Path] = {}
    plain = without_notes(book, work / "plain")
    if chosen("dingben", names):
        done = run([sys.executable, "-m", "dingben", "build", "pdf", "--quiet", "--book", str(book)], Path.cwd())
        path = formats()["pdf"].output_path(read_book(book))
        if done and path.is_file():
            made["dingben"] = path
    for peer in PEERS:
        if peer.name == "pandoc + typst" or not chosen(peer.name, names):
            continue
        if not peer.found():
            print(f"{peer.name} is not installed: {peer.install}", file=sys.stderr)
            continue
        folder = work / peer.name.replace(" ", "")
        folder.mkdir(parents=True, exist_ok=True)
        job = peer.prepare(plain if peer.name in WITHOUT_NOTES else book, folder)
        if all(run(command, job.folder) for command in job.commands) and job.pdf.is_file():
            made[peer.name] = job.pdf
    return made


def without_notes(book: Path, copy: Path) -> Path:
    """A copy of the book without notes."""
    shutil.copytree(book, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("build", ".*"))
    for path in copy.glob("source/chapters/*.md"):
        text = re.sub(r"(?m)^\[\^\w+\]:.*(\n+(?:    |\t).*)*", "", path.read_text("utf-8"))
        path.write_text(re.sub(r"\[\^\w+\]", "", text), "utf-8")
    return copy


def chosen(name: str, names: Sequence[str]) -> bool:
    """Whether a program is chosen; all are if none is named."""
    return not names or any(name.casefold().startswith(n.casefold()) for n in names)


def run(command: Sequence[str], folder: Path) -> bool:
    """Run a command quietly; print a message if it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if done.returncode:
        tail = (done.stdout + done.stderr).decode("utf-8", "replace")[-600:]
        print(f"{command[0]} failed with {done.returncode}: {tail}", file=sys.stderr)
    return done.returncode == 0


def table(size: int, names: Sequence[str], work: Path, *, book: Path | None = None, show: int = 0) -> str:
    """The table for a generated chapter of ``size`` characters, or for ``book``."""
    if book is None:
        book = work / "book"
        write_book(book, size, count=1)
    texts, there = paragraphs_of(book), page(book)
    rows = []
    for name, pdf in set_all(book, work, names).items():
        score = judge(pdf, texts, there)
        rows.append(score.row(name))
        for line in score.faults[:show]:
            print(f"{name}: {line}", file=sys.stderr)
    about = f"{there.measure} characters of {there.size:g} pt on {there.line:g} pt, {len(texts)} paragraphs."
    return "\n".join([about, "", HEAD, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.typography", description=__doc__.split("\n\n")[0])
    parser.add_argument("names", metavar="SETTER", nargs="*", help="dingben, typst, chromium, paged, xelatex (all)")
    parser.add_argument("--size", type=int, default=31_000, help="characters of the chapter (31000)")
    parser.add_argument("--book", type=Path, help="a book project to set instead; copied before")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print the first N faults of each")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep what is set in this folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dingben-typography-") as scratch:
        work = options.keep or Path(scratch)
        book = None
        if options.book:
            book = work / "book"
            shutil.copytree(options.book, book, dirs_exist_ok=True, ignore=shutil.ignore_patterns("build", ".*"))
        print(table(options.size, options.names, work.resolve(), book=book and book.resolve(), show=options.show))


if __name__ == "__main__":
    main()
