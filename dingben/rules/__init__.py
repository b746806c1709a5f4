"""Correction rules: each has a code, a name, an explanation and a confidence, and is recorded where it is applied.

``RULES`` lists the built-in rules in the order in which they run. Brackets come first, since they
decide about the marks after them; spaces come late, when the marks beside them are right; rules
that only report come last.
"""

from dingben.rules.letters import ligature, typewriter_dash
from dingben.rules.punctuation import (
    broken_dash,
    broken_ellipsis,
    half_width_brackets,
    half_width_colons,
    half_width_commas,
    half_width_question_marks,
    short_dash,
    short_dash_in_range,
    stop_for_full_stop,
    vertical_form,
    wide_stop_for_full_stop,
    wrong_interpunct,
)
from dingben.rules.quotes import (
    straight_quotes,
    straight_quotes_among_corner_brackets,
    straight_quotes_in_english,
    turned_quotes,
)
from dingben.rules.rule import Confidence, Rule, Script, apply, apply_all, corrected, correcting, for_book
from dingben.rules.spacing import (
    blank_around_marks,
    blank_before_stop,
    blank_between_han,
    blank_between_han_and_latin,
    blank_inside_quotes,
    blanks_in_brackets,
    control_character,
    doubled_blanks,
    missing_blank_after_comma,
)
from dingben.rules.suspects import (
    dash_read_as_one,
    doubled_words,
    impossible_date,
    letters_among_figures,
    look_alike,
    misread_word,
    point_between_han,
    stop_in_mid_sentence,
    stray_sign,
    unpaired_brackets,
    unpaired_quotes,
    wrong_script,
)

__all__ = [
    "PLAIN",
    "RULES",
    "Confidence",
    "Rule",
    "Script",
    "apply",
    "apply_all",
    "corrected",
    "correcting",
    "for_book",
]

RULES: tuple[Rule, ...] = (
    control_character,
    ligature,
    vertical_form,
    half_width_brackets,
    broken_ellipsis,
    broken_dash,
    half_width_commas,
    half_width_colons,
    half_width_question_marks,
    stop_for_full_stop,
    wrong_interpunct,
    straight_quotes,
    straight_quotes_among_corner_brackets,
    turned_quotes,
    short_dash,
    short_dash_in_range,
    wide_stop_for_full_stop,
    straight_quotes_in_english,
    typewriter_dash,
    blanks_in_brackets,
    blank_between_han,
    blank_around_marks,
    blank_between_han_and_latin,
    doubled_blanks,
    blank_before_stop,
    blank_inside_quotes,
    missing_blank_after_comma,
    unpaired_quotes,
    unpaired_brackets,
    look_alike,
    letters_among_figures,
    dash_read_as_one,
    stray_sign,
    doubled_words,
    impossible_date,
    point_between_han,
    misread_word,
    stop_in_mid_sentence,
    wrong_script,
)

PLAIN: tuple[Rule, ...] = for_book(RULES, "")
"""The rules that do not depend on the usage of a book, for headings and values of metadata."""
