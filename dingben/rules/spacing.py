"""Rules for spaces that the OCR added or lost; the gap between Han and Latin text is set by the layout."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dingben.language.han import FULL, HAN, MARKS, addresses, inside, is_reference
from dingben.rules.passage import Edit
from dingben.rules.rule import Confidence, rule, substitutions

BLANK = r"[ \t\u00a0\u2002\u2003\u2009\u200b\ufeff]+"
CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f\ufffe\uffff]+")
ANY = re.compile(BLANK)
BETWEEN_HAN = re.compile(rf"(?<=[{HAN}]){BLANK}(?=[{HAN}])")
NAMES = re.compile(rf"(?:^|(?<=[：、]))(?:[{HAN}·]{{1,4}} +){{2,}}[{HAN}·]{{1,4}}$")
AROUND_MARKS = re.compile(
    rf"(?<=[{FULL}]){BLANK}(?=\S)|(?<=\S){BLANK}(?=[{FULL}])|(?<=[{HAN}]){BLANK}(?=[{MARKS}])|(?<=[{MARKS}]){BLANK}(?=[{HAN}])"
)
HAN_LATIN = re.compile(
    rf"(?<=[{HAN}]){BLANK}(?=[A-Za-z0-9À-ɏ(\[+=<>%‰~@#&*/$£€±×-])|(?<=[A-Za-z0-9À-ɏ%‰℃°)\].,+=<>~@#&*/±×:;!?-]){BLANK}(?=[{HAN}])"
)


@rule("S301", Confidence.CERTAIN, "zh")
def blank_between_han(text: str) -> Iterator[Edit]:
    """Remove spaces between two Han characters: they come from the gaps in a justified line.

    Not changed: lists of names separated by spaces, and the ideographic space (U+3000), which
    separates the halves of a verse.
    """
    if ANY.search(text) and not NAMES.search(text):
        yield from substitutions(BETWEEN_HAN, "", text)


@rule("S302", Confidence.CERTAIN, "zh")
def blank_around_marks(text: str) -> Iterator[Edit]:
    """Remove spaces beside full-width punctuation, which contains its own white space.

    Not changed: the space after the label of a figure or a table.
    """
    if ANY.search(text):
        yield from after_label(text, substitutions(AROUND_MARKS, "", text))


@rule("S303", Confidence.CERTAIN, "zh")
def blank_between_han_and_latin(text: str) -> Iterator[Edit]:
    """Remove spaces between Han characters and Latin letters or digits: the layout makes that gap.

    Not changed: references, whose spaces belong to their form, and the label of a figure or a table.
    """
    if not ANY.search(text) or is_reference(text):
        return
    yield from after_label(text, substitutions(HAN_LATIN, "", text))


@rule("S308", Confidence.CERTAIN)
def control_character(text: str) -> Iterator[Edit]:
    """Remove control characters, which no edition may hold: they come from a printer's or an OCR engine's file.

    Not changed: tabs, and the ends of lines and pages.
    """
    yield from substitutions(CONTROLS, "", text)


def after_label(text: str, edits: Iterator[Edit]) -> Iterator[Edit]:
    """Return the edits after the label of a caption, if ``text`` is a caption; all edits if not."""
    caption = CAPTION.match(text)
    return (edit for edit in edits if not caption or edit.start >= caption.end())


CAPTION = re.compile(r"附?[图圖表]\s?[0-9]{1,3}(?:[.\-–—][0-9]{1,3})*[ \u3000]+")


@rule("S304", Confidence.CERTAIN)
def blanks_in_brackets(text: str) -> Iterator[Edit]:
    """Remove spaces inside the square brackets of a reference number or a document type."""
    if "[" in text:
        yield from substitutions(IN_BRACKETS, r"[\1]", text)


IN_BRACKETS = re.compile(r"\[[ \u00a0]*(\d{1,3}(?:\s?[-–—,，]\s?\d{1,3})*|[A-Z]{1,2}(?:/[A-Z]{2})?)[ \u00a0]*\]")


@rule("S305", Confidence.CERTAIN, "en", "other")
def doubled_blanks(text: str) -> Iterator[Edit]:
    """Reduce several spaces in a row to one: they are the gaps of a justified line."""
    yield from substitutions(re.compile(r"[ \u00a0\t]{2,}"), " ", text)


@rule("S306", Confidence.CERTAIN, "en")
def blank_before_stop(text: str) -> Iterator[Edit]:
    """Remove the space before punctuation in Latin text: the OCR read a thin space as a word space.

    Not changed: an ellipsis of spaced periods, a decimal such as .5.
    """
    yield from substitutions(re.compile(r"(?<=[A-Za-z”’)]) +(?=[,;:!?](?:\s|$)|\.(?:\s(?!\.)|$))"), "", text)


@rule("S309", Confidence.CERTAIN, "en")
def blank_inside_quotes(text: str) -> Iterator[Edit]:
    """Remove the space behind an opening quotation mark and before a closing one: old books set a thin space there.

    Not changed: the space between two quotation marks.
    """
    if "“" in text or "”" in text:
        yield from substitutions(re.compile(r"(?<=“) +(?=\w)|(?<=[\w,.!?;:]) +(?=”)"), "", text)


@rule("S307", Confidence.PROBABLE, "en")
def missing_blank_after_comma(text: str) -> Iterator[Edit]:
    """Insert the space after a comma or a semicolon between two words.

    Not changed: numbers (1,000), initials and addresses.
    """
    skip = addresses(text)
    for match in re.finditer(r"(?<=[a-z])[,;](?=[a-z])", text):
        if not inside(match.start(), skip):
            yield Edit(match.start(), match.end(), match[0] + " ")
