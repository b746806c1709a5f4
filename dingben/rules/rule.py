"""The type `Rule`, and how rules are applied to a passage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from dingben.language.script import is_chinese, is_english
from dingben.rules.passage import Edit, Passage

Script = Literal["zh", "en", "other"]
"""Whose punctuation a text has: Chinese, English, or that of a language that no rule is made for."""


def script_of(language: str) -> Script:
    """Return whose rules hold for a text in a language (BCP 47)."""
    if is_chinese(language):
        return "zh"
    return "en" if is_english(language) else "other"


Find = Callable[[str], Iterator[Edit]]


class Confidence(Enum):
    """How reliable a rule is, which decides what is done with its edits."""

    CERTAIN = "certain"  # applied
    PROBABLE = "probable"  # applied, and listed for the proofreader
    SUSPECT = "suspect"  # only listed


@dataclass(frozen=True, slots=True)
class Rule:
    """A correction with a code, a name, a reason (its docstring) and a finder."""

    code: str
    name: str
    confidence: Confidence
    find: Find
    scripts: frozenset[Script]
    habit: Callable[[str], bool] | None = None
    """Whether a book follows a usage that the rule depends on; without it the rule is not applied."""

    @property
    def explanation(self) -> str:
        """The docstring: what the rule does and why, and what it does not change."""
        lines = (self.find.__doc__ or "").strip().splitlines()
        return "\n".join(line.strip() for line in lines)

    @property
    def summary(self) -> str:
        """The first sentence of the explanation."""
        return self.explanation.split("\n\n")[0].replace("\n", " ")


def rule(
    code: str, confidence: Confidence, *scripts: Script, habit: Callable[[str], bool] | None = None
) -> Callable[[Find], Rule]:
    """Turn a function into a rule; the name of the function becomes the name of the rule."""

    def decorate(find: Find) -> Rule:
        name = find.__name__.replace("_", "-")
        return Rule(code, name, confidence, find, frozenset(scripts or ("zh", "en")), habit)

    return decorate


def substitutions(pattern: re.Pattern[str], template: str, text: str) -> Iterator[Edit]:
    """Yield the edits of ``pattern.sub(template, text)``."""
    for match in pattern.finditer(text):
        after = match.expand(template)
        if after != match[0]:
            yield Edit(match.start(), match.end(), after)


def for_book(rules: Sequence[Rule], text: str) -> tuple[Rule, ...]:
    """Return the rules that apply to a book whose whole text is ``text``."""
    return tuple(each for each in rules if each.habit is None or each.habit(text))


ROUNDS = 32
"""How often the rules run over a passage: more than dependent corrections in any text need, and finite."""


def apply(rules: Sequence[Rule], passage: Passage, script: Script) -> None:
    """Apply the rules to ``passage`` in order, except those that only report.

    A correction can make another one possible, so the rules run again until none finds anything.
    """
    apply_all(correcting(rules, script), passage)


def apply_all(rules: Sequence[Rule], passage: Passage) -> None:
    """Apply rules that correct; see `apply`."""
    for _ in range(ROUNDS):
        changed = False
        for each in rules:
            edits = list(each.find(passage.text))
            if edits:
                passage.apply(edits, each.code)
                changed = True
        if not changed:
            return


def correcting(rules: Sequence[Rule], script: Script) -> tuple[Rule, ...]:
    """Return the rules that correct a text in this script."""
    return tuple(each for each in rules if each.confidence is not Confidence.SUSPECT and script in each.scripts)


def corrected(rules: Sequence[Rule], text: str, script: Script) -> str:
    """Return ``text`` corrected by the rules, without a record for the ledger."""
    passage = Passage.kept(text, 0, len(text))
    apply(rules, passage, script)
    return passage.text
