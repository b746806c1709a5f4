"""Labels of headings: 第三章, 第二节, 一、, （一）, 1.1, 附录, Chapter IV, and their ranks.

The contents and the text print the same headings in different noise; both are brought to one
form here: label, one blank, title.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .imprint import skeleton
from .rules import RULES, corrected
from .rules.context import HAN, MARKS

NUMBER = "一二三四五六七八九十百千零〇○两廿卅"
_ARABIC = r"[0-9OlI]{1,2}"
_UNIT_RANK = {"部分": 1, "部": 1, "册": 1, "编": 2, "編": 2, "卷": 2, "篇": 3, "单元": 3, "單元": 3, "辑": 3, "章": 4, "回": 4, "讲": 4, "講": 4, "课": 4, "課": 4, "幕": 4,
              "折": 4, "出": 4, "节": 5, "節": 5, "场": 5, "場": 5}  # fmt: skip
_UNITS = "|".join(sorted(_UNIT_RANK, key=len, reverse=True))
_STYLES = (
    ("unit", re.compile(rf"第\s*(?P<number>(?:[{NUMBER}]\s*){{1,6}}|[0-9OlI\s]{{1,4}}?)\s*(?P<unit>{_UNITS})")),
    ("volume", re.compile(rf"(?:卷\s*之?\s*(?P<number>[{NUMBER}]{{1,4}}|[上中下])|(?P<half>[上中下])\s*(?P<unit>[篇编編卷部册]))(?=\s|$|[：:])")),
    ("appendix", re.compile(rf"附\s*[录錄]\s*(?P<number>[{NUMBER}]{{1,3}}|[0-9A-Z]{{1,2}})?(?=\s|$|[：:《“]|[{HAN}])")),
    ("decimal", re.compile(rf"(?P<number>{_ARABIC}(?:\s*[.．,，]\s*{_ARABIC}){{1,3}})(?![0-9%年月日])(?=\D|$)")),
    ("han", re.compile(rf"(?P<number>[{NUMBER}]{{1,3}})\s*、")),
    ("han-bracket", re.compile(rf"[（(]\s*(?P<number>[{NUMBER}]{{1,3}})\s*[)）]")),
    ("arabic", re.compile(r"(?P<number>[0-9]{1,2})\s*(?:[.．](?!\s*\d)|、)")),
    ("arabic-bracket", re.compile(r"[（(]\s*(?P<number>[0-9]{1,2})\s*[)）]")),
    ("english", re.compile(
        r"(?P<unit>chapter|part|book|section|appendix|lecture|letter|volume|act|scene|canto)\s+"
        r"(?P<number>[IVXLC1l]+|\d{1,3}|[A-Z]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b(?P<dot>\s*[.:—-]+)?",
        re.IGNORECASE)),
)  # fmt: skip
_RANKS = {"volume": 2, "appendix": 4, "han": 6, "han-bracket": 7, "decimal": 7, "arabic": 9, "arabic-bracket": 10}
_ENGLISH_RANK = {"part": 1, "book": 1, "volume": 1, "act": 3, "section": 5, "scene": 5}
_HAN_FIGURES = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_ENGLISH_FIGURES = {
    w: n for n, w in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1)
}

FRONT_WORDS = {"前言", "序", "序言", "序文", "自序", "代序", "总序", "原序", "新序", "再版序", "译序", "译者序", "序一", "序二", "弁言", "题记", "題記", "引言", "导言", "緒言", "绪言", "卷首语", "卷首語", "小引", "例言", "凡例", "题辞",
               "出版说明", "编者的话", "内容提要", "内容简介", "作者简介", "致读者", "译者前言", "丛书总序", "叢書總序", "總序", "自敘", "敘", "叙", "自叙", "獻詞", "献词",
               "preface", "foreword", "introduction", "prologue", "dedication", "tothereader", "acknowledgments", "acknowledgements"}  # fmt: skip
BACK_WORDS = {"参考文献", "參考文獻", "主要参考文献", "参考书目", "參考書目", "引用书目", "后记", "後記", "跋", "编后记", "再版后记", "译后记", "结语", "結語", "结论", "尾声", "余论", "餘論", "索引", "人名索引", "注释", "致谢", "致謝", "附记", "大事年表", "年表",
              "bibliography", "references", "index", "notes", "afterword", "epilogue", "conclusion", "glossary", "appendix", "worksited", "furtherreading"}  # fmt: skip
ROLES = {"preface": "前言序言序文自序代序总序總序原序新序译者前言译者序题记題記弁言小引卷首语丛书总序叢書總序preface", "introduction": "引言导言绪言緒言introduction", "foreword": "foreword",
         "dedication": "献词獻詞dedication题辞", "bibliography": "参考文献參考文獻主要参考文献参考书目參考書目引用书目bibliographyreferencesworkscitedfurtherreading", "notice": "出版说明凡例例言编者的话",
         "afterword": "后记後記跋编后记再版后记译后记afterword", "conclusion": "结语結語结论余论餘論conclusion", "epilogue": "尾声epilogue", "index": "索引人名索引index",
         "acknowledgments": "致谢致謝acknowledgmentsacknowledgements", "glossary": "glossary", "prologue": "prologue", "endnotes": "注释notes", "abstract": "内容提要内容简介", "other-credits": "作者简介"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """A label at the beginning of a line."""

    style: str
    """What kind it is: two labels of one style stand on one level."""
    rank: int
    number: tuple[int, ...]
    text: str
    """In its right form (第二节, 1.1)."""
    end: int
    """Where it ends in the text that it was read from."""

    @property
    def joiner(self) -> str:
        """What stands between label and title."""
        return "" if self.style in {"han", "han-bracket", "arabic-bracket"} else " "


def read(text: str) -> Label | None:
    """The label that ``text`` begins with."""
    for name, pattern in _STYLES:
        match = pattern.match(text)
        if match:
            return _label(name, match)
    return None


def _label(name: str, match: re.Match[str]) -> Label:
    groups = match.groupdict()
    printed = re.sub(r"\s", "", groups.get("number") or "")
    if name == "unit":
        number = printed.translate(str.maketrans("OlI", "011")) if re.search("[0-9]", printed) else printed
        return Label(
            groups["unit"], _UNIT_RANK[groups["unit"]], (figure(number),), f"第{number}{groups['unit']}", match.end()
        )
    if name == "decimal":
        figures = re.sub(r"[．,，]", ".", printed).translate(str.maketrans("OlI", "011"))
        numbers = tuple(int(n) for n in figures.split("."))
        return Label(f"decimal{len(numbers)}", _RANKS[name] + len(numbers) - 2, numbers, figures, match.end())
    if name == "english":
        unit = groups["unit"].lower()
        dot = re.sub(r"\s", "", groups["dot"] or "")
        return Label(
            unit,
            _ENGLISH_RANK.get(unit, 4),
            (figure(printed),),
            f"{groups['unit']} {groups['number']}{dot}",
            match.end(),
        )
    text = re.sub(r"\s", "", match[0]).translate(str.maketrans("()．", "（）."))
    if name == "volume":
        half = groups.get("half") or printed
        return Label(
            f"volume-{groups.get('unit') or '卷'}",
            _RANKS[name],
            ({"上": 1, "中": 2, "下": 3}.get(half) or figure(half),),
            text,
            match.end(),
        )
    return Label(name, _RANKS[name], (figure(printed),), text, match.end())


def figure(text: str) -> int:
    """The value of a numeral in Han, arabic or roman figures; 0 if it is none."""
    if text.isdigit():
        return int(text)
    word = text.lower()
    if word in _ENGLISH_FIGURES:
        return _ENGLISH_FIGURES[word]
    if re.fullmatch("[ivxlc1]+", word):
        values = [{"i": 1, "1": 1, "v": 5, "x": 10, "l": 50, "c": 100}[c] for c in word]
        return sum(-v if i + 1 < len(values) and values[i + 1] > v else v for i, v in enumerate(values))
    total, digit = 0, 0
    for char in text.replace("廿", "二十").replace("卅", "三十"):
        if char in _HAN_FIGURES:
            digit = digit * 10 + _HAN_FIGURES[char]
        elif char in "十百千":
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
        else:
            return 0
    return total + digit


def tidy(text: str, english: bool = False) -> str:
    """A heading in its right form: label, one blank, title, no letter-spacing, marks full-width."""
    text = re.sub(r"[\s\u3000]+", " ", text).strip()
    if english:
        return corrected(RULES, text, "en")
    label = read(text)
    title = text[label.end :] if label else text
    title = re.sub(rf"(?<=[{HAN}{MARKS}]) (?=[{HAN}{MARKS}])", "", title.strip(" .．、：:") if label else title)
    title = corrected(RULES, title, "zh").strip()
    if label is None:
        return title
    return f"{label.text}{label.joiner}{title}" if title else label.text


def key(text: str) -> str:
    """What is compared: letters and figures of the heading in its right form."""
    return skeleton(text)


def role(text: str) -> str | None:
    """EPUB role of a division that is called so; ``None`` if the words tell nothing."""
    bare = skeleton(text)
    return next(
        (
            name
            for name, words in ROLES.items()
            if bare and bare in words and (bare in FRONT_WORDS or bare in BACK_WORDS)
        ),
        None,
    ) or ("appendix" if bare.startswith(("附录", "附錄", "appendix")) else None)
