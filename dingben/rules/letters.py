"""Rules for Latin letters: ligatures, and dashes between words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dingben.rules.passage import Edit
from dingben.rules.rule import Confidence, rule

LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}


@rule("L401", Confidence.CERTAIN, "zh", "en", "other")
def ligature(text: str) -> Iterator[Edit]:
    """Replace the characters of ligatures (ﬁ) by the letters they consist of: a font makes ligatures itself.

    Not changed: æ and œ, which are letters.
    """
    for match in re.finditer("[ﬀ-ﬆ]", text):
        yield Edit(match.start(), match.end(), LIGATURES[match[0]])


@rule("L402", Confidence.PROBABLE, "en")
def typewriter_dash(text: str) -> Iterator[Edit]:
    """Convert two hyphens between words to a dash.

    Not changed: three or more hyphens, which draw a line.
    """
    for match in re.finditer(r"(?<=[\w,.;:!?’”)]) ?(?<!-)--(?!-) ?(?=[\w“‘(])", text):
        yield Edit(match.start(), match.end(), "—")
