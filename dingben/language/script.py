"""The language and script that a text is written in.

Chinese, Japanese and Korean are recognised by their scripts, other languages by py3langid
(https://github.com/adbar/py3langid), which carries its model.
"""

from __future__ import annotations

import re

HANT = frozenset("國學說這個們來時會對為與過後發經書體實點開關門問間聲讀寫東車長張馬號處從樣應當還進現機")
HANS = frozenset("国学说这个们来时会对为与过后发经书体实点开关门问间声读写东车长张马号处从样应当还进现机")

SAMPLE = 400_000
"""Characters of a text that are looked at, half of them from its end."""

LATIN_SAMPLE = 20_000
"""Characters that the identification of a language written in letters needs at most."""

KANA_SHARE = 0.2
"""Share of kana among the letters from which on a text with Han characters is Japanese."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff]")
_WORD = re.compile(r"[^\W\d_\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")

NAMES = {"ja": "Japanese", "ko": "Korean", "de": "German", "fr": "French", "la": "Latin", "ru": "Russian"}
"""English names of languages for messages; the others are named by their tag."""


def detect_language(text: str) -> str:
    """Return the BCP 47 tag of the language, with the script for Chinese: ``zh-Hans``, ``ja``, ``en``, ``de``."""
    sample = text if len(text) < SAMPLE else text[: SAMPLE // 2] + text[-SAMPLE // 2 :]
    han, kana, hangul = (len(pattern.findall(sample)) for pattern in (_HAN, _KANA, _HANGUL))
    words = len(_WORD.findall(sample))
    if kana > KANA_SHARE * (han + kana + hangul) and kana > words / 4:
        return "ja"
    if hangul > (han + kana + hangul) / 2 and hangul > words / 4:
        return "ko"
    if words > 4 * han:
        return identify(sample)
    hant, hans = (sum(sample.count(c) for c in script) for script in (HANT, HANS))
    return "zh-Hant" if hant > hans else "zh-Hans"


def identify(text: str) -> str:
    """Return the tag of a language that is written in letters; English where the text is too short to tell."""
    words = _WORD.findall(text)
    if sum(map(len, words)) < 20:
        return "en"
    from py3langid import classify

    tag, _ = classify(" ".join(words)[:LATIN_SAMPLE])
    return str(tag)


def is_chinese(language: str) -> bool:
    """Whether a BCP 47 tag names Chinese."""
    return language.split("-")[0].lower() in {"zh", "cmn", "lzh", "yue"}


def is_english(language: str) -> bool:
    """Whether a BCP 47 tag names English."""
    return language.split("-")[0].lower() == "en"


def joins_with_spaces(language: str) -> bool:
    """Whether lines of the language are joined with a space: all but Chinese and Japanese."""
    return not is_chinese(language) and language.split("-")[0].lower() != "ja"


def name_of(language: str) -> str:
    """Return the name of a language for a message."""
    return NAMES.get(language, language)
