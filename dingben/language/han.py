"""Han characters: character classes, the text around a punctuation mark, widths, comparison keys."""

from __future__ import annotations

import functools
import re

HAN = r"\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff○□"
"""Han characters, and the signs that stand for one (○ 々 〇 □), for use in a character class."""
MARKS = r"，。、；：？！（）《》〈〉「」『』【】〔〕“”‘’…—·～．％"
"""Punctuation of Chinese text (curly quotes count as Chinese beside Chinese text)."""
FULL = r"，。、；：？！（）《》〈〉「」『』【】〔〕"
"""Punctuation that Latin text does not have."""
NUMERAL = "〇○零一二三四五六七八九十百千万两壹贰叁肆伍陆柒捌玖拾0-9０-９"

BLANKS = " \u00a0"
HALF = BLANKS + ",;:?!"
"""Half-width punctuation: it does not show whether the text beside it is Chinese."""

_han = re.compile(f"[{HAN}]")
_chinese = re.compile(f"[{HAN}{FULL}]")
_address = re.compile(r"(?:https?|ftp)://[!-~]+|www\.[!-~]+|(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.]+", re.ASCII)
_reference = re.compile(r"\[\s*(?:[MJDNCPRSGAZK]|DB|CP|EB)\s*(?:/\s*[A-Z]{2}\s*)?\]|［[MJDNCPRSGAZK]］")


def is_han(char: str) -> bool:
    """Whether ``char`` is a Han character."""
    return bool(_han.match(char))


def is_chinese(char: str) -> bool:
    """Whether ``char`` is a Han character or a mark that only Chinese text has."""
    return bool(_chinese.match(char))


def before(text: str, at: int, passing: str = BLANKS) -> str:
    """Return the character before ``at``, without spaces (or ``passing``); empty at the beginning."""
    at -= 1
    while at >= 0 and text[at] in passing:
        at -= 1
    return text[at] if at >= 0 else ""


def after(text: str, at: int, passing: str = BLANKS) -> str:
    """Return the character from ``at`` on, without spaces (or ``passing``); empty at the end."""
    while at < len(text) and text[at] in passing:
        at += 1
    return text[at] if at < len(text) else ""


def addresses(text: str) -> list[tuple[int, int]]:
    """Return the spans of web and mail addresses, in which nothing is punctuation."""
    if "/" not in text and "@" not in text and "www" not in text:
        return []
    return [match.span() for match in _address.finditer(text)]


def inside(at: int, spans: list[tuple[int, int]]) -> bool:
    """Whether ``at`` lies in one of ``spans``."""
    return any(start <= at < end for start, end in spans)


def is_reference(text: str) -> bool:
    """Whether the paragraph is an entry of a list of references by GB/T 7714 (``[M]``, ``[J]``)."""
    return ("[" in text and bool(_reference.search(text))) or ("［" in text and bool(_reference.search(text)))


def mostly_chinese(text: str) -> bool:
    """Whether a paragraph is mainly Chinese, with foreign words in it."""
    han = len(_han.findall(text))
    return han * 2 > len(re.findall(r"[A-Za-z]+", text))


NARROW = re.compile(r"[A-Za-z0-9 .%/\[\]\-\u00c0-\u024f]")


@functools.lru_cache(1 << 14)
def width(text: str, latin: bool = False) -> float:
    """Return the width of a line in Han characters; for Latin text, in half characters."""
    return len(text) if latin else len(text) - 0.5 * len(NARROW.findall(text))


def skeleton(text: str) -> str:
    """Return letters and digits only, to compare texts with different spaces and punctuation."""
    return NOT_LETTERS.sub("", text).casefold()


NOT_LETTERS = re.compile(r"[\W_]+")


SENTENCE_END = re.compile(r"(?:[。！？!?]|……|(?<!\.)\.{3,}+|…|(?<!·)·{3,}+)[”’」』）)》]*+$")
