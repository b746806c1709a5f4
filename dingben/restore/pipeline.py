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

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dingben import rules
from dingben.book.emendations import Emendation
from dingben.book.ledger import Ledger
from dingben.book.raw_text import RawText
from dingben.diagnostics import Diagnostic
from dingben.language import heading_labels
from dingben.language.script import detect_language
from dingben.restore import apply_emendations, contents, footnotes, headings, line_fit, paragraphs, running_heads
from dingben.restore import chapters as compose
from dingben.restore import classify_lines as flows
from dingben.restore.headings import Heading
from dingben.restore.lines import split_lines
from dingben.restore.metadata import imprint
from dingben.restore.metadata.fields import MetadataFields
from dingben.restore.metadata.fields import enter as enter_leaves
from dingben.restore.paragraphs import Block
from dingben.restore.source_writer import Chapter, numbered


@dataclass(slots=True)
class Draft:
    """The book as it was found in the raw text, not yet on disk."""

    raw: RawText
    language: str
    leaves: MetadataFields
    entries: list[contents.Entry]
    chapters: list[Chapter]
    ledger: Ledger
    toc_after: int | None
    counts: dict[str, int]
    doubts: list[Diagnostic] = field(default_factory=list)


def restore(raw: RawText, emendations: list[Emendation], progress: Callable[[str], None] = lambda _: None) -> Draft:
    """Make a book of the raw text, in memory."""
    text = raw.text
    progress("reading")
    language = detect_language(text)
    english = language == "en"
    lines = split_lines(raw)
    found = contents.find(text, lines, english)
    begin = flows.beginning(text, lines, found, english)
    ledger = Ledger()
    doubts: list[Diagnostic] = []
    end = len(lines) if english else flows.ending(text, lines, max(begin, found.last if found else 0))
    leaf_lines = [*lines[:begin], *lines[end:]]
    leaves = imprint.read(text, leaf_lines, english)
    if found:
        flows.drop_titles(found, leaves.values.get("book.title", ""))
    doubts += [Diagnostic(message, hint, raw.place(at), "B701", "note") for at, message, hint in leaves.doubts]
    if "book.title" not in leaves.values:
        doubts.append(Diagnostic("the leaves tell no title", "write it into book.toml", raw.place(0), "B703", "error"))
    before = [line for line in leaves.prose if line.start < (lines[end].start if end < len(lines) else len(text))]
    parts = [
        before,
        lines[begin : found.first if found else end],
        lines[found.last : end] if found else [],
        leaves.prose[len(before) :],
    ]
    flow = [line for part in parts for line in part]
    border = len(before) + (found.first - begin if found else 0)
    borders = {0, len(before), border, len(flow) - len(parts[3])}
    for i in borders:
        if i < len(flow):
            flow[i].gap = True

    progress("headings")
    measure = paragraphs.measure(text, flow, set(), english, fit=False)
    standing = flows.standing(text, flow, measure)
    entries = found.entries if found else []
    heads, mended = headings.find(text, flow, entries, english, standing)
    entries = [replace(e, text=mended.get(n, e.text)) for n, e in enumerate(entries)]
    begins = {flow[i].start for i in borders if i < len(flow)}
    body_from = flow[border].start if border < len(flow) else len(text)
    flows.split_glued(flow, heads)
    borders = {i for i, line in enumerate(flow) if line.start in begins}
    border = next((i for i, line in enumerate(flow) if line.start == body_from), len(flow))
    taken = {i for h in heads for i in range(h.first, h.last + 1)}

    progress("pages")
    high = [e.text for e in entries if e.level < 3] + [h.text for h in heads if h.level < 3]
    titles = [leaves.values.get("book.title", ""), *high, "目录", "前言"]
    chief = [e.text for e in entries if e.level == 1] + [h.text for h in heads if h.level == 1]
    titles += [t[label.end :] for t in chief if (label := heading_labels.read(t))]
    furniture = running_heads.find(text, flow, titles, taken, flows.standing(text, flow, measure))
    numbers = running_heads.numbers(flow, furniture, borders)

    progress("paragraphs")
    gone = {f.line for f in furniture}
    kinds = flows.kinds(text, flow, heads, gone)
    notes = footnotes.find(text, flow, heads, kinds, gone)
    heads = [h for h in heads if h.first not in notes.headings]
    flows.set_notes(kinds, notes)
    measure = paragraphs.measure(text, flow, {i for i, kind in enumerate(kinds) if kind != "text"}, english)
    blocks = paragraphs.build(text, flow, kinds, numbers, measure, borders)
    if not furniture:
        blocks = line_fit.join(text, flow, blocks, {h.first: h for h in heads}, measure)
    running_heads.witnessed(blocks, heads, entries, numbers)
    running_heads.drop_repeats(blocks)

    progress("rules")
    flows.promote(heads)
    by_line = {h.first: h for h in heads}
    chapters = compose.divided(blocks, by_line, border)
    result = Draft(raw, language, leaves, entries, [c for c, _ in chapters], ledger, None, {}, doubts)
    result.toc_after = sum(1 for _, b in chapters if b and b[0].lines[0] < border) if found else None
    for chapter, own in chapters:
        if not chapter.title:
            compose.give_title(chapter, leaves, language)
            message = f"the text begins without a heading; it is titled “{chapter.given}”"
            place = raw.place(flow[own[0].lines[0]].start)
            doubts.append(Diagnostic(message, "write its heading, or a title in book.toml", place, "H506"))
    numbered(result.chapters)
    by_call: dict[int, list[footnotes.Note]] = {}
    for note in sorted(notes.notes, key=lambda n: n.call.start):
        by_call.setdefault(note.call.line, []).append(note)
    script: rules.Script = "en" if english else "zh"
    joiner = compose.Joiner(text, english)
    able = rules.for_book(rules.RULES, text)
    composer = compose.ChapterWriter(
        flow, by_line, by_call, joiner, ledger, emendations, doubts, raw.place, script, able
    )
    for chapter, own in chapters:
        chapter.markup = any(line.mark for line in lines)
        composer.write(chapter, own)
    apply_emendations.settle(emendations)

    enter_leaves(leaves, leaf_lines, ledger)
    if found:
        contents.enter(ledger, lines, found)
    for f in furniture:
        ledger.add(flow[f.line].start, flow[f.line].end, "aside", rule=f.kind)
    for i in notes.headings:
        ledger.add(flow[i].start, flow[i].end, "aside", rule="notes-heading")
    for i, kind in enumerate(kinds):
        if kind == "picture":
            ledger.add(flow[i].start, flow[i].end, "aside", rule="picture")
            hint = "put the file into source/images and link it"
            doubts.append(Diagnostic("a picture stood here", hint, raw.place(flow[i].start), "F702"))
    for line in lines:
        if line.mark:
            ledger.add(line.sharp, line.start, "aside", rule="markdown-heading")
    for start, end in ledger.close(text):
        message = f"left out of the edition: {text[start:end][:20]}"
        doubts.append(Diagnostic(message, "a fault of dingben: please report it", raw.place(start), "X900", "error"))
    for call in notes.orphans:
        message = f"a call {call.sign} without a note"
        doubts.append(Diagnostic(message, "left where it stood", raw.place(call.start), "N602"))
    for n in notes.loose:
        doubts.append(Diagnostic("a note without a call", "left where it stood", raw.place(flow[n[0]].start), "N603"))
    for call in notes.guessed:
        message = f"the figure {call.sign} was taken for a note's call"
        doubts.append(Diagnostic(message, "compare it with the scan", raw.place(call.start), "N604"))
    _missing(entries, heads, doubts, raw)
    result.counts = _counts(result, blocks) | {"notes": len(notes.notes)}
    return result


def _missing(
    entries: Sequence[contents.Entry], heads: Sequence[Heading], doubts: list[Diagnostic], raw: RawText
) -> None:
    """What the printed contents promise and the text lacks."""
    got = {h.entry for h in heads}
    lacking = [n for n in range(len(entries)) if n not in got]
    tail = len(entries)
    while tail - 1 in lacking:
        tail -= 1
    for n in lacking[: len(lacking) - (len(entries) - tail)]:
        message = f"the contents promise “{entries[n].text}” (page {entries[n].page}); the text has no such heading"
        doubts.append(Diagnostic(message, "look for it in the scan", raw.place(entries[n].spans[0][0]), "H504"))
    if tail < len(entries):
        count, first = len(entries) - tail, entries[tail].text
        message = f"the text breaks off: {count} headings of the contents are missing, from “{first}” on"
        doubts.append(Diagnostic(message, "scan the rest", raw.place(len(raw.text) - 1), "T801", "error"))


def _counts(result: Draft, blocks: Sequence[Block]) -> dict[str, int]:
    text = result.raw.text
    by_kind = result.ledger.totals()
    return {
        "characters": len(text),
        "kept": by_kind["kept"],
        "replaced": by_kind["replaced"],
        "moved": by_kind["moved"],
        "set_aside": by_kind["aside"],
        "paragraphs": sum(b.kind != "heading" for b in blocks),
        "headings": sum(b.kind == "heading" for b in blocks),
        "doubts": len(result.doubts),
    }
