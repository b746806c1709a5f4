"""Rules for quotation marks: straight ones, and ones that the OCR reversed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dingben.language.han import BLANKS, after, before, is_chinese, is_han
from dingben.rules.passage import Edit
from dingben.rules.rule import Confidence, rule

AROUND = BLANKS + "\"'"
PAIRS = (("“", "”", '"'), ("‘", "’", "'"))
CORNER_PAIRS = (("「", "」", '"'), ("『", "』", "'"))


def quotes_with_corner_brackets(text: str) -> bool:
    """Whether a book quotes with 「」 and not with curly quotation marks."""
    return "「" in text and text.count("「") > 4 * text.count("“")


def pair_straight(text: str, opening: str, closing: str, straight: str) -> Iterator[Edit]:
    """Yield the edits that turn straight marks beside Chinese text into opening and closing ones, in turn.

    A mark that is right already says whether a quotation is open. Digits before a mark outside one make it inches.
    """
    if straight not in text:
        return
    is_open = False
    for at, char in enumerate(text):
        if char in (opening, closing):
            is_open = char == opening
        elif char == straight:
            left, right = before(text, at, AROUND), after(text, at + 1, AROUND)
            if not (_chinese(left) or _chinese(right)) or (left.isdigit() and not is_open):
                continue
            yield Edit(at, at + 1, closing if is_open else opening)
            is_open = not is_open


@rule("Q201", Confidence.PROBABLE, "zh", habit=lambda text: not quotes_with_corner_brackets(text))
def straight_quotes(text: str) -> Iterator[Edit]:
    """Convert straight quotation marks in Chinese text to curly ones, opening and closing in turn.

    A book that quotes with 「」 gets these (Q204). Not changed: apostrophes, quotation marks between Latin words,
    inches and seconds after digits.
    """
    for opening, closing, straight in PAIRS:
        yield from pair_straight(text, opening, closing, straight)


@rule("Q204", Confidence.PROBABLE, "zh", habit=quotes_with_corner_brackets)
def straight_quotes_among_corner_brackets(text: str) -> Iterator[Edit]:
    """Convert straight quotation marks to 「」 and 『』 in a book that quotes with corner brackets.

    One closes where a quotation is open, and opens elsewhere. Not changed: marks between Latin words, inches and
    seconds after digits.
    """
    for opening, closing, straight in CORNER_PAIRS:
        yield from pair_straight(text, opening, closing, straight)


def _chinese(char: str) -> bool:
    return is_chinese(char) or (char != "" and char in "“”‘’「」『』…—")


@rule("Q202", Confidence.PROBABLE, "zh")
def turned_quotes(text: str) -> Iterator[Edit]:
    """Reverse a quotation mark that opens inside an open quotation, or closes without one.

    It is reversed if this one change pairs all quotation marks of the paragraph, and the characters
    beside it allow it (nothing closes after a colon). Not changed: paragraphs with more than one
    such error, and the open end of a quotation that continues in the next paragraph.
    """
    for opening, closing, _ in PAIRS:
        if opening not in text and closing not in text:
            continue
        places = [match.start() for match in re.finditer(f"[{opening}{closing}]", text)]
        if not places or _is_paired(text, places, opening):
            continue
        good = [at for at in places if _may_turn(text, at, opening) and _is_paired(text, places, opening, at)]
        if len(good) == 1:
            yield Edit(good[0], good[0] + 1, closing if text[good[0]] == opening else opening)


def _is_paired(text: str, places: list[int], opening: str, turned: int = -1) -> bool:
    is_open = False
    for at in places:
        opens = (text[at] == opening) != (at == turned)
        if opens == is_open:
            return False
        is_open = opens
    return not is_open


def _may_turn(text: str, at: int, opening: str) -> bool:
    left, right = text[at - 1 : at], text[at + 1 : at + 2]
    if text[at] == opening:  # may it close?
        return left != "" and left not in "（《“‘：" and (right == "" or right not in "《“‘")
    return right != "" and (is_han(right) or right in "《‘…") and (left == "" or left not in "（《“‘")


@rule("Q203", Confidence.PROBABLE, "en")
def straight_quotes_in_english(text: str) -> Iterator[Edit]:
    """Convert straight quotation marks in English text to curly ones: they open after a space, a dash or a bracket.

    A mark with a space on either side opens and closes in turn.

    Not changed: feet and inches after digits, code in backquotes.
    """
    for match in re.finditer(r"[\"']", text):
        at = match.start()
        left, right = text[at - 1 : at], text[at + 1 : at + 2]
        opens = (left == "" or left in " ([{—–-“‘\u00a0") and right not in ("", " ")
        if match[0] == '"' and left in ("", " ") and right == " ":
            opens = text.count('"', 0, at) % 2 == 0
        if left.isdigit() and not right.isalpha() and text.count('"') % 2 and match[0] == '"':
            continue
        if match[0] == '"':
            yield Edit(at, at + 1, "“" if opens else "”")
        elif opens and not re.match(r"\d0s|tis\b|twas\b|em\b|cause\b", text[at + 1 : at + 6]):
            yield Edit(at, at + 1, "‘")
        else:
            yield Edit(at, at + 1, "’")
