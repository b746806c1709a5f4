"""The path of the text: raw OCR -> pages -> blocks -> rules, emendations -> ``source/``.

1. Read the raw files; tell encoding, language, lines.          (ocr)
2. Find the printed contents, and the leaves before the text.   (contents, imprint)
3. Find the headings, with the contents as witness.             (headings)
4. Parse running heads and folios off; number the pages.        (pages)
5. Join lines and torn pages into paragraphs.                   (paragraphs)
6. Correct each paragraph by the rules, then by a person's readings. (rules, emend)
7. Write chapters, contents and metadata, with every raw character in the ledger. (edition, ledger)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path

from . import contents, emend, headings, imprint, labels, ocr, pages, paragraphs, report, rules, store
from .edition import Chapter, book_toml, contents_tsv, numbered
from .emend import Emendation
from .finding import Finding
from .headings import Heading
from .imprint import Leaves
from .ledger import VERSION, Ledger
from .ocr import Line, RawText
from .paragraphs import Block
from .passage import Edit, Passage, Piece
from .rules.context import HAN


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What an ingest wrote, and what a person should look at."""

    files: tuple[Path, ...]
    counts: dict[str, int]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Doubt:
    """Something to point at, by its place in the raw text."""

    offset: int
    code: str
    message: str
    hint: str = ""
    severity: str = "warning"


@dataclass(slots=True)
class Restored:
    """The book as it was found in the raw text, not yet on disk."""

    raw: RawText
    language: str
    leaves: Leaves
    entries: list[contents.Entry]
    chapters: list[Chapter]
    ledger: Ledger
    toc_after: int | None
    counts: dict[str, int]
    doubts: list[Doubt] = field(default_factory=list)


def restore(raw: RawText, emendations: list[Emendation], progress: Callable[[str], None] = lambda _: None) -> Restored:
    """Make a book of the raw text, in memory."""
    text = raw.text
    progress("reading")
    language = ocr.language(text)
    english = language == "en"
    lines = ocr.lines(raw)
    found = contents.find(text, lines, english)
    begin = _beginning(text, lines, found, english)
    ledger = Ledger()
    doubts: list[Doubt] = []
    leaves = imprint.read(text, lines[:begin], english)
    doubts += [Doubt(at, "B701", message, hint, "note") for at, message, hint in leaves.doubts]
    flow = [
        *leaves.prose,
        *lines[begin : found.first if found else len(lines)],
        *(lines[found.last :] if found else []),
    ]
    border = len(leaves.prose) + (found.first - begin if found else 0)
    for i in {0, len(leaves.prose), border}:
        if i < len(flow):
            flow[i].gap = True

    progress("headings")
    measure = paragraphs.measure(text, flow, set(), english)
    standing = _standing(text, flow, measure)
    entries = found.entries if found else []
    heads, mended = headings.find(text, flow, entries, english, standing)
    entries = [replace(e, text=mended.get(n, e.text)) for n, e in enumerate(entries)]
    _split_glued(flow, heads)
    taken = {i for h in heads for i in range(h.first, h.last + 1)}

    progress("pages")
    titles = [leaves.values.get("book.title", ""), *(e.text for e in entries), *(h.text for h in heads), "目录", "前言"]
    chief = [e.text for e in entries if e.level == 1] + [h.text for h in heads if h.level == 1]
    titles += [t[label.end :] for t in chief if (label := labels.read(t))]
    furniture = pages.find(text, flow, titles, taken, _standing(text, flow, measure))
    numbers = pages.numbers(flow, furniture)

    progress("paragraphs")
    gone = {f.line for f in furniture}
    kinds = _kinds(flow, heads, gone)
    measure = paragraphs.measure(text, flow, gone | taken, english)
    blocks = paragraphs.build(text, flow, kinds, numbers, measure)
    _witnessed_pages(blocks, heads, entries, numbers)

    progress("rules")
    by_line = {h.first: h for h in heads}
    chapters = _chapters(blocks, by_line, border)
    result = Restored(raw, language, leaves, entries, [c for c, _ in chapters], ledger, None, {}, doubts)
    result.toc_after = sum(1 for _, b in chapters if b and b[0].lines[0] < border) if found else None
    numbered(result.chapters)
    joiner = Joiner(text, english)
    for chapter, own in chapters:
        _write(chapter, own, by_line, flow, joiner, ledger, emendations, doubts, english)
    emend.settle(emendations)

    for start, end, key in leaves.moved:
        ledger.add(start, end, "moved", after=key, rule="book.toml")
    for start, end, rule in leaves.aside:
        ledger.add(start, end, "aside", rule=rule)
    for line in lines[:begin]:
        _rest_of_leaf(ledger, leaves, line)
    if found:
        _contents_records(ledger, lines, found)
    for f in furniture:
        ledger.add(flow[f.line].start, flow[f.line].end, "aside", rule=f.kind)
    for line in flow:
        if line.mark:
            ledger.add(line.start - line.mark - 1, line.start, "aside", rule="markdown-heading")
    for start, end in ledger.close(text):
        doubts.append(
            Doubt(
                start,
                "X900",
                f"left out of the edition: {text[start:end][:20]}",
                "a fault of dingben: please report it",
                "error",
            )
        )
    _missing(entries, heads, doubts, len(text))
    result.counts = _counts(result, blocks)
    return result


def _beginning(text: str, lines: Sequence[Line], found: contents.Contents | None, english: bool) -> int:
    """The line where the title leaves end and the text, or the contents, begin."""
    limit = found.first if found else min(len(lines), 200)
    cip = next(
        (i for i in range(limit) if imprint.CIP.search(text[lines[i].start : lines[i].end].replace(" ", ""))), -1
    )
    for i in range(cip + 1, limit):
        own = text[lines[i].start : lines[i].end]
        if len(own) > 60:
            if not found and cip < 0 and re.search("[。.!?！？]", own):
                return i
            continue
        mark = imprint.skeleton(own)
        label = labels.read(own)
        if mark in labels.FRONT_WORDS and lines[i].gap:
            return i
        if (
            not found
            and label
            and label.number[:1] == (1,)
            and label.style
            in {"章", "回", "篇", "节", "節", "编", "編", "部", "卷", "volume-卷", "chapter", "part", "book", "han"}
            and (english or lines[i].gap)
        ):
            return i
        if lines[i].mark and i > 0 and not found and cip < 0 and (label or lines[i].mark > 1):
            return i
    return limit if found else (0 if cip < 0 else limit)


def _standing(text: str, flow: Sequence[Line], m: paragraphs.Measure) -> list[bool]:
    """Whether each line stands by itself: blanks around it, or short between indented lines."""
    out = []
    last = len(flow) - 1
    for i, line in enumerate(flow):
        before = line.gap or i == 0
        after = i == last or flow[i + 1].gap
        if m.wrapped and not (before and after):
            short = ocr.width(text[line.start : line.end], m.english) < m.width * 0.85
            ended = (
                before
                or ocr.width(text[flow[i - 1].start : flow[i - 1].end], m.english) < m.width - 1.5
                or line.indent >= 1
            )
            out.append(short and ended and (after or flow[i + 1].indent >= 1 or m.indents < 0.2))
        else:
            out.append(before and after)
    return out


def _split_glued(flow: list[Line], heads: list[Heading]) -> None:
    """A heading glued to its paragraph gets a line of its own."""
    shift = 0
    for heading in heads:
        heading.first += shift
        heading.last += shift
        if heading.cut:
            line = flow[heading.last]
            rest = Line(heading.cut, line.end, 0.0, True, line.sheet)
            line.end = heading.cut
            flow.insert(heading.last + 1, rest)
            shift += 1


def _kinds(flow: Sequence[Line], heads: Sequence[Heading], gone: set[int]) -> list[str]:
    kinds = ["text"] * len(flow)
    for i in gone:
        kinds[i] = ""
    for heading in heads:
        kinds[heading.first] = "heading"
        for i in range(heading.first + 1, heading.last + 1):
            kinds[i] = "more"
    inside = False
    starts = {h.first: h for h in heads}
    for i, kind in enumerate(kinds):
        if i in starts and (starts[i].level == 1 or labels.role(starts[i].text)):
            inside = labels.role(starts[i].text) == "bibliography"
        elif inside and kind == "text":
            kinds[i] = "reference"
    return kinds


def _witnessed_pages(
    blocks: list[Block], heads: list[Heading], entries: Sequence[contents.Entry], numbers: dict[int, str | None]
) -> None:
    """Where no folio tells them, page numbers from the contents: certain only where the count agrees.

    Between a heading on page 2 and one on page 4 there are two page ends; if the text is torn in
    just two places there, those are they. A chapter opens its page.
    """
    if any(numbers.values()):
        return
    starts = {h.first: h for h in heads if h.entry is not None}
    last: int | None = None
    torn: list[tuple[Block, int]] = []
    for block in blocks:
        heading = starts.get(block.lines[0])
        page = entries[heading.entry].page if heading is not None and heading.entry is not None else ""
        if page.isdigit():
            if heading is not None and heading.level == 1 and (last is None or int(page) > last):
                block.breaks.append((block.lines[0], page))
                missing = int(page) - 1 - last if last is not None else -1
            else:
                missing = int(page) - last if last is not None else -1
            if last is not None and missing == len(torn):
                for n, (owner, line) in enumerate(torn, 1):
                    owner.breaks.append((line, str(last + n)))
            last, torn = int(page), []
        torn += [(block, line) for line in block.joined]


def _chapters(blocks: Sequence[Block], heads: dict[int, Heading], border: int) -> list[tuple[Chapter, list[Block]]]:
    """Blocks by division: each heading of the first level opens one."""
    out: list[tuple[Chapter, list[Block]]] = []
    body_begun = False
    ended = False
    for block in blocks:
        heading = heads.get(block.lines[0])
        if heading is not None and heading.level == 1:
            label = labels.read(heading.text)
            role = labels.role(heading.text) or (
                "part" if label and label.rank <= 2 and label.style not in ("卷",) else "chapter"
            )
            front = (
                role in {"preface", "foreword", "dedication", "notice", "abstract", "other-credits", "prologue"}
                and not body_begun
            )
            front = front or block.lines[0] < border
            back = body_begun and role in {
                "bibliography",
                "appendix",
                "afterword",
                "index",
                "glossary",
                "endnotes",
                "acknowledgments",
            }
            body_begun = body_begun or not (front or back)
            ended = back
            out.append((Chapter(role, "front" if front else "back" if ended else "body", heading.text), []))
        elif not out:
            out.append(
                (
                    Chapter(
                        "preamble" if block.lines[0] < border else "chapter",
                        "front" if block.lines[0] < border else "body",
                        "",
                    ),
                    [],
                )
            )
        out[-1][1].append(block)
    return out


class Joiner:
    """Makes a passage of the lines of a block: what stood at the line ends goes, or is a blank."""

    def __init__(self, raw: str, english: bool) -> None:
        self.raw = raw
        self.english = english
        self._words: set[str] | None = None

    def passage(self, block: Block, flow: Sequence[Line]) -> Passage:
        """The block as one run of text."""
        raw = self.raw
        pieces: list[Piece] = []
        for n, i in enumerate(block.lines):
            line = flow[i]
            if n:
                pieces += self._between(flow[block.lines[n - 1]], line, pieces)
            pieces.append(Piece(raw[line.start : line.end], line.start, line.end))
        return Passage(pieces, [(flow[i].start, number) for i, number in block.breaks])

    def _between(self, a: Line, b: Line, pieces: list[Piece]) -> Iterator[Piece]:
        raw = self.raw
        left, right = raw[a.end - 1], raw[b.start]
        gap = raw[a.end : b.start]
        near = not gap.strip()  # else a page's furniture lies between, with records of its own
        end = b.start if near else a.end
        if (
            left in "-\u00ad"
            and re.match(r"[a-z]", right)
            and re.search(r"[A-Za-z][-\u00ad]$", raw[max(0, a.end - 2) : a.end])
        ):
            if self._is_one_word(raw, a, b):
                last = pieces.pop()
                pieces.append(Piece(last.text[:-1], last.start, last.end - 1))
                yield Piece("", a.end - 1, end, "L403")
                return
            yield Piece("", a.end, end, "line-end")
            return
        latin = r"[A-Za-z0-9À-ɏ,.;:!?)\]’”%&—-]"
        blank = self.english or (
            re.match(latin, left)
            and re.match(r"[A-Za-z0-9À-ɏ(\[“‘&]", right)
            and (gap[:1] in (" ", "\t") or left.isalpha() or left in ",.;:")
        )
        if blank and self.english and left == "—":
            blank = False
        yield Piece(" " if blank else "", a.end, end, "line-end")

    def _is_one_word(self, raw: str, a: Line, b: Line) -> bool:
        """Whether a hyphen at a line's end only divides a word: the book's own words decide."""
        if self._words is None:
            self._words = set(re.findall(r"[a-z]+(?:-[a-z]+)*", raw.lower()))
        first = re.search(r"[A-Za-z-]+$", raw[a.start : a.end])
        second = re.match(r"[A-Za-z-]+", raw[b.start : b.end])
        if not first or not second:
            return False
        whole = (first[0][:-1] + second[0]).lower()
        return whole in self._words or (first[0] + second[0]).lower() not in self._words


def _write(chapter: Chapter, blocks: Sequence[Block], heads: dict[int, Heading], flow: Sequence[Line], joiner: Joiner,
           ledger: Ledger, emendations: list[Emendation], doubts: list[Doubt], english: bool) -> None:  # fmt: skip
    """Correct the blocks of a division and write its file."""
    signed = _signature(chapter, blocks, flow, joiner.raw)
    script: rules.Script = "en" if english else "zh"
    for n, block in enumerate(blocks):
        passage = joiner.passage(block, flow)
        heading = heads.get(block.lines[0])
        if heading is not None:
            _correct_heading(passage, heading, script, doubts)
            emend.apply(emendations, passage, chapter.path)
            chapter.heading(passage, heading.level, ledger)
            continue
        rules.apply(rules.RULES, passage, script)
        emend.apply(emendations, passage, chapter.path)
        if n == signed:
            chapter.fence("::: {.signature}", ledger, passage.start)
        chapter.paragraph(passage, ledger)
    if signed is not None and blocks:
        chapter.fence(":::", ledger, flow[blocks[-1].lines[-1]].end)
    if chapter.pending and chapter.length:
        chapter.pending = []


SIGNED = re.compile(
    rf"^(?:[{HAN}·\s]{{2,12}}|.{{0,12}}[{HAN}\d○]{{2,4}}\s*年.{{0,16}}|[A-Z][\w. ]{{2,30}}|.{{0,24}}\b1[5-9]\d\d)$"
)


def _signature(chapter: Chapter, blocks: Sequence[Block], flow: Sequence[Line], raw: str) -> int | None:
    """Where name, place and date at the end of a preface or an afterword begin."""
    if (
        chapter.role not in {"preface", "foreword", "afterword", "acknowledgments", "notice", "introduction"}
        and chapter.matter != "front"
    ):
        return None
    n = len(blocks)
    while n > 1 and len(blocks) - n < 4:
        block = blocks[n - 1]
        text = raw[flow[block.lines[0]].start : flow[block.lines[-1]].end]
        if block.kind != "text" or len(text) > 30 or re.search("[。！？，；：,;:]", text) or not SIGNED.match(text):
            break
        n -= 1
    return n if n < len(blocks) else None


def _correct_heading(passage: Passage, heading: Heading, script: rules.Script, doubts: list[Doubt]) -> None:
    """Bring a heading into its right form; what the contents prove is told as evidence."""
    if passage.text == heading.text:
        return
    rules.apply(rules.RULES, passage, script)
    source = passage.text
    witnessed = _letters(source) != _letters(heading.text)
    for code, evidence, wanted in (("H501", "", False), ("H502", heading.evidence or "the printed contents", True)):
        if wanted == witnessed:
            edits = [
                Edit(i1, i2, heading.text[j1:j2], evidence)
                for tag, i1, i2, j1, j2 in SequenceMatcher(None, source, heading.text, autojunk=False).get_opcodes()
                if tag != "equal"
            ]
            passage.apply(edits, code)
    if heading.evidence and heading.evidence != headings.GLUED:
        doubts.append(
            Doubt(
                passage.start,
                "H503",
                f"heading “{heading.text}”: {heading.evidence}",
                "compare it with the scan",
                "note",
            )
        )


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _rest_of_leaf(ledger: Ledger, leaves: Leaves, line: Line) -> None:
    """Labels and marks around the values of a leaf's line."""
    if any(line is prose for prose in leaves.prose):
        return
    spans = sorted((s, e) for s, e, _ in [*leaves.moved, *leaves.aside] if s < line.end and e > line.start)
    at = line.start
    for start, end in [*spans, (line.end, line.end)]:
        if start > at:
            ledger.add(at, start, "aside", rule="label" if spans else "notice")
        at = max(at, end)


def _contents_records(ledger: Ledger, lines: Sequence[Line], found: contents.Contents) -> None:
    used = set()
    for n, entry in enumerate(found.entries, 1):
        for start, end in entry.spans:
            if (start, end) not in used:
                ledger.add(start, end, "moved", after=f"contents.tsv:{n}", rule="contents")
                used.add((start, end))
    for i in range(found.first, found.last):
        if (lines[i].start, lines[i].end) not in used:
            ledger.add(
                lines[i].start, lines[i].end, "aside", rule="folio" if i in found.furniture else "contents-heading"
            )


def _missing(entries: Sequence[contents.Entry], heads: Sequence[Heading], doubts: list[Doubt], end: int) -> None:
    """What the printed contents promise and the text lacks."""
    got = {h.entry for h in heads}
    lacking = [n for n in range(len(entries)) if n not in got]
    if not lacking or not entries:
        return
    tail = len(entries)
    while tail - 1 in lacking:
        tail -= 1
    for n in lacking:
        if n < tail:
            doubts.append(
                Doubt(
                    entries[n].spans[0][0],
                    "H504",
                    f"the contents promise “{entries[n].text}” (page {entries[n].page}); the text has no such heading",
                    "look for it in the scan",
                )
            )
    if tail < len(entries):
        doubts.append(
            Doubt(
                end - 1,
                "T801",
                f"the text breaks off: {len(entries) - tail} headings of the contents are missing, from “{entries[tail].text}” on",
                "scan the rest",
                "error",
            )
        )


def _counts(result: Restored, blocks: Sequence[Block]) -> dict[str, int]:
    text = result.raw.text
    by_kind = {"kept": 0, "replaced": 0, "moved": 0, "aside": 0}
    for record in result.ledger.records(text):
        if record.kind in by_kind:
            by_kind[record.kind] += record.end - record.start
    return {
        "characters": len(text),
        "kept": by_kind["kept"],
        "replaced": by_kind["replaced"],
        "moved": by_kind["moved"],
        "set_aside": by_kind["aside"],
        "paragraphs": sum(b.kind != "heading" for b in blocks),
        "headings": sum(b.kind == "heading" for b in blocks),
        "notes": 0,
        "doubts": len(result.doubts),
    }


def ingest(
    raw: Sequence[Path],
    folder: Path,
    *,
    encoding: str | None = None,
    force: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> IngestResult:
    """Make ``folder/source`` of raw texts; see `IngestResult`. A person's work is kept."""
    source = folder / "source"
    text = ocr.read(raw, encoding)
    if not force:
        store.refuse_to_overwrite(source)
    emendations = emend.load(source / "emendations.toml")
    book = restore(text, emendations, progress)
    progress("writing")
    files: dict[str, bytes] = {f"ocr/{f.name}": f.content for f in text.files}
    files |= {c.path: c.text.encode() for c in book.chapters}
    if book.entries:
        files["contents.tsv"] = contents_tsv(book.entries).encode()
    if not (source / "emendations.toml").is_file():
        files["emendations.toml"] = emend.EMPTY.encode()
    files["book.toml"] = book_toml(book.leaves, book.chapters, book.toc_after, book.language).encode()
    header = {
        "ledger": VERSION,
        "raw": [
            {
                "file": f"ocr/{f.name}",
                "encoding": f.encoding,
                "bom": f.bom.hex(),
                "sha256": f.sha256,
                "characters": f.characters,
                "odd": list(f.odd),
            }
            for f in text.files
        ],
        "sources": {name: store.digest(content) for name, content in files.items() if name != "emendations.toml"},
    }
    confidence = {r.code: r.confidence.value for r in rules.RULES} | {
        "H501": "certain",
        "H502": "probable",
        "L403": "probable",
        "emendation": "certain",
    }
    stale = [p for p in sorted((source / "chapters").glob("*.md")) if p.relative_to(source).as_posix() not in files]
    for name, content in files.items():
        if name != "book.toml":
            store.write(source / name, [content])
    store.write(source / "ledger.jsonl", (line.encode() for line in book.ledger.written(text.text, header, confidence)))
    store.write(source / "book.toml", [files["book.toml"]])
    for path in stale:
        path.unlink()
    findings = report.write(book, folder)
    made = [source / name for name in [*files, "ledger.jsonl"]]
    reports = folder / "build" / "reports"
    return IngestResult((*made, reports / "ingest.json", reports / "ingest.html"), book.counts, findings)
