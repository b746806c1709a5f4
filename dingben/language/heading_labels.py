"""Labels of headings: 第三章, 第二节, 一、, （一）, 1.1, 附录, Chapter IV, and their ranks.

The contents and the text print the same headings in different noise; both are brought to one
form here: label, one blank, title.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dingben.language.han import HAN, skeleton

NUMBER = "一二三四五六七八九十百千零〇○两廿卅"
_ARABIC = r"[0-9OlI]{1,2}"
_UNIT_RANK = {
    unit: rank
    for rank, units in {
        1: "部分 部 册",
        2: "编 編 卷",
        3: "篇 单元 單元 辑",
        4: "章 回 讲 講 课 課 幕 折 出",
        5: "节 節 场 場",
    }.items()
    for unit in units.split()
}
_UNITS = "|".join(sorted(_UNIT_RANK, key=len, reverse=True))
_STYLES = (
    ("unit", re.compile(rf"第\s*(?P<number>(?:[{NUMBER}]\s*){{1,6}}|[0-9OlI\s]{{1,4}}?)\s*(?P<unit>{_UNITS})")),
    ("volume", re.compile(
        rf"(?:卷\s*之?\s*(?P<number>[{NUMBER}]{{1,4}}|[上中下])|(?P<half>[上中下])\s*(?P<unit>[篇编編卷部册]))"
        r"(?=\s|$|[：:])")),
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
CHAPTER_RANK = 4
"""The rank of 章; ranks up to it can open a division."""

_RANKS = {"volume": 2, "appendix": 4, "han": 6, "han-bracket": 7, "decimal": 7, "arabic": 9, "arabic-bracket": 10}
_ENGLISH_RANK = {"part": 1, "book": 1, "volume": 1, "act": 3, "section": 5, "scene": 5}
_HAN_FIGURES = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_ENGLISH_FIGURES = {
    w: n
    for n, w in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1
    )
}

ROLES = {
    "preface": """前言 序 序言 序文 自序 代序 总序 總序 原序 新序 再版序 译序 译者序 译者前言 丛书总序
        叢書總序 序一 序二 题记 題記 弁言 小引 卷首语 卷首語 敘 叙 自敘 自叙 致读者 preface""",
    "introduction": "引言 导言 绪言 緒言 introduction",
    "foreword": "foreword",
    "prologue": "楔子 prologue",
    "dedication": "献词 獻詞 题辞 題辭 dedication",
    "notice": "出版说明 出版說明 编辑说明 凡例 例言 编者的话 編者的話 tothereader",
    "abstract": "内容提要 内容简介 內容提要 內容簡介",
    "other-credits": "作者简介 作者簡介",
    "acknowledgments": "致谢 致謝 鸣谢 acknowledgments acknowledgements",
    "bibliography": """参考文献 參考文獻 主要参考文献 主要參考文獻 参考书目 參考書目 引用书目 引用書目
        bibliography references workscited furtherreading""",
    "conclusion": "结语 結語 结论 結論 余论 餘論 conclusion",
    "afterword": "后记 後記 跋 编后记 編後記 再版后记 译后记 譯後記 附记 附記 afterword",
    "epilogue": "尾声 尾聲 epilogue",
    "index": "索引 人名索引 index",
    "glossary": "术语表 glossary",
    "endnotes": "注释 注釋 notes",
    "appendix": "大事年表 年表 appendix",
}
"""Titles of front and back matter, by their EPUB role."""
_ROLE_OF = {word: role for role, words in ROLES.items() for word in words.split()}
_BACK_ROLES = {"bibliography", "conclusion", "afterword", "epilogue", "index", "glossary", "endnotes", "appendix"}
FRONT_WORDS = frozenset(word for word, role in _ROLE_OF.items() if role not in _BACK_ROLES)
BACK_WORDS = frozenset(word for word, role in _ROLE_OF.items() if role in _BACK_ROLES)


@dataclass(frozen=True, slots=True)
class Label:
    """A label at the beginning of a line."""

    style: str
    """Style of the number: two labels of one style have the same level."""
    rank: int
    number: tuple[int, ...]
    text: str
    """Normalized form (第二节, 1.1)."""
    end: int
    """Where it ends in the text that it was read from."""

    @property
    def joiner(self) -> str:
        """Text between label and title."""
        return "" if self.style in {"han", "han-bracket", "arabic-bracket"} else " "


def read(text: str) -> Label | None:
    """Return the label that ``text`` begins with."""
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
    """Return the value of a numeral in Han, Arabic or Roman digits; 0 if it is none."""
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


def key(text: str) -> str:
    """Return the key to compare headings by: letters and digits of the normalized heading."""
    return skeleton(text)


def role(text: str) -> str | None:
    """Return the EPUB role of a division with this title; ``None`` if the title does not show it."""
    bare = skeleton(text)
    if bare in _ROLE_OF:
        return _ROLE_OF[bare]
    return "appendix" if bare.startswith(("附录", "附錄", "appendix")) else None
