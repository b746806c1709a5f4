"""Boilerplate of digital libraries and web-novel sites: licences, scan notices and advertisements, which are no text.

Project Gutenberg, Google Books, the Internet Archive and HathiTrust print their notices around a book or on every
page; sites of web novels put advertisements between its paragraphs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dingben.restore.lines import Line

GUTENBERG_START = re.compile(r"\*{3}\s?START OF (?:THE|THIS) PROJECT GUTENBERG EBOOK", re.IGNORECASE)
GUTENBERG_END = re.compile(r"\*{3}\s?END OF (?:THE|THIS) PROJECT GUTENBERG EBOOK|^End of (?:the )?Project Gutenberg")
FIELDS = re.compile(r"(?:Title|Author|Editor|Translator|Illustrator|Subtitle): ")
"""Lines of Gutenberg's header that tell about the book: metadata."""
PRODUCED = re.compile(r"(?:Produced by|E-text prepared by|Transcribed (?:from|by)) ")
SCANNED = re.compile(
    r"Digiti[sz]ed by\s+(?:the\s+)?(?:Internet Archive|Google|Microsoft|[VGCLJ][^\s]{0,8}OOQ\S*|\S{2,9}gle)\b"
)
GOOGLE = re.compile(r"This is a digital copy of a book that was preserved")
GOOGLE_LINE = re.compile(r"Google(?:™)?$|Public Domain, Google-digitized|Generated on \d{4}-\d\d-\d\d")
GOOGLE_END = re.compile(r"books\s?\.\s?google\s?\.\s?com")
ARCHIVE_ADDRESS = re.compile(
    r"https?\s?:\s?//(?:(?:www\.)?archive\.org|(?:babel|www|hdl)\.(?:hathitrust\.org|handle\.net))/\S*"
)
ADDRESS = re.compile(
    r"(?:https?://|www\.|(?<![A-Za-z])[a-z0-9-]{2,30}\.)[a-z0-9.-]{0,40}(?:com|net|org|cc|cn|info|la|me)\b",
    re.IGNORECASE,
)
SITE_WORDS = re.compile(
    "一秒记住|本站地址|本章未完|点击下一页|最新章节|手机用户请|更多精彩小说|更多好书|请收藏本站|收藏本站|本站网址|"
    "全文字更新|无弹窗|小说下载|TXT下载|txt下载|免费小说|書友最值得收藏|百度搜索"
)
WEAK_WORDS = re.compile("小说|阅读|访问|网址|下载|首发|更新|整理|制作|论坛|电子书")
STAMP = re.compile(r"(?:更新时间|更新日期|发布时间|最后更新)\s*[:：]?\s*\d{2,4}[-/年.]\d{1,2}[-/月.]\d{1,2}")
"""When a web site published a chapter, and how long it is."""
RULE = re.compile(r"[=\-*~_#—]{5,}$")
LONGEST_ADVERTISEMENT = 90
LONGEST_NOTICE = 60
"""Lines of Google's notice."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Lines of boilerplate of one origin."""

    origin: str
    lines: tuple[Line, ...]


def find(raw: str, lines: Sequence[Line]) -> list[Notice]:
    """Find the boilerplate among the lines of a raw text."""
    texts = [raw[line.start : line.end] for line in lines]
    found: dict[int, str] = {}
    _find_gutenberg(texts, found)
    _find_scans(texts, lines, found)
    _find_advertisements(texts, found)
    for i in sorted(found):  # a rule that parts a notice from the text
        for k in (i - 1, i + 1):
            if 0 <= k < len(texts) and k not in found and RULE.match(texts[k]):
                found[k] = found[i]
    origins: dict[str, list[Line]] = {}
    for i in sorted(found):
        origins.setdefault(found[i], []).append(lines[i])
    return [Notice(origin, tuple(members)) for origin, members in origins.items()]


def _find_gutenberg(texts: Sequence[str], found: dict[int, str]) -> None:
    """Add the header, up to its mark, and the licence, from its mark on; a header without a mark is only its lines."""
    start = next((i for i, text in enumerate(texts[:400]) if GUTENBERG_START.match(text)), -1)
    for i in range(start + 1):
        if not FIELDS.match(texts[i]):
            found[i] = "Project Gutenberg"
    for i in range(start + 1, min(start + 6, len(texts)) if start >= 0 else 0):
        if PRODUCED.match(texts[i]):
            found[i] = "Project Gutenberg"
    end = next((i for i, text in enumerate(texts) if text[:1] in "*E" and GUTENBERG_END.search(text)), len(texts))
    found.update(dict.fromkeys(range(end, len(texts)), "Project Gutenberg"))


def _find_scans(texts: Sequence[str], lines: Sequence[Line], found: dict[int, str]) -> None:
    """Add the notices of those who scanned the book."""
    for i, text in enumerate(texts):
        if i in found:
            continue
        if text[0] == "D" and SCANNED.match(text):
            found[i] = "scan notice"
            if "Archive" in text:
                address = next((k for k in range(i + 1, min(i + 7, len(texts))) if ARCHIVE_ADDRESS.match(texts[k])), i)
                found.update(dict.fromkeys(range(i, address + 1), "scan notice"))
        elif (text[0] == "h" and ARCHIVE_ADDRESS.fullmatch(text)) or (text[0] in "GP" and GOOGLE_LINE.match(text)):
            found[i] = "scan notice"
        elif text[0] == "T" and GOOGLE.match(text):
            notice = range(i, min(i + LONGEST_NOTICE, len(texts)))
            end = next((k for k in notice if GOOGLE_END.search(texts[k])), -1)
            if end < 0:
                end = next((k - 1 for k in range(i + 1, len(texts)) if lines[k].gap), len(texts) - 1)
            found.update(dict.fromkeys(range(i, end + 1), "scan notice"))


def _find_advertisements(texts: Sequence[str], found: dict[int, str]) -> None:
    """Add advertisements of web-novel sites: lines with their phrases, or with an address that comes again."""
    times = Counter(text for text in texts if len(text) <= LONGEST_ADVERTISEMENT)
    for i, text in enumerate(texts):
        if i in found or len(text) > LONGEST_ADVERTISEMENT:
            continue
        address = ("." in text) and ADDRESS.search(text) is not None
        if STAMP.match(text):
            found[i] = "web site"
            continue
        bracketed = text[0] in "（(【[" and text[-1] in "）)】]"
        if (SITE_WORDS.search(text) and (address or bracketed or times[text] > 1)) or (
            address and WEAK_WORDS.search(text) and (times[text] > 1 or i < 8)
        ):
            found[i] = "web site"
