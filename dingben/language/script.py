"""The language and script that a text is written in."""

from __future__ import annotations

import re

HANT = frozenset("國學說這個們來時會對為與過後發經書體實點開關門問間聲讀寫東車長張馬號處從樣應當還進現機")


HANS = frozenset("国学说这个们来时会对为与过后发经书体实点开关门问间声读写东车长张马号处从样应当还进现机")


def detect_language(text: str) -> str:
    """BCP 47 tag of the script that the text is written in."""
    sample = text if len(text) < 400_000 else text[:200_000] + text[-200_000:]
    han = len(re.findall(r"[\u3400-\u9fff]", sample))
    latin = len(re.findall(r"[A-Za-z]+", sample))
    if latin > 4 * han:
        return "en"
    hant, hans = (sum(sample.count(c) for c in script) for script in (HANT, HANS))
    return "zh-Hant" if hant > hans else "zh-Hans"
