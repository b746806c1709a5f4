"""The lines of the text in reading order, and what each of them is, before paragraphs are made."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dingben.language import han, heading_labels
from dingben.restore import contents
from dingben.restore.footnotes import Notes
from dingben.restore.headings import Heading
from dingben.restore.lines import Line
from dingben.restore.metadata import cip, imprint
from dingben.restore.paragraphs import Measure


def beginning(text: str, lines: Sequence[Line], found: contents.Contents | None, english: bool) -> int:
    """The line where the title leaves end and the text, or the contents, begin."""
    limit = found.first if found else min(len(lines), 200)
    block = next((i for i in range(limit) if cip.CIP.search(text[lines[i].start : lines[i].end].replace(" ", ""))), -1)
    for i in range(block + 1, limit):
        own = text[lines[i].start : lines[i].end]
        if len(own) > 60:
            if not found and block < 0 and re.search("[。.!?！？]", own):
                return i
            continue
        mark = han.skeleton(own)
        label = heading_labels.read(own)
        if mark in heading_labels.FRONT_WORDS and lines[i].gap:
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
        if lines[i].mark and i > 0 and not found and block < 0 and (label or lines[i].mark > 1):
            return i
    return limit if found else (0 if block < 0 else limit)


def ending(text: str, lines: Sequence[Line], begin: int) -> int:
    """The line where an imprint at the end of the book begins; the number of lines if there is none."""
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
    found = imprint.LABEL.match(line) or cip.CIP.search(bare) or cip.CIP_NUMBER.search(line) or cip.ISBN.search(line)
    return len(line) < 90 and found is not None


def standing(text: str, flow: Sequence[Line], m: Measure) -> list[bool]:
    """Whether each line stands by itself: blanks around it, or short between indented lines."""
    out = []
    last = len(flow) - 1
    for i, line in enumerate(flow):
        before = line.gap or i == 0
        after = i == last or flow[i + 1].gap
        if m.wrapped and not (before and after):
            short = han.width(text[line.start : line.end], m.english) < m.width * 0.85
            ended = (
                before
                or han.width(text[flow[i - 1].start : flow[i - 1].end], m.english) < m.width - 1.5
                or line.indent >= 1
            )
            parted = after or flow[i + 1].indent >= 1 or m.indents < 0.2 or _is_label(text, flow[i + 1], m)
            out.append(short and ended and parted)
        else:
            out.append(before and after)
    return out


def _is_label(text: str, line: Line, m: Measure) -> bool:
    """Whether a line is a short one that begins with a heading's label."""
    own = text[line.start : line.end]
    return heading_labels.read(own) is not None and han.width(own, m.english) < m.width * 0.85


def split_glued(flow: list[Line], heads: list[Heading]) -> None:
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


def kinds(text: str, flow: Sequence[Line], heads: Sequence[Heading], gone: set[int]) -> list[str]:
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
        if i in starts and (starts[i].level == 1 or heading_labels.role(starts[i].text)):
            inside = heading_labels.role(starts[i].text) == "bibliography"
        elif inside and kind == "text":
            kinds[i] = "reference"
    if any(line.mark for line in flow):
        for i, line in enumerate(flow):
            if kinds[i] == "text" and text[line.start] == "|" == text[line.end - 1]:
                kinds[i] = "verbatim"
            elif kinds[i] == "text" and PICTURE.fullmatch(text, line.start, line.end):
                kinds[i] = "picture"
    return kinds


PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")


def set_notes(kinds: list[str], notes: Notes) -> None:
    """Take the lines of notes, and the headings over them, out of the text."""
    for note in notes.notes:
        for i in note.lines:
            kinds[i] = "note"
    for lines in notes.loose:
        for i in lines:
            kinds[i] = "loose"
    for i in notes.headings:
        kinds[i] = ""


def promote(heads: Sequence[Heading]) -> None:
    """Chapters are of the first level though parts stand above them: a part is a division of its own."""
    labelled = [(h, heading_labels.read(h.text)) for h in heads]
    in_part = False
    chapters = {h.first for h, label in labelled if h.level == 2 and label and label.rank in (3, 4)}
    for heading, label in labelled:
        if heading.level == 1:
            in_part = label is not None and label.rank <= 2 and bool(chapters)
        elif in_part:
            heading.level -= 1


def drop_titles(found: contents.Contents, title: str) -> None:
    """The book's title among the contents is the running head of their pages."""
    mark = han.skeleton(title)
    for entry in [e for e in found.entries if not e.page and han.skeleton(e.text) == mark]:
        found.entries.remove(entry)
