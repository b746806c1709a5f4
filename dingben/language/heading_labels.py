"""Labels of headings: 第三章, 第二节, 一、, （一）, 1.1, 附录, Chapter IV, and their ranks.

The contents and the text print the same headings in different noise; both are brought to one
form here: label, one blank, title.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from dingben.language.han import HAN, skeleton

NUMBER = "一二三四五六七八九十百千零〇○两兩廿卅壹贰貳叁參陆陸肆伍柒捌玖拾佰仟"
_DIGIT = "0-9０-９"
_ARABIC = r"[0-9OlI]{1,2}"
_UNIT_RANK = {
    unit: rank
    for rank, units in {
        1: "部分 部 册 冊 季",
        2: "编 編 卷 集",
        3: "篇 单元 單元 辑 輯",
        4: "章 回 讲 講 课 課 幕 折 出 话 話",
        5: "节 節 场 場",
    }.items()
    for unit in units.split()
}
_UNITS = "|".join(sorted(_UNIT_RANK, key=len, reverse=True))
_ORDINAL = rf"第\s*(?:(?:[{NUMBER}]\s*){{1,8}}|[{_DIGIT}OlI\s]{{1,6}}?|[A-ZＡ-Ｚ])\s*"
_UNIT = _ORDINAL.replace("(?:(?:", "(?P<number>(?:", 1) + rf"(?P<unit>{_UNITS})"
_EXTRA = "番外篇?|外传|外傳|外篇|彩蛋|后日谈|後日談|楔子|引子|序章|序幕|终章|終章|尾声|尾聲"
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_FIRST = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
_STYLES = (
    ("unit", re.compile(rf"(?P<open>[【〔〖\[［])?\s*{_UNIT}(?(open)\s*[】〕〗\]］]?)")),
    ("volume", re.compile(
        rf"(?:卷\s*之?\s*(?P<number>[{NUMBER}]{{1,4}}|[{_DIGIT}]{{1,3}}|[上中下])|(?P<half>[上中下])\s*(?P<unit>[篇编編卷部册冊集]))"
        r"(?=\s|$|[：:])")),
    ("appendix", re.compile(rf"附\s*[录錄]\s*(?P<number>[{NUMBER}]{{1,3}}|[0-9A-Z]{{1,2}})?(?=\s|$|[：:《“]|[{HAN}])")),
    ("extra", re.compile(
        rf"(?:{_EXTRA})\s*[（(]?(?P<number>之?[{NUMBER}]{{1,3}}|[{_DIGIT}]{{1,3}})?[)）]?(?=\s|$|[：:、·《“])")),
    ("decimal", re.compile(rf"(?P<number>{_ARABIC}(?:\s*[.．,，]\s*{_ARABIC}){{1,3}})(?![0-9%年月日])(?=\D|$)")),
    ("han", re.compile(rf"(?P<number>[{NUMBER}]{{1,3}})\s*、")),
    ("han-bracket", re.compile(rf"[（(]\s*(?P<number>[{NUMBER}]{{1,3}})\s*[)）]")),
    ("arabic", re.compile(r"(?P<number>[0-9]{1,2})\s*(?:[.．](?!\s*\d)|、)")),
    ("arabic-bracket", re.compile(r"[（(]\s*(?P<number>[0-9]{1,2})\s*[)）]")),
    ("english", re.compile(
        r"(?P<unit>chapter|chap|part|book|section|appendix|lecture|letter|volume|vol|episode|act|scene|canto)"
        r"(?P<point>\s+(?:the\s+)?|[.．]\s*(?=\d))"
        rf"(?P<number>[IVXLC1l]+|\d{{1,4}}|[A-Z]|(?:{_TENS})(?:[- ](?:{_ONES}))?|{_TEENS}|{_ONES}|{_FIRST})\b"
        r"(?P<dot>\s*[.:—-]+)?",
        re.IGNORECASE)),
)  # fmt: skip
_LEAD = re.compile(r"[＃#※◎●■★☆▲△◆◇=＝~～\s]+(?=[第【〔〖\[［卷番楔序终終尾引])|正文\s+(?=第)")
"""Ornaments, and a word of web novels, that may stand before a label."""

_IN_VOLUME = re.compile(rf"[\s　](?P<label>{_ORDINAL}[章回节節话話])(?=\s|$|[：:、])")
"""The chapter's label where a line has its volume before it (第一卷 归乡 第二章 夜雨)."""

_POINT = r"\s*[.．、：:](?!\s*\d)\s*|[ \u3000]+(?:[-—–]+\s*)?(?=\D)|$"
_WEAK_STYLES = (
    ("number", re.compile(rf"(?P<number>[{_DIGIT}]{{1,4}})(?P<point>{_POINT}|(?=[{HAN}《“「]))")),
    ("han-number", re.compile(rf"(?P<number>[{NUMBER}]{{1,4}})(?P<point>{_POINT})")),
    ("ordinal", re.compile(
        rf"第(?P<number>[{NUMBER}]{{1,4}}|[{_DIGIT}]{{1,4}})(?P<unit>[{HAN}]{{1,2}})(?P<point>{_POINT})")),
    ("roman", re.compile(rf"(?P<number>[IVXLC]{{1,7}})(?P<point>{_POINT})")),
)  # fmt: skip
"""Numbers that tell a heading only where a whole run of them does."""

CHAPTER_RANK = 4
"""The rank of 章; ranks up to it can open a division."""

SMALL = frozenset({"arabic", "arabic-bracket", "han-bracket", "han"})
"""Styles of labels that items of lists have, too."""

_RANKS = {
    "volume": 2,
    "appendix": 4,
    "extra": 4,
    "ordinal": 4,
    "roman": 5,
    "han": 6,
    "han-number": 6,
    "han-bracket": 7,
    "decimal": 7,
    "number": 8,
    "arabic": 9,
    "arabic-bracket": 10,
}
_ENGLISH_RANK = {"part": 1, "book": 1, "volume": 1, "vol": 1, "act": 3, "section": 5, "scene": 5}
_FORMAL = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟兩", "一二二三三四五六六七八九十百千两")
_HAN_FIGURES = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_ENGLISH_FIGURES = {
    **{word: n for n, word in enumerate(f"{_ONES}|{_TEENS}".split("|"), 1)},
    **{word: n for n, word in enumerate(_FIRST.split("|"), 1)},
    **{word: 10 * n for n, word in enumerate(_TENS.split("|"), 2)},
}

ROLES = {
    "preface": """前言 序 序言 序文 自序 代序 总序 總序 原序 新序 再版序 译序 译者序 译者前言 丛书总序
        叢書總序 序一 序二 题记 題記 弁言 小引 卷首语 卷首語 敘 叙 自敘 自叙 致读者 写在前面 寫在前面 preface""",
    "introduction": "引言 导言 绪言 緒言 introduction",
    "foreword": "foreword",
    "prologue": "楔子 引子 序章 序幕 prologue",
    "dedication": "献词 獻詞 题辞 題辭 dedication",
    "notice": "出版说明 出版說明 编辑说明 凡例 例言 编者的话 編者的話 tothereader",
    "abstract": "内容提要 内容简介 內容提要 內容簡介",
    "other-credits": "作者简介 作者簡介",
    "acknowledgments": "致谢 致謝 鸣谢 acknowledgments acknowledgements",
    "bibliography": """参考文献 參考文獻 主要参考文献 主要參考文獻 参考书目 參考書目 引用书目 引用書目
        bibliography references workscited furtherreading""",
    "conclusion": "结语 結語 结论 結論 余论 餘論 conclusion",
    "afterword": """后记 後記 跋 编后记 編後記 再版后记 译后记 譯後記 附记 附記 作者的话 作者的話 写在最后 寫在最後
        完本感言 afterword""",
    "epilogue": "尾声 尾聲 终章 終章 尾章 大结局 大結局 epilogue",
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


_COUNTED = re.compile("(?:多|余|几)?(?:分钟|小时|个|個|天|岁|歲|元|种|種|块|塊|万|萬|亿|億|次|人|本|步|招)")
"""What is counted: ``4. 10分钟`` is the fourth title, and no number 4.10."""


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
        closed = self.text[-1] in "】〕〗］]：:、"
        return "" if closed or self.style in {"han", "han-bracket", "arabic-bracket"} else " "


def read(text: str) -> Label | None:
    """Return the label that ``text`` begins with."""
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    for name, pattern in _STYLES:
        match = pattern.match(text, start)
        if match and not (name == "decimal" and " " in match[0] and _COUNTED.match(text, match.end())):
            label = _label(name, match)
            if lead and "正文" in lead[0]:
                label = replace(label, text=f"正文 {label.text}")
            return _in_volume(text, label) if label.rank <= 3 else label
    return None


def read_weak(text: str) -> Label | None:
    """The label of ``read``, or else a number that is a label only in a run of such lines (001 夜雨, 1：夜雨, 一)."""
    if label := read(text):
        return label
    for name, pattern in _WEAK_STYLES:
        if match := pattern.match(text):
            point = re.sub(r"\s", "", match["point"])
            unit = match.groupdict().get("unit") or ""
            words = f"第{match['number']}{unit}" if unit else match["number"]
            words += "：" if point in {"：", ":"} else "." if point == "．" else point
            style = f"{name}{unit}{words[-1] if point else ''}"
            return Label(style, _RANKS[name], (figure(match["number"]),), words, match.end())
    return None


def _in_volume(text: str, volume: Label) -> Label:
    """The label of a chapter that has its volume before it in the same line, or else the volume's."""
    match = _IN_VOLUME.search(text, volume.end)
    chapter = read(match["label"]) if match else None
    if match is None or chapter is None:
        return volume
    name = re.sub(r"\s+", " ", text[volume.end : match.start()]).strip()
    words = " ".join(part for part in (volume.text, name, chapter.text) if part)
    return Label(chapter.style, chapter.rank, chapter.number, words, match.end())


def _label(name: str, match: re.Match[str]) -> Label:
    groups = match.groupdict()
    printed = re.sub(r"\s", "", groups.get("number") or "")
    if name == "unit":
        return _unit_label(match, printed)
    if name == "decimal":
        figures = re.sub(r"[．,，]", ".", printed).translate(str.maketrans("OlI", "011"))
        numbers = tuple(int(n) for n in figures.split("."))
        return Label(f"decimal{len(numbers)}", _RANKS[name] + len(numbers) - 2, numbers, figures, match.end())
    if name == "english":
        unit = groups["unit"].lower()
        dot = re.sub(r"\s", "", groups["dot"] or "")
        point = re.sub(r"\s+", " ", groups["point"])
        words = f"{groups['unit']}{point}{groups['number']}{dot}"
        return Label(unit, _ENGLISH_RANK.get(unit, 4), (figure(printed),), words, match.end())
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
    return Label(name, _RANKS[name], (figure(printed.removeprefix("之")),), text, match.end())


def _unit_label(match: re.Match[str], printed: str) -> Label:
    """The label 第三章, its letters read as figures where it has figures, with the brackets around it."""
    figures = printed.translate(str.maketrans("OlI", "011"))
    number = figures if re.search(f"[{_DIGIT}]", printed) else printed
    unit = match["unit"]
    value = ord(unicodedata.normalize("NFKC", figures)) - 64 if re.fullmatch("[A-ZＡ-Ｚ]", figures) else figure(figures)
    closing = match[0].rstrip()[-1]
    closing = closing if closing in "】〕〗]］" else ""
    return Label(unit, _UNIT_RANK[unit], (value,), f"{match['open'] or ''}第{number}{unit}{closing}", match.end())


def figure(text: str) -> int:
    """Return the value of a numeral in Han, Arabic or Roman digits; 0 if it is none."""
    if text.isdigit():
        return int(text)
    word = text.lower()
    if word in _ENGLISH_FIGURES:
        return _ENGLISH_FIGURES[word]
    if "-" in word:
        return sum(_ENGLISH_FIGURES.get(part, 0) for part in word.split("-"))
    if re.fullmatch("[ivxlc1]+", word):
        values = [{"i": 1, "1": 1, "v": 5, "x": 10, "l": 50, "c": 100}[c] for c in word]
        return sum(-v if i + 1 < len(values) and values[i + 1] > v else v for i, v in enumerate(values))
    total, digit = 0, 0
    for char in text.translate(_FORMAL).replace("廿", "二十").replace("卅", "三十"):
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
