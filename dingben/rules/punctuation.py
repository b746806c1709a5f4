"""Marks that the OCR made half-width in Chinese text (GB/T 15834)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dingben.language.han import (
    HALF,
    addresses,
    after,
    before,
    inside,
    is_chinese,
    is_han,
    is_reference,
    mostly_chinese,
)
from dingben.rules.passage import Edit
from dingben.rules.rule import Confidence, rule

WIDE = str.maketrans(",;:?!()", "，；：？！（）")
CLOSING = "”’…—％%"
COMMA = re.compile(r"[,;]")
COLON = re.compile(r":")
QUESTION = re.compile(r"[?!]")
BRACKET = re.compile(r"[()（）]")
STOP = re.compile(r"\.(?=\s*$|[”’）》]|\s+\S)")


def _closes(left: str) -> bool:
    """Whether Chinese text stands before the mark, as far as its last character tells."""
    return is_chinese(left) or (left != "" and left in CLOSING)


@rule("M101", Confidence.CERTAIN, "zh")
def half_width_brackets(text: str) -> Iterator[Edit]:
    """Round brackets in Chinese text are full-width.

    A pair goes together, and is judged by what it holds and what stands on either side. Left
    alone: references, addresses, brackets within Latin text or figures such as 3(3), functions
    such as f(x).
    """
    if ("(" not in text and ")" not in text) or is_reference(text):
        return
    skip = addresses(text)
    opened: list[int] = []
    wide: set[int] = set()
    for match in BRACKET.finditer(text):
        at = match.start()
        if match[0] in "(（":
            opened.append(at)
        elif opened:
            if _is_chinese_pair(text, opened[-1], at):
                wide |= {opened[-1], at}
            opened.pop()
        elif is_chinese(before(text, at)) or is_chinese(after(text, at + 1)):
            wide.add(at)
    wide |= {at for at in opened if is_chinese(before(text, at)) or is_chinese(after(text, at + 1))}
    for at in sorted(wide):
        if text[at] in "()" and not inside(at, skip):
            yield Edit(at, at + 1, text[at].translate(WIDE))


FUNCTION = re.compile(r"(?:^|[^A-Za-zÀ-ɏ])[A-Za-z]$")
"""A lone letter before a bracket: f(x)."""


def _is_chinese_pair(text: str, start: int, end: int) -> bool:
    if text[start] == "（" or text[end] == "）":
        return True
    content = text[start + 1 : end]
    if any(map(is_han, content)):
        return True
    left, right = before(text, start), after(text, end + 1)
    if FUNCTION.search(text[max(0, start - 2) : start]) and content.isascii() and len(content) < 16:
        return False
    return is_chinese(left) or is_chinese(right) or (left != "" and left in "”’")


@rule("M102", Confidence.CERTAIN, "zh")
def half_width_commas(text: str) -> Iterator[Edit]:
    """Commas and semicolons in Chinese text are full-width.

    Left alone: between figures (1,000), within Latin text, references and addresses.
    """
    if ("," not in text and ";" not in text) or is_reference(text):
        return
    skip = addresses(text)
    chinese = mostly_chinese(text)
    for match in COMMA.finditer(text):
        at = match.start()
        left, right = before(text, at, HALF), after(text, at + 1, HALF)
        wide = _closes(left) or is_chinese(right) or (right == "“" and chinese) or (right == "" and chinese)
        if wide and not inside(at, skip):
            yield Edit(at, at + 1, match[0].translate(WIDE))


@rule("M103", Confidence.CERTAIN, "zh")
def half_width_colons(text: str) -> Iterator[Edit]:
    """Colons in Chinese text are full-width.

    Left alone: times and ratios (10:30), Latin text, references, addresses.
    """
    if ":" not in text or is_reference(text):
        return
    skip = addresses(text)
    for match in COLON.finditer(text):
        at = match.start()
        left, right = before(text, at, HALF), after(text, at + 1, HALF)
        if (_closes(left) or is_chinese(right) or (right == "“" and mostly_chinese(text))) and not inside(at, skip):
            yield Edit(at, at + 1, "：")


@rule("M104", Confidence.CERTAIN, "zh")
def half_width_question_marks(text: str) -> Iterator[Edit]:
    """Question and exclamation marks in Chinese text are full-width.

    Left alone: after Latin text, unless a Chinese paragraph or sentence ends there.
    """
    if ("?" not in text and "!" not in text) or is_reference(text):
        return
    skip = addresses(text)
    chinese = mostly_chinese(text)
    for match in QUESTION.finditer(text):
        at = match.start()
        left, right = before(text, at, HALF), after(text, at + 1, HALF)
        ends = chinese and (right == "" or right in "”’" or is_chinese(right))
        if (
            (_closes(left) or (left and left in "?!") or ends)
            and (chinese or not right.isascii())
            and not inside(at, skip)
        ):
            yield Edit(at, at + 1, match[0].translate(WIDE))


@rule("M105", Confidence.PROBABLE, "zh")
def stop_for_full_stop(text: str) -> Iterator[Edit]:
    """A point after a Han character at the end of a sentence is the Chinese full stop.

    Left alone: points between characters without a blank (an interpunct is as likely),
    references, headings' numbers, dots in a row.
    """
    if "." not in text or is_reference(text):
        return
    for match in STOP.finditer(text):
        at = match.start()
        left, right = text[at - 1 : at], after(text, at + 1)
        if left and (is_han(left) or left in "”’）》") and (right == "" or is_han(right) or right in "“”’）》"):
            yield Edit(at, at + 1, "。")


@rule("M106", Confidence.CERTAIN, "zh")
def broken_ellipsis(text: str) -> Iterator[Edit]:
    """The Chinese ellipsis is six dots in two places, however the OCR wrote it.

    Left alone: three dots within Latin text; a double ellipsis, which stands for a left-out
    paragraph.
    """
    for match in ELLIPSIS.finditer(text):
        left, right = before(text, match.start()), after(text, match.end())
        foreign = match[0].startswith(".") and not (_stands_in_chinese(left) or _stands_in_chinese(right))
        if foreign:
            continue
        dots = sum({"…": 3, "⋯": 3, " ": 0}.get(c, 1) for c in match[0])
        whole = "…………" if dots >= 12 else "……"
        if match[0] != whole:
            yield Edit(match.start(), match.end(), whole)


ELLIPSIS = re.compile(r"[…⋯](?: ?[…⋯])*(?: ?[.·・]{2,3})*|\.{3,}|·{3}(?: ?·{3})*|・{3,}|。{3,}|．{3,}")


def _stands_in_chinese(char: str) -> bool:
    return is_chinese(char) or (char != "" and char in "“”‘’—")


@rule("M107", Confidence.CERTAIN, "zh")
def broken_dash(text: str) -> Iterator[Edit]:
    """The Chinese dash is one stroke of two places: two or three short strokes are one dash.

    Left alone: strokes between Latin letters or figures.
    """
    for match in STROKES.finditer(text):
        left, right = before(text, match.start()), after(text, match.end())
        if match[0] != "——" and (_stands_in_chinese(left) or _stands_in_chinese(right)):
            yield Edit(match.start(), match.end(), "——")


STROKES = re.compile(r"(?<![—―─－–⸺\-])(?:[—―─－–]{2,3}|[—―─] [—―─]|-{2,3}|⸺)(?![—―─－–⸺\-])")
CONNECTED = re.compile(r"(?:一线|线|铁路|高铁|公路|高速|航线|走廊|段|关系|模式|循环)")
NUMERAL = re.compile(r"[〇○零一二三四五六七八九十百千万0-9０-９年月日世纪初末中]")


@rule("M108", Confidence.PROBABLE, "zh")
def short_dash(text: str) -> Iterator[Edit]:
    """A single stroke between Chinese clauses is half a dash: the OCR lost the rest.

    Left alone: the connector (一字线) between figures, years, Latin words, and before words that
    tell of a route or a relation (秦岭—淮河一线); subjects of a CIP block are never shown to this rule.
    """
    for match in STROKE.finditer(text):
        at = match.start()
        left, right = before(text, at), after(text, at + 1)
        if not (_stands_in_chinese(left) or left == "") or not _stands_in_chinese(right):
            continue
        if left and NUMERAL.match(left) and NUMERAL.match(right):
            continue
        if CONNECTED.search(re.split(r"[，。；：！？]", text[at + 1 : at + 9])[0]):
            continue
        yield Edit(at, at + 1, "——")


STROKE = re.compile(r"(?<![—―─－–])[—―─](?![—―─－–])")


SHORT_RANGE = re.compile(r"(?<=[〇○零一二三四五六七八九十百])[—─―](?=[〇○零一二三四五六七八九十百])")
LONG_RANGE = re.compile(r"(?<=[〇○零一二三四五六七八九十百])——(?=[〇○零一二三四五六七八九十百])")


def _sets_ranges_long(text: str) -> bool:
    long, short = len(LONG_RANGE.findall(text)), len(SHORT_RANGE.findall(text))
    return long >= 2 and long * 3 >= short


@rule("M110", Confidence.PROBABLE, "zh", habit=_sets_ranges_long)
def short_dash_in_range(text: str) -> Iterator[Edit]:
    """Where a book sets its ranges of years with the full dash, a short one lost its half.

    Left alone: books that set ranges with the connector throughout, and ranges in arabic figures.
    """
    for match in SHORT_RANGE.finditer(text):
        yield Edit(match.start(), match.end(), "——")


@rule("M109", Confidence.CERTAIN, "zh")
def wrong_interpunct(text: str) -> Iterator[Edit]:
    """The dot between the parts of a foreign name, or of a book and its chapter, is U+00B7.

    Left alone: bullets at the beginning of a line, rows of dots.
    """
    for match in DOT.finditer(text):
        if is_chinese(before(text, match.start(1))) and is_chinese(after(text, match.end(1))):
            yield Edit(match.start(1), match.end(1), "·")


DOT = re.compile(r"(?<=[^\s•・‧∙･])[ ]?([•・‧∙･])[ ]?(?=[^\s•・‧∙･])")
