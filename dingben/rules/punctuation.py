"""Rules for punctuation: half-width marks, dashes, ellipses and interpuncts in Chinese text (GB/T 15834)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dingben.language.han import (
    HALF,
    HAN,
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
    """Whether the character before the mark belongs to Chinese text."""
    return is_chinese(left) or (left != "" and left in CLOSING)


VERTICAL_FORMS = dict(
    zip(
        "﹁﹂﹃﹄︽︾︿﹀︵︶︷︸︹︺︻︼︙︱︐︑︒︓︔︕︖",
        "「」『』《》〈〉（）｛｝〔〕【】…—，、。：；！？",
        strict=True,
    )
)
"""Presentation forms of vertical text and their marks (Unicode blocks Vertical Forms, CJK Compatibility Forms)."""


@rule("M112", Confidence.CERTAIN, "zh")
def vertical_form(text: str) -> Iterator[Edit]:
    """Replace a presentation form of vertical text (﹁) by its mark (「): fonts turn marks where columns need it."""
    for match in re.finditer("[︐-︖︙︱︵-﹄]", text):
        if match[0] in VERTICAL_FORMS:
            yield Edit(match.start(), match.end(), VERTICAL_FORMS[match[0]])


@rule("M101", Confidence.CERTAIN, "zh")
def half_width_brackets(text: str) -> Iterator[Edit]:
    """Convert half-width round brackets in Chinese text to full-width ones.

    A pair is converted together, depending on its content and the text on either side. Not changed:
    references, addresses, brackets within Latin text or numbers such as 3(3), functions such as
    f(x).
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
    """Convert half-width commas and semicolons in Chinese text to full-width ones.

    Not changed: between digits (1,000), within Latin text, references and addresses.
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
    """Convert half-width colons in Chinese text to full-width ones.

    Not changed: times and ratios (10:30), Latin text, references, addresses.
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
    """Convert half-width question and exclamation marks in Chinese text to full-width ones.

    Not changed: after Latin text, unless a Chinese paragraph or sentence ends there.
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
    """Convert a period after a Han character at the end of a sentence to the Chinese full stop.

    Not changed: periods between characters without a space (an interpunct is as likely),
    references, numbers of headings, several dots in a row.
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
    """Restore the Chinese ellipsis: six dots that take the width of two characters (……).

    Not changed: three dots within Latin text; a double ellipsis, which stands for an omitted
    paragraph.
    """
    if not any(dots in text for dots in DOTS):
        return
    for match in ELLIPSIS.finditer(text):
        left, right = before(text, match.start()), after(text, match.end())
        foreign = match[0].startswith(".") and not (_stands_in_chinese(left) or _stands_in_chinese(right))
        if foreign:
            continue
        dots = sum({"…": 3, "⋯": 3, " ": 0}.get(c, 1) for c in match[0])
        whole = "…………" if dots >= 12 else "……"
        if match[0] != whole:
            yield Edit(match.start(), match.end(), whole)


DOTS = ("…", "⋯", "...", "···", "・・・", "。。。", "．．．")
ELLIPSIS = re.compile(r"[…⋯](?: ?[…⋯])*(?: ?[.·・]{2,3})*|\.{3,}|·{3}(?: ?·{3})*|・{3,}|。{3,}|．{3,}")


def _stands_in_chinese(char: str) -> bool:
    return is_chinese(char) or (char != "" and char in "“”‘’—")


@rule("M107", Confidence.CERTAIN, "zh")
def broken_dash(text: str) -> Iterator[Edit]:
    """Restore the Chinese dash (——) from two or three short strokes; it takes the width of two characters.

    Not changed: strokes between Latin letters or digits.
    """
    if DASHES.isdisjoint(text):
        return
    for match in STROKES.finditer(text):
        left, right = before(text, match.start()), after(text, match.end())
        if match[0] != "——" and (_stands_in_chinese(left) or _stands_in_chinese(right)):
            yield Edit(match.start(), match.end(), "——")


DASHES = frozenset("—―─－–⸺-")
STROKES = re.compile(r"(?<![—―─－–⸺\-])(?:[—―─－–]{2,3}|[—―─] [—―─]|-{2,3}|⸺)(?![—―─－–⸺\-])")
CONNECTED = re.compile(r"(?:一线|线|铁路|高铁|公路|高速|航线|走廊|段|关系|模式|循环)")
NUMERAL = re.compile(r"[〇○零一二三四五六七八九十百千万0-9０-９年月日世纪初末中]")


@rule("M108", Confidence.PROBABLE, "zh")
def short_dash(text: str) -> Iterator[Edit]:
    """Complete a single stroke between Chinese clauses to a dash: the OCR lost half of it.

    Not changed: the connector (一字线) between numbers, years, Latin words, and before words that
    name a route or a relation (秦岭—淮河一线). The rule does not see the subjects of a CIP block.
    """
    if DASHES.isdisjoint(text):
        return
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
    """Complete a short dash in a range of years, in a book that sets such ranges with the full dash.

    Not changed: books that set all ranges with the connector, and ranges in Arabic numerals.
    """
    for match in SHORT_RANGE.finditer(text):
        yield Edit(match.start(), match.end(), "——")


WIDE_STOP = re.compile(rf"(?<=[{HAN}”’）》」』…])．(?=\s|$|[{HAN}“‘（《「『”’）》」』—…])")


def _sets_wide_stops(text: str) -> bool:
    wide = len(WIDE_STOP.findall(text))
    return wide >= 3 and wide >= 20 * text.count("。")


@rule("M111", Confidence.PROBABLE, "zh", habit=_sets_wide_stops)
def wide_stop_for_full_stop(text: str) -> Iterator[Edit]:
    """Use 。 for ． in a book that ends its sentences with ． throughout, as some printing houses and OCR engines do.

    Not changed: books that have both signs, and ． between figures or Latin letters.
    """
    for match in WIDE_STOP.finditer(text):
        yield Edit(match.start(), match.end(), "。")


@rule("M109", Confidence.CERTAIN, "zh")
def wrong_interpunct(text: str) -> Iterator[Edit]:
    """Use U+00B7 as the interpunct between the parts of a foreign name, or between a book and its chapter.

    Not changed: bullets at the beginning of a line, several dots in a row.
    """
    if INTERPUNCTS.isdisjoint(text):
        return
    for match in DOT.finditer(text):
        if is_chinese(before(text, match.start(1))) and is_chinese(after(text, match.end(1))):
            yield Edit(match.start(1), match.end(1), "·")


INTERPUNCTS = frozenset("•・‧∙･\u22c5\u2e31\u16eb\u0387")
"""Code points that programs and keyboards write for U+00B7."""
_DOTS = "".join(sorted(INTERPUNCTS))
DOT = re.compile(rf"(?<=[^\s{_DOTS}])[ ]?([{_DOTS}])[ ]?(?=[^\s{_DOTS}])")
