"""Restore the text of a book: ``STAGES`` turn raw OCR text into chapters, contents and metadata, in this order.

Each stage is a function of a `Draft`. It reads what the stages before it found and adds its own; none touches the
disk. Every raw character ends in the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from dingben.book.emendations import Emendation
from dingben.book.raw_text import RawText
from dingben.language import heading_labels
from dingben.language.script import detect_language, name_of
from dingben.restore import (
    apply_emendations,
    chapters,
    classify_lines,
    contents,
    contents_pages,
    contents_tables,
    footnotes,
    headings,
    line_fit,
    markdown_lines,
    paragraphs,
    scanned,
)
from dingben.restore.account import make_account
from dingben.restore.draft import Draft
from dingben.restore.headings.web_pages import set_aside_parts
from dingben.restore.inline_marks import InlineMarks
from dingben.restore.inputs import boilerplate
from dingben.restore.inputs.registry import read_lines
from dingben.restore.lines import Line
from dingben.restore.metadata import imprint, title_lines
from dingben.restore.metadata.fields import record_metadata
from dingben.restore.pages import numbering, running_heads
from dingben.restore.paragraphs import Measure
from dingben.restore.source_writer import name_files
from dingben.restore.text import line_shapes, poem_titles
from dingben.rules import for_book
from dingben.rules.punctuation import INTERPUNCTS
from dingben.rules.registry import all_rules
from dingben.scan.raw_lines import LineRecord

Stage = Callable[[Draft], None]


def restore(
    raw: RawText,
    emendations: list[Emendation],
    progress: Callable[[str], None] = lambda _: None,
    pictures: Mapping[str, str] | None = None,
    layout: Sequence[LineRecord] = (),
) -> Draft:
    """Restore the book from its raw text, in memory. Raises SourceError where an emendation doesn't fit.

    ``pictures`` are the files in ``source/`` by the targets that the raw text gives them; ``layout`` are the lines of
    page layout files that the raw text was made of.
    """
    draft = Draft(raw, emendations, pictures=pictures or {}, layout=layout)
    shown = ""
    for label, stage in STAGES:
        if label != shown:
            progress(label)
            shown = label
        stage(draft)
    return draft


def find_contents(draft: Draft) -> None:
    """Detect the language, split the text into lines, and find the printed table of contents."""
    text = draft.raw.text
    draft.language = detect_language(text)
    if draft.script == "other":
        message = f"the text is {name_of(draft.language)}, for which there are no rules: only line ends are cleaned"
        draft.report(
            0, "B704", message, "compare it with the scan; if it is Chinese or English, set language in book.toml"
        )
    found = read_lines(draft.raw, scanned=bool(draft.layout))
    scanned.mark_regions(found.lines, draft.layout)
    draft.raw_lines, draft.markup, draft.marks = found.lines, found.markup, InlineMarks(found.marks)
    _set_boilerplate_aside(draft)
    draft.raw_lines, aside = contents_tables.split_rows(text, draft.raw_lines)
    draft.markup += aside
    draft.contents = _choose_contents(draft)


def _choose_contents(draft: Draft) -> contents.Contents | None:
    """Return the contents that lines tell, or those that pages tell if they have clearly more entries."""
    text = draft.raw.text
    by_lines = contents.find(text, draft.raw_lines, draft.english)
    by_pages = contents_pages.find(text, draft.raw_lines, draft.english)
    if by_lines is None or by_pages is None:
        return by_lines or by_pages
    return by_pages if 2 * len(by_pages.entries) > 3 * len(by_lines.entries) else by_lines


def _set_boilerplate_aside(draft: Draft) -> None:
    """Set aside the notices of digital libraries and web sites; a notice on every page ends its page."""
    gone: set[int] = set()
    for notice in boilerplate.find(draft.raw.text, draft.raw_lines):
        first = notice.lines[0]
        words = draft.raw.text[first.start : first.end][:40]
        count = f"{len(notice.lines)} lines" if len(notice.lines) > 1 else "a line"
        message = f"removed as boilerplate ({notice.origin}), {count}, from “{words}”"
        draft.report(first.start, "F703", message, "compare it with the raw text", "note")
        for line in notice.lines:
            gone.add(id(line))
            draft.markup.append((line.start, line.end, "boilerplate"))
    if not gone:
        return
    kept: list[Line] = []
    pages, ended = 0, False
    for line in draft.raw_lines:
        if id(line) in gone:
            ended = ended or boilerplate.SCANNED.match(draft.raw.text, line.start) is not None
            continue
        if ended and kept:
            pages += 1
            line.gap = True
        ended = False
        line.sheet += pages
        kept.append(line)
    draft.raw_lines = kept


def read_metadata(draft: Draft) -> None:
    """Read title pages, CIP data and imprint into metadata; what is left is the text."""
    text, lines, found = draft.raw.text, draft.raw_lines, draft.contents
    start = classify_lines.find_text_start(text, lines, found, draft.english)
    after = max(start, found.last if found else 0)
    end = len(lines) if draft.english else classify_lines.find_imprint(text, lines, after)
    draft.metadata_lines = [*lines[:start], *lines[end:]]
    markdown_lines.strip_emphasis(draft, draft.metadata_lines)
    words = [line for line in draft.metadata_lines if line.kind == "text"]
    metadata = draft.metadata = imprint.read(text, words, draft.english, _titles_at_page_heads(draft))
    metadata.prose = sorted(
        [*metadata.prose, *(line for line in draft.metadata_lines if line.kind != "text")], key=lambda line: line.start
    )
    draft.metadata_lines = words
    if found:
        contents.remove_title(found, metadata.values.get("book.title", ""))
        draft.entries = found.entries
    title_lines.read_file_name(Path(draft.raw.files[0].name).stem if draft.raw.files else "", metadata)
    for offset, message, hint in metadata.doubts:
        draft.report(offset, "B701", message, hint, "note")
    if "book.title" not in metadata.values:
        draft.report(0, "B703", "no title was found on the front pages", "write it into book.toml", "error")
    end_offset = lines[end].start if end < len(lines) else len(text)
    prose_before = [line for line in metadata.prose if line.start < end_offset]
    prose_after = metadata.prose[len(prose_before) :]
    before_contents = lines[start : found.first if found else end]
    after_contents = lines[found.last : end] if found else []
    front = [*prose_before, *(before_contents if found else [])]
    body = [*([] if found else before_contents), *after_contents]
    for part in (prose_before, front[len(prose_before) :], body, prose_after):
        if part:
            part[0].starts_part = part[0].gap = True
    for line in front:
        line.front = True
    draft.lines = [*front, *body, *prose_after]


def _titles_at_page_heads(draft: Draft) -> list[str]:
    """Return lines that are the first of three sheets or more: running heads, before they are known as such."""
    text, lines = draft.raw.text, draft.raw_lines
    firsts = Counter(text[b.start : b.end] for a, b in pairwise(lines) if a.sheet != b.sheet and b.end - b.start <= 40)
    return [words for words, count in firsts.items() if count >= 3 and heading_labels.read(words) is None]


def find_page_ends(draft: Draft) -> None:
    """Find the running heads and folios that are certain, before the headings: some look like headings."""
    text = draft.raw.text
    measure = paragraphs.measure(text, draft.lines, draft.english, fit=False)
    titles = [draft.metadata.values.get("book.title", ""), *(entry.text for entry in draft.entries if entry.level < 3)]
    isolated = classify_lines.find_isolated(text, draft.lines, measure)
    scanned.mark_running_heads(text, draft.lines)
    for each in running_heads.find(text, draft.lines, titles, measure, isolated, final=False):
        each.line.kind = "running-head"
        each.line.running_head = each


def find_headings(draft: Draft) -> None:
    """Find the headings, with the printed contents as witness, and give each its own line."""
    text = draft.raw.text
    draft.lines, aside = set_aside_parts(text, draft.lines)
    draft.markup += aside
    lines = draft.lines
    draft.measure = paragraphs.measure(text, lines, draft.english, fit=False)
    isolated = classify_lines.find_isolated(text, lines, draft.measure)
    draft.headings, corrected = headings.find(text, lines, draft.entries, draft.english, isolated, draft.marks)
    levels = {heading.entry: heading.level for heading in draft.headings if heading.entry is not None}
    draft.entries = [
        replace(entry, text=corrected.get(n, entry.text), level=levels.get(n, entry.level))
        for n, entry in enumerate(draft.entries)
    ]
    classify_lines.split_run_in_headings(lines, draft.headings)
    classify_lines.mark_headings(lines, draft.headings)
    if not draft.entries:
        titles = poem_titles.find(text, lines, draft.headings, draft.measure)
        draft.headings = sorted([*draft.headings, *titles], key=lambda heading: heading.first)
        classify_lines.mark_headings(lines, titles)


def find_running_heads(draft: Draft) -> None:
    """Find the running heads and folios: lines at page edges that repeat a title or count pages."""
    text, entries, found = draft.raw.text, draft.entries, draft.headings
    high = [e.text for e in entries if e.level < 3] + [h.text for h in found if h.level < 3]
    titles = [draft.metadata.values.get("book.title", ""), *high, "目录", "前言"]
    top = [e.text for e in entries if e.level == 1] + [h.text for h in found if h.level == 1]
    titles += [title[label.end :] for title in top if (label := heading_labels.read(title))]
    isolated = classify_lines.find_isolated(text, draft.lines, _measure(draft))
    for each in running_heads.find(text, draft.lines, titles, _measure(draft), isolated):
        each.line.kind = "running-head"
        each.line.running_head = each
        if not each.sure:
            words = text[each.line.start : each.line.end]
            message = f"removed as a running head, though the page end is uncertain: {words[:20]}"
            draft.report(each.line.start, "F701", message, "compare it with the scan", "note")


def number_pages(draft: Draft) -> None:
    """Number the printed pages by their folios, and mark the lines that they begin with."""
    numbering.number_pages(draft.lines)
    draft.entries = numbering.fill_entry_pages(draft.lines, draft.headings, draft.entries)


def find_footnotes(draft: Draft) -> None:
    """Find bibliographies, tables and pictures, then notes and the calls that refer to them."""
    classify_lines.mark_bibliography(draft.lines)
    markdown_lines.mark_markdown(draft)
    markdown_lines.report_latex(draft)
    draft.notes = footnotes.find(draft.raw.text, draft.lines, draft.english, draft.marks)
    classify_lines.mark_notes(draft.notes)
    draft.headings = [h for h in draft.headings if draft.lines[h.first].kind != "notes-heading"]


def join_paragraphs(draft: Draft) -> None:
    """Join printed lines and torn pages into paragraphs."""
    text, lines = draft.raw.text, draft.lines
    measure = draft.measure = paragraphs.measure(text, lines, draft.english)
    line_shapes.mark(text, lines, measure)
    draft.blocks = paragraphs.build(text, lines, measure)
    _report_undecided(draft)
    if not any(line.running_head for line in lines):
        draft.blocks = line_fit.join(text, draft.blocks, measure)
    if not any(line.page for line in lines):
        numbering.number_pages_by_contents(draft.blocks, draft.entries)
    numbering.drop_repeated_numbers(draft.blocks)
    draft.blocks = markdown_lines.drop_breaks(draft.blocks)


def _report_undecided(draft: Draft) -> None:
    """Report the line ends that may be ends of paragraphs or not, all at once, with examples."""
    found = [line for line in draft.lines if line.undecided]
    if not found:
        return
    text = draft.raw.text
    examples = ", ".join(
        f"{draft.raw.place(line.start).line} “{text[line.start : line.end][:10]}”" for line in found[:5]
    )
    count = f"{len(found)} lines begin" if len(found) > 1 else "a line begins"
    message = f"nothing tells whether {count} a paragraph or not; kept apart: line {examples}"
    draft.report(found[0].start, "L404", message, "compare them with the scan, and join what belongs together", "note")


def divide_chapters(draft: Draft) -> None:
    """Divide the paragraphs into chapters at the headings of the first level."""
    headings.promote_chapters(draft.headings)
    draft.chapters = chapters.divide(draft.blocks)
    if draft.contents:
        draft.contents_after = sum(1 for chapter in draft.chapters if chapter.blocks[0].lines[0].front)
    for chapter in draft.chapters:
        if not chapter.title:
            chapters.give_title(chapter, draft.metadata, draft.language)
            message = f"the text begins without a heading; its title is “{chapter.given}”"
            offset = chapter.blocks[0].lines[0].start
            draft.report(offset, "H506", message, "write its heading, or a title in book.toml")
    name_files(draft.chapters)


def correct_and_write(draft: Draft) -> None:
    """Correct each paragraph by the rules and the emendations, and write it as Markdown."""
    writer = chapters.ChapterWriter(draft, for_book(all_rules(), draft.raw.text))
    for chapter in draft.chapters:
        writer.write(chapter)
    apply_emendations.require_one_place(draft.emendations)


def close_ledger(draft: Draft) -> None:
    """Record what did not go into a chapter: metadata, contents, running heads, pictures, markup, blanks."""
    ledger, text = draft.ledger, draft.raw.text
    record_metadata(draft.metadata, draft.metadata_lines, ledger)
    if draft.contents:
        contents.record(ledger, draft.raw_lines, draft.contents)
    written = {id(block.lines[0]) for block in draft.blocks}
    set_aside: list[tuple[Line, str]] = [
        (line, line.running_head.kind if line.running_head else line.kind)
        for line in draft.lines
        if line.kind in ("running-head", "notes-heading", "picture")
        or (line.kind == "thematic-break" and id(line) not in written)
    ]
    for line, rule in set_aside:
        ledger.add(line.start, line.end, "aside", rule=rule)
    for start, end, rule in draft.markup:
        ledger.add(start, end, "aside", rule=rule)
    for start, end in ledger.close(text):
        message = f"left out of the edition: {text[start:end][:20]}"
        draft.report(start, "X900", message, "please report this as a bug", "error")


def report_missing(draft: Draft) -> None:
    """Report notes without calls, calls without notes, and headings of the contents that the text lacks; count."""
    notes = draft.notes
    for call in notes.orphans:
        draft.report(call.start, "N602", f"a call {call.sign} without a note", "left in place")
    for lines in notes.uncalled:
        draft.report(lines[0].start, "N603", "a note without a call", "left in place")
    for call in notes.guessed:
        message = f"the number {call.sign} was read as a note call"
        draft.report(call.start, "N604", message, "compare it with the scan")
    _report_missing_headings(draft)
    _report_interpuncts(draft)
    draft.account = make_account(draft.ledger, draft.raw)
    totals = draft.ledger.totals()
    draft.counts = {
        "characters": len(draft.raw.text),
        "kept": totals["kept"],
        "replaced": totals["replaced"],
        "moved": totals["moved"],
        "set_aside": totals["aside"],
        "paragraphs": sum(block.kind != "heading" for block in draft.blocks),
        "headings": sum(block.kind == "heading" for block in draft.blocks),
        "doubts": len(draft.diagnostics),
        "notes": len(notes.notes),
    }


def _report_interpuncts(draft: Draft) -> None:
    """Report the interpuncts of other code points that became U+00B7, at once."""
    times, _, first = draft.ledger.sums().get(("replaced", "M109"), (0, 0, 0))
    if times:
        signs = " ".join(sorted(INTERPUNCTS.intersection(draft.raw.text)))
        message = f"{times} interpuncts ({signs}) became ·, which the book has everywhere now"
        draft.report(first, "M109", message, "compare one of them with the scan", "note")


def _report_missing_headings(draft: Draft) -> None:
    """Report entries of the contents without a heading; at the end of the book they mean that the text breaks off."""
    entries = draft.entries
    present = {heading.entry for heading in draft.headings}
    end = len(entries)
    while end and end - 1 not in present:
        end -= 1
    for n in range(end):
        if n not in present:
            entry = entries[n]
            message = f"the contents have “{entry.text}” (page {entry.page}), but the text has no such heading"
            draft.report(entry.spans[0][0], "H504", message, "look for it in the scan")
    if end < len(entries):
        count, first = len(entries) - end, entries[end].text
        message = f"the text breaks off: {count} headings of the contents are missing, from “{first}” on"
        draft.report(len(draft.raw.text) - 1, "T801", message, "scan the rest", "error")


def _measure(draft: Draft) -> Measure:
    if draft.measure is None:
        raise ValueError("find_headings must run before")
    return draft.measure


STAGES: tuple[tuple[str, Stage], ...] = (
    ("reading", find_contents),
    ("reading", read_metadata),
    ("pages", find_page_ends),
    ("headings", find_headings),
    ("pages", find_running_heads),
    ("pages", number_pages),
    ("paragraphs", find_footnotes),
    ("paragraphs", join_paragraphs),
    ("rules", divide_chapters),
    ("rules", correct_and_write),
    ("rules", close_ledger),
    ("rules", report_missing),
)
"""Stages of an ingest in order, each with the label that the progress line shows."""
