"""Letters that the press joined, and dashes of Latin text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dingben.rules.passage import Edit
from dingben.rules.rule import Confidence, rule

LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}


@rule("L401", Confidence.CERTAIN, "zh", "en", "other")
def ligature(text: str) -> Iterator[Edit]:
    """A ligature is a matter of the fount: the text has the letters themselves.

    The letters stay the same, only their code changes. Left alone: æ and œ, which are letters.
    """
    for match in re.finditer("[ﬀ-ﬆ]", text):
        yield Edit(match.start(), match.end(), LIGATURES[match[0]])


@rule("L402", Confidence.PROBABLE, "en")
def typewriter_dash(text: str) -> Iterator[Edit]:
    """Two hyphens between words are a dash.

    Left alone: rows of three or more, which are rules.
    """
    for match in re.finditer(r"(?<=[\w,.;:!?’”)]) ?(?<!-)--(?!-) ?(?=[\w“‘(])", text):
        yield Edit(match.start(), match.end(), "—")
