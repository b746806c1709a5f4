"""Verse: groups of short lines that end where the poet ends them, and the titles of poems.

A group of wrapped prose has full lines; a group of speeches or list items has lines that end like sentences. What is
left are stanzas: lines well short of the measure, without marks inside, or with a mark at each end. A few such lines
in a book of prose may be anything, so there only a quatrain counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dingben.language.han import HAN, SENTENCE_END, width
from dingben.restore.lines import Line
from dingben.restore.paragraphs import ITEM, Measure
from dingben.restore.text import groups
from dingben.restore.text.wrapping import MARK, MARKED_END, reach

FAR = 6.0
"""Han characters of indent that set a line to the right."""
HAN_LETTER, LATIN_WORD = re.compile(f"[{HAN}]"), re.compile("[A-Za-z]{2}")
LONGEST = 24
"""Han characters of the longest verse; of a Latin one, 80 half characters."""
LONGEST_LATIN = 80
ENTRY_LIKE = re.compile(r"[:：\t]|^\S{1,6}[\u3000 ]{2,}|^[^\W\d_]{2,6}\u3000")
NUMBERS = re.compile(r"[0-9]")
DATED = re.compile(r"[0-9〇○零一二三四五六七八九十]{1,4}\s*[年月日]|\b1[5-9]\d\d\b|\b20\d\d\b|^[—–-]|[，。；：,;:]$")
"""Lines beneath a poem, or mottoes above it: a date, a dedication, a sentence."""
MOSTLY = 0.5
"""Share of the lines of a book of poems that stand in stanzas."""


@dataclass(frozen=True, slots=True)
class Verse:
    """The stanzas of a text, as indexes of lines, and the lines that are titles of poems."""

    stanzas: list[list[int]]
    titles: list[int]


def find(raw: str, lines: Sequence[Line], m: Measure) -> Verse:
    """Find the stanzas, and in a book of poems their titles."""
    found = groups.find(lines)
    likely = [g for g in found if _is_stanza(raw, lines, g, m, 2)]
    total = sum(len(g) for g in found)
    if sum(len(g) for g in likely) < MOSTLY * max(1, total):
        return Verse([g for g in likely if _is_stanza(raw, lines, g, m, 4) or _is_couplet(raw, lines, g, m)], [])
    return Verse(likely, _titles(raw, lines, found, likely, m))


def _is_stanza(raw: str, lines: Sequence[Line], group: Sequence[int], m: Measure, least: int) -> bool:
    """Whether a group of at least ``least`` lines has the shape of verse."""
    if len(group) < least:
        return False
    texts = [raw[lines[i].start : lines[i].end] for i in group]
    widths = [width(text, m.english) for text in texts]
    if max(widths) > (LONGEST_LATIN if m.english else LONGEST) or sum(widths) < 3 * len(texts):
        return False
    if any(lines[i].marked_level for i in group) or _is_list(texts) or len({script(text) for text in texts} - {""}) > 1:
        return False
    if len(group) <= 3 and all(lines[i].indent >= FAR for i in group):  # a name and a date, set to the right
        return False
    if m.english:
        return _is_latin_stanza(raw, lines, group, texts, m)
    ended = sum(SENTENCE_END.search(text) is not None for text in texts)
    marked = sum(MARKED_END.search(text) is not None for text in texts)
    if m.wrapped and sum(reach(raw, lines[i], False) > m.width * 0.85 for i in group[:-1]) * 4 > len(group):
        return False
    if marked * 5 >= 4 * len(texts):  # each line ends a clause: verse if not each ends a sentence, or all are alike
        return ended * 4 <= 3 * len(texts) or _are_alike(widths)
    inner = sum(len(MARK.findall(text[:-1])) for text in texts)
    return inner * 5 <= 2 * len(texts)


def _is_couplet(raw: str, lines: Sequence[Line], group: Sequence[int], m: Measure) -> bool:
    """Whether two or more lines are regular verse: alike in length, each with an end mark and one in its middle."""
    texts = [raw[lines[i].start : lines[i].end] for i in group]
    return (
        not m.english
        and _are_alike([width(text) for text in texts])
        and all(re.fullmatch(r"(\w{4,7})[，、]\w{4,7}[。！？；，]", text) for text in texts)
    )


def script(text: str) -> str:
    """``han`` or ``latin``; empty where a line has letters of both, or of neither."""
    has_han, has_latin = HAN_LETTER.search(text), LATIN_WORD.search(text)
    return "" if bool(has_han) == bool(has_latin) else "han" if has_han else "latin"


def _are_alike(widths: Sequence[float]) -> bool:
    return len(widths) > 1 and max(widths) - min(widths) < 0.5 and 4 <= widths[0] <= 17


def _is_list(texts: Sequence[str]) -> bool:
    """Whether most lines are items, entries, speeches or rows of figures."""
    items = sum(
        bool(ITEM.match(text) or text.startswith(("* ", "＊ ", "- ", "· ")) or ENTRY_LIKE.search(text))
        for text in texts
    )
    figures = sum(len(NUMBERS.findall(text)) * 4 > len(text) for text in texts)
    return items * 2 >= len(texts) or figures * 3 > len(texts)


def _is_latin_stanza(raw: str, lines: Sequence[Line], group: Sequence[int], texts: Sequence[str], m: Measure) -> bool:
    """Whether Latin lines are verse: each begins with a capital, and the next word had room on most of them."""
    capitals = sum(not re.match(r"\W*[a-z]", text) for text in texts)
    if capitals * 10 < 9 * len(texts):
        return False
    full = m.width if m.wrapped else 0
    if full:
        words = [text.split(" ", 1)[0] for text in texts[1:]]
        roomy = sum(
            reach(raw, lines[i], True) + 1 + len(word) <= full - 2 for i, word in zip(group, words, strict=False)
        )
        if roomy * 4 < 3 * len(words):
            return False
    ended = sum(SENTENCE_END.search(text.rstrip(".") + ".") is not None and text[-1] in ".!?”’\"'" for text in texts)
    return ended * 4 <= 3 * len(texts)


def _titles(
    raw: str, lines: Sequence[Line], found: Sequence[list[int]], stanzas: Sequence[list[int]], m: Measure
) -> list[int]:
    """The single lines above a stanza that are no date, no dedication and not under each poem again."""
    firsts = {group[0] for group in stanzas}
    words = Counter(raw[lines[g[0]].start : lines[g[0]].end] for g in found if len(g) == 1)
    titles: list[int] = []
    singles: list[int] = []
    for group in found:
        if len(group) == 1 and group[0] not in firsts:
            singles = [*singles, group[0]] if not singles or singles[-1] + 1 == group[0] else [group[0]]
            continue
        if group[0] in firsts and singles and singles[-1] + 1 == group[0]:
            likely = [i for i in singles if _may_be_title(raw, lines[i], words, m)]
            titles += likely[-1:]
        singles = []
    return titles


def _may_be_title(raw: str, line: Line, words: Counter[str], m: Measure) -> bool:
    text = raw[line.start : line.end]
    longest = 50 if m.english else 16
    return width(text, m.english) <= longest and words[text] < 3 and not DATED.search(text)
