"""Lines that are no running prose, by the shape of the whole text: verse, speeches, entries, two languages, signatures.

Each finder asks the whole text first whether it has such lines at all. A line that is found begins a paragraph of its
own; one that is not found is joined as `paragraphs` decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from dingben.language.han import HAN, SENTENCE_END, width
from dingben.restore.lines import Line
from dingben.restore.paragraphs import Measure
from dingben.restore.text import verse, wrapping

SPEAKER = re.compile(rf"(?P<name>[{HAN}·]{{1,5}}|[{HAN}][\u3000 ]{{1,2}}[{HAN}])(?:[\u3000\t]|  |[ \u3000]?[:：])")
LATIN_SPEAKER = re.compile(r"(?P<name>[A-Z][A-Za-z]*(?: [A-Z][A-Za-z]*){0,2})(?:\.|:)(?= )")
ENTRY = re.compile(
    rf"【[^】\s]{{1,12}}】|[{HAN}]{{1,8}}\s?[(（〔\[]?[a-z]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]*"
    rf"|[{HAN}]{{1,6}}\u3000"
)
LATIN_ENTRY = re.compile(r"[A-Z][A-Z'-]+,? (?:\([^)]{1,30}\),? )?(?:n|v|a|adj|adv|prep|v\.[ti])\.")
DIRECTION = re.compile(r"[［\[（(][^］\]）)]*(?:[］\]）)]$|$)")
FEWEST = 3
"""Lines of a kind that show that the text has it."""
SHARE = 5
"""One paragraph in so many must begin like a speech or an entry."""
SHORT = 16
HALF = 3
"""Characters of the shortest half of a verse."""


def mark(raw: str, lines: Sequence[Line], m: Measure) -> None:
    """Mark the verses, and the lines that begin a paragraph of their own."""
    for stanza in verse.find(raw, lines, m).stanzas:
        for i in stanza:
            lines[i].kind = "verse"
            halves = re.split(r"[ \u00a0]+", raw[lines[i].start : lines[i].end])
            lines[i].has_gap = len(halves) == 2 and min(map(len, halves)) >= HALF
    body = [i for i, line in enumerate(lines) if line.kind == "text"]
    texts = {i: raw[lines[i].start : lines[i].end] for i in body}
    _mark_openings(lines, texts, _speeches(texts, m))
    _mark_openings(lines, texts, _entries(texts, m))
    _mark_languages(lines, texts)
    _mark_set_right(lines, texts, m)
    if not m.english:
        _join_indented_blocks(lines, texts)


def _mark_openings(lines: Sequence[Line], texts: dict[int, str], openings: set[int]) -> None:
    """Keep speeches or entries apart, and the stage directions between them."""
    if not openings:
        return
    for i, text in texts.items():
        if i in openings:
            lines[i].apart = True
        elif DIRECTION.match(text) and (lines[i].gap or (i - 1 in texts and SENTENCE_END.search(texts[i - 1]))):
            lines[i].apart = True
            if i + 1 in texts and re.search(r"[］\]）)]$", text):
                lines[i + 1].apart = True


def _speeches(texts: dict[int, str], m: Measure) -> set[int]:
    """Lines that begin with the name of a speaker, where few names begin many lines."""
    pattern = LATIN_SPEAKER if m.english else SPEAKER
    names = {i: re.sub(r"\s", "", match["name"]) for i, text in texts.items() if (match := pattern.match(text))}
    counts = Counter(names.values())
    known = {name for name, count in counts.items() if count > 1}
    found = {i for i, name in names.items() if name in known}
    if len(known) < 2 or len(found) < FEWEST or len(found) * SHARE < _paragraphs(texts):
        return set()
    return set(names)


def _entries(texts: dict[int, str], m: Measure) -> set[int]:
    """Lines that begin with a headword, where many do."""
    pattern = LATIN_ENTRY if m.english else ENTRY
    found = {i for i, text in texts.items() if pattern.match(text)}
    return found if len(found) > FEWEST and len(found) * SHARE >= _paragraphs(texts) else set()


def _paragraphs(texts: dict[int, str]) -> int:
    """How many paragraphs there may be: lines that end a sentence."""
    return max(1, sum(SENTENCE_END.search(text) is not None for text in texts.values()))


def _mark_languages(lines: Sequence[Line], texts: dict[int, str]) -> None:
    """Keep the lines of two languages apart, where both are frequent and change between sentences."""
    scripts = {i: verse.script(text) for i, text in texts.items()}
    counts = Counter(scripts.values())
    changes = [(a, b) for a, b in pairwise(texts) if scripts[a] and scripts[b] and scripts[a] != scripts[b]]
    if len(changes) < 2 or min(counts["han"], counts["latin"]) * 6 < len(texts):
        return
    ended = sum(lines[b].gap or SENTENCE_END.search(texts[a]) is not None for a, b in changes)
    if ended * 5 >= 4 * len(changes):
        for _, b in changes:
            lines[b].apart = True


def _mark_set_right(lines: Sequence[Line], texts: dict[int, str], m: Measure) -> None:
    """Keep short lines that are set to the right apart: signatures and dates."""
    for i, text in texts.items():
        if lines[i].indent >= verse.FAR * (2 if m.english else 1) and width(text) <= SHORT:
            lines[i].apart = lines[i].has_gap = True
            if i + 1 in texts:
                lines[i + 1].apart = True


def _join_indented_blocks(lines: Sequence[Line], texts: dict[int, str]) -> None:
    """Join the lines of a block that are all indented alike, where most of them end inside a clause."""
    runs: list[list[int]] = []
    for i in texts:
        above = runs[-1][-1] if runs else -2
        if above == i - 1 and not lines[i].gap and not lines[i].apart and lines[i].indent == lines[above].indent:
            runs[-1].append(i)
        else:
            runs.append([i])
    for run in runs:
        full = max(width(texts[i]) for i in run)
        if len(run) < 3 or lines[run[0]].indent < 1 or full < wrapping.NARROWEST:
            continue
        ends = [(i, width(texts[i]) >= full - 1.5) for i in run[:-1]]
        torn = sum(
            is_full and (not wrapping.MARKED_END.search(texts[i]) or texts[i + 1][0] in wrapping.NEVER_FIRST)
            for i, is_full in ends
        )
        marks = sum(len(wrapping.MARK.findall(texts[i])) for i in run)
        if torn * 2 >= len(ends) and marks >= len(run) and all(is_full for _, is_full in ends):
            for i in run[1:]:
                lines[i].goes_on = True
