"""Classify the lines of the raw text: where the text begins and ends, headings, bibliographies, tables, notes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dingben.language import han, heading_labels
from dingben.restore.contents import Contents
from dingben.restore.footnotes import Notes
from dingben.restore.headings import Heading, numbered_runs
from dingben.restore.lines import Line
from dingben.restore.metadata import cip, contributors, imprint, title_lines
from dingben.restore.paragraphs import Measure


def find_text_start(text: str, lines: Sequence[Line], found: Contents | None, english: bool) -> int:
    """Return the index of the line where the title pages end and the text, or its contents, begin."""
    limit = found.first if found else min(len(lines), 200)
    texts = [text[line.start : line.end] for line in lines[:limit]]
    block = next((i for i, own in enumerate(texts) if cip.CIP.search(own.replace(" ", ""))), -1)
    runs = {} if found or block >= 0 else _find_runs(text, lines)
    for i in range(block + 1, limit):
        own = texts[i]
        if len(own) > 60:
            if not found and block < 0 and re.search("[。.!?！？]", own):
                return i
            continue
        if han.skeleton(own) in heading_labels.FRONT_WORDS and lines[i].gap:
            return i
        if not found and (i in runs or _begins_text(own, lines, i, english)):
            return i
        level = lines[i].marked_level
        if level and i > 0 and not found and block < 0 and (heading_labels.read(own) or level > 1):
            return i
    return limit if found or block >= 0 else _find_leaf_end(texts, lines)


FIRST = frozenset({"章", "回", "篇", "节", "節", "话", "話", "集", "编", "編", "部", "卷", "volume-卷", "extra"}) | {
    "chapter",
    "part",
    "book",
    "han",
}
"""Styles of labels that the text may begin with."""


def _begins_text(own: str, lines: Sequence[Line], i: int, english: bool) -> bool:
    """Whether a line is the first heading of the text."""
    label = heading_labels.read(own)
    if label is None or label.number[:1] not in {(0,), (1,)} or label.style not in FIRST or own[-1] in "，。；,;":
        return False
    parted = label.rank in (heading_labels.CHAPTER_RANK, 5) and not own[label.end : label.end + 1].isalnum()
    return english or lines[i].gap or parted


def _find_runs(text: str, lines: Sequence[Line]) -> dict[int, heading_labels.Label]:
    """The first lines of runs of numbered headings."""
    last = len(lines) - 1
    alone = [
        (line.gap or _ends_sentence(text, lines[i - 1])) and (i == last or _begins_paragraph(line, lines[i + 1]))
        for i, line in enumerate(lines)
    ]
    runs = numbered_runs.find([text[line.start : line.end] for line in lines], alone, set())
    return {i: label for i, label in runs.items() if label.number[0] <= 1}


def _ends_sentence(text: str, line: Line) -> bool:
    """Whether a line ends a sentence, or is too short for one."""
    return (
        line.end - line.start < 24
        or han.SENTENCE_END.search(text[max(line.start, line.end - 8) : line.end]) is not None
    )


def _begins_paragraph(line: Line, following: Line) -> bool:
    return following.gap or following.indent > line.indent


def _find_leaf_end(texts: Sequence[str], lines: Sequence[Line]) -> int:
    """The end of a title leaf before a text without a heading: the lines down to a gap behind the author's name."""
    first = next((i for i, own in enumerate(texts[:6]) if _names_people(own)), -1)
    if first < 0 or any(re.search("[。！？]", own) for own in texts[:first]):
        return 0
    end = first + 1
    while end < len(texts) and not lines[end].gap and end < 8 and not re.search("[。！？，]", texts[end]):
        end += 1
    return end if end == len(texts) or lines[end].gap else first + 1


def _names_people(own: str) -> bool:
    stated = contributors.STATEMENT.match(own) and len(own) < 24
    return bool(stated) or title_lines.names_author(own)


def find_imprint(text: str, lines: Sequence[Line], begin: int) -> int:
    """Return the index of the line where an imprint at the end of the book begins; the number of lines without one."""
    first = max(begin, len(lines) - 60)
    marks = [i for i in range(first, len(lines)) if _is_imprint(text[lines[i].start : lines[i].end])]
    while marks and sum(m - marks[0] < 25 for m in marks) < 3:
        marks.pop(0)
    if len(marks) < 3:
        return len(lines)
    start = marks[0]
    while start - 1 > begin and not lines[start].gap and lines[start - 1].end - lines[start - 1].start < 40:
        start -= 1
    return start


def _is_imprint(line: str) -> bool:
    bare = line.replace(" ", "")
    found = (
        imprint.LABEL.match(line)
        or imprint.GLUED.match(line)
        or cip.CIP.search(bare)
        or cip.CIP_NUMBER.search(line)
        or cip.ISBN.search(line)
    )
    return len(line) < 90 and found is not None


def find_isolated(text: str, lines: Sequence[Line], measure: Measure) -> list[bool]:
    """Tell for each line whether it is isolated: blank lines around it, or short between indented lines."""
    out = []
    last = len(lines) - 1
    for i, line in enumerate(lines):
        before = line.gap or i == 0
        after = i == last or lines[i + 1].gap
        if measure.wrapped and not (before and after):
            previous = lines[i - 1]
            short = _width(text, line, measure) < measure.width * 0.85
            ended = before or _width(text, previous, measure) < measure.width - 1.5 or line.indent >= 1
            following = lines[i + 1] if i < last else line
            parted = (
                after or following.indent >= 1 or measure.indents < 0.2 or _has_short_label(text, following, measure)
            )
            out.append(short and ended and parted)
        else:
            out.append(before and after)
    return out


def _width(text: str, line: Line, measure: Measure) -> float:
    return han.width(text[line.start : line.end], measure.english)


def _has_short_label(text: str, line: Line, measure: Measure) -> bool:
    """Whether a line is a short one that begins with the number of a heading."""
    labelled = heading_labels.read(text[line.start : line.end]) is not None
    return labelled and _width(text, line, measure) < measure.width * 0.85


def split_run_in_headings(lines: list[Line], headings: Sequence[Heading]) -> None:
    """Give a heading that is run in with its paragraph a line of its own."""
    shift = 0
    for heading in headings:
        heading.first += shift
        heading.last += shift
        if heading.cut:
            line = lines[heading.last]
            rest = Line(heading.cut, line.end, 0.0, True, line.sheet, front=line.front)
            line.end = heading.cut
            lines.insert(heading.last + 1, rest)
            shift += 1


def mark_headings(lines: Sequence[Line], headings: Sequence[Heading]) -> None:
    """Mark the lines of headings."""
    for heading in headings:
        lines[heading.first].kind = "heading"
        lines[heading.first].heading = heading
        for line in lines[heading.first + 1 : heading.last + 1]:
            line.kind = "heading-continued"


def mark_bibliography(lines: Sequence[Line]) -> None:
    """Mark the lines under the heading of a bibliography, up to the next chapter or titled division."""
    inside = False
    for line in lines:
        heading = line.heading
        if heading and (heading.level == 1 or heading_labels.role(heading.text)):
            inside = heading_labels.role(heading.text) == "bibliography"
        elif inside and line.kind == "text":
            line.kind = "bibliography"


def mark_notes(notes: Notes) -> None:
    """Mark the lines of notes, of notes without a call, and of the headings over them; attach notes to their calls."""
    for note in sorted(notes.notes, key=lambda note: note.call.start):
        note.call.line.notes.append(note)
        for line in note.lines:
            line.kind = "note"
    for lines in notes.uncalled:
        for line in lines:
            line.kind = "uncalled-note"
    for line in notes.headings:
        line.kind = "notes-heading"
        line.heading = None
