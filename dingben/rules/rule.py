"""What a rule is, and how rules are applied to a passage."""

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
    """How far a rule may be trusted, hence what is done with its edits."""

    CERTAIN = "certain"  # applied
    PROBABLE = "probable"  # applied, and listed for the proof-reader
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
    """Whether a book does so elsewhere; without that habit the rule keeps still."""

    @property
    def explanation(self) -> str:
        """Why the rule is there, and what it leaves alone."""
        lines = (self.find.__doc__ or "").strip().splitlines()
        return "\n".join(line.strip() for line in lines)

    @property
    def summary(self) -> str:
        """The first sentence of the explanation."""
        return self.explanation.split("\n\n")[0].replace("\n", " ")


def rule(
    code: str, confidence: Confidence, *scripts: Script, habit: Callable[[str], bool] | None = None
) -> Callable[[Find], Rule]:
    """Make a rule of a function; the function's name becomes the rule's name."""

    def decorate(find: Find) -> Rule:
        name = find.__name__.replace("_", "-")
        return Rule(code, name, confidence, find, frozenset(scripts or ("zh", "en")), habit)

    return decorate


def substitutions(pattern: re.Pattern[str], template: str, text: str) -> Iterator[Edit]:
    """The edits of ``pattern.sub(template, text)``."""
    for match in pattern.finditer(text):
        after = match.expand(template)
        if after != match[0]:
            yield Edit(match.start(), match.end(), after)


def for_book(rules: Sequence[Rule], text: str) -> tuple[Rule, ...]:
    """The rules that hold for a book whose whole text is ``text``."""
    return tuple(each for each in rules if each.habit is None or each.habit(text))


ROUNDS = 32
"""Marks in a row that may be corrected for the sake of one another: more than any text has, and not without end."""


def apply(rules: Sequence[Rule], passage: Passage, script: Script) -> None:
    """Let every rule that may be applied correct ``passage``, in order.

    A correction can make the place for another clear, so the rules that had something to do go
    round until none has.
    """
    able = [each for each in rules if each.confidence is not Confidence.SUSPECT and script in each.scripts]
    for _ in range(ROUNDS):
        settled = True
        for each in able:
            edits = list(each.find(passage.text))
            if edits:
                passage.apply(edits, each.code)
                settled = False
        if settled:
            return


def corrected(rules: Sequence[Rule], text: str, script: Script) -> str:
    """``text`` as the rules leave it (for text that needs no ledger of its own)."""
    passage = Passage.kept(text, 0, len(text))
    apply(rules, passage, script)
    return passage.text
