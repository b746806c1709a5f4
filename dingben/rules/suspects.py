"""Rules that only report: what looks wrong but may be right. No rule changes letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dingben.language.han import HAN, addresses, inside, is_reference
from dingben.rules.passage import Edit
from dingben.rules.rule import Confidence, rule

QUOTED = (("“", "”"), ("‘", "’"), ("「", "」"), ("『", "』"))
BRACKETED = (("（", "）"), ("《", "》"), ("〈", "〉"), ("【", "】"), ("〔", "〕"))


@rule("X901", Confidence.SUSPECT, "zh")
def unpaired_quotes(text: str) -> Iterator[Edit]:
    """Report a quotation mark without its partner: one was lost, reversed, or read into the text.

    Not reported: a quotation that opens here and continues in the next paragraph, and the apostrophe
    of a Latin word.
    """
    for opening, closing in QUOTED:
        if opening not in text and closing not in text:
            continue
        opened = -1
        for at, char in enumerate(text):
            if char == closing == "’" and text[at - 1 : at].isascii() and text[at - 1 : at].isalpha():
                continue
            if char == opening:
                if opened >= 0:
                    yield Edit(opened, opened + 1, "")
                opened = at
            elif char == closing:
                if opened < 0:
                    yield Edit(at, at + 1, "")
                opened = -1
        if opened > 0:
            yield Edit(opened, opened + 1, "")


@rule("X902", Confidence.SUSPECT, "zh")
def unpaired_brackets(text: str) -> Iterator[Edit]:
    """Report a bracket or a book-title mark without its partner.

    Not reported: the closing bracket of an item number such as 1）.
    """
    for opening, closing in BRACKETED:
        opened: list[int] = []
        for at, char in enumerate(text):
            if char == opening:
                opened.append(at)
            elif char == closing:
                if opened:
                    opened.pop()
                elif not re.search(r"(?:^|[，。；：])[0-9a-zA-Z一二三四五六七八九十]{1,2}$", text[:at]):
                    yield Edit(at, at + 1, "")
        for at in opened:
            yield Edit(at, at + 1, "")


_ALIKE = """
自已>自己 己经>已经 早己>早已 不得己>不得已 而己>而已 末必>未必 末免>未免 末曾>未曾 尚末>尚未
末能>未能 未尾>末尾 周未>周末 间题>问题 学间>学问 顾间>顾问 访间>访问 疑间>疑问 民问>民间
侯选>候选 时侯>时候 气侯>气候 诸候>诸侯 王候>王侯 住往>往往 往宅>住宅 居往>居住 治金>冶金
陶治>陶冶 统冶>统治 政冶>政治 冶理>治理 析学>哲学 分折>分析 剖折>剖析 古藉>古籍 书藉>书籍
国藉>国籍 藉贯>籍贯 凭籍>凭借 土兵>士兵 博土>博士 人土>人士 战土>战士 护土>护士 士地>土地
领士>领土 干万>千万 若千>若干 千涉>干涉 大阳>太阳 大平洋>太平洋 夭下>天下 夫下>天下 夭津>天津
入民>人民 历吏>历史 吏学>史学 子日：>子曰： 答日：>答曰： 对日：>对曰： 曰本>日本 曰期>日期
今曰>今日 每曰>每日 抗曰>抗日 持别>特别 独持>独特 支特>支持 保特>保持 坚特>坚持 微求>征求
簿弱>薄弱 薄记>簿记 辩别>辨别 辩认>辨认 辨论>辩论 辨护>辩护 拔款>拨款 选拨>选拔 海拨>海拔
戌戍>戊戌 眼晴>眼睛 遣产>遗产 遣憾>遗憾 派遗>派遣 嬴得>赢得 便宣>便宜
"""
ALIKE = dict(pair.split(">") for pair in _ALIKE.split())
"""Words with a misread character on the left, which hardly occur otherwise; the common word on the right."""
ALIKE_WORD = re.compile("|".join(sorted(map(re.escape, ALIKE), key=len, reverse=True)))


@rule("X903", Confidence.SUSPECT, "zh")
def look_alike(text: str) -> Iterator[Edit]:
    """Report a character that looks like another, in a word that only the other forms.

    己经 is 已经 misread, 末来 is 未来. Only pairs are listed whose wrong form hardly occurs; it can
    still be right (a name, a quotation), so the scan decides.
    """
    for match in ALIKE_WORD.finditer(text):
        if match[0] == "干万" and text[match.start() - 1 : match.start()] == "若":
            continue
        yield Edit(match.start(), match.end(), ALIKE[match[0]])


@rule("X904", Confidence.SUSPECT)
def letters_among_figures(text: str) -> Iterator[Edit]:
    """Report O, l and I in the place of 0 and 1 within a number.

    Not reported: addresses, references, model names such as A10.
    """
    skip = addresses(text)
    for match in re.finditer(r"(?<![A-Za-z])(?=[0-9OolI]*\d)(?=[0-9OolI]*[OolI])[0-9OolI]{2,}(?![A-Za-z0-9])", text):
        if not inside(match.start(), skip) and not re.fullmatch(r"[OolI]\d", match[0]):
            yield Edit(match.start(), match.end(), match[0].translate(str.maketrans("OolI", "0011")))


@rule("X905", Confidence.SUSPECT, "zh")
def dash_read_as_one(text: str) -> Iterator[Edit]:
    """Report a dash read as the numeral 一: between marks, before a clause it can't begin, or in a range of years.

    Not reported: places where 一 can be the number one.
    """
    for match in ONE_FOR_DASH.finditer(text):
        yield Edit(match.start(), match.end(), "——")


NOT_COUNTED = (
    "这|那|如果|假如|要是|倘若|后来|後來|但|可是|然而|因为|因為|所以|于是|於是|就是|即|也|却|卻|而|或|虽|雖|尽管|儘管"
    "|他|她|它|我|你|您|谁|誰|什么|什麼|为什么|為什麼|怎么|怎麼|都|又|还|還|並|并且|及|与|與|和|从|從|被|把|对于|對於"
)
"""Words that 一 as a number never stands before."""

ONE_FOR_DASH = re.compile(
    r"(?<=[》”）。，！？」』])一(?=[《“（「『])|(?<=[0-9○〇])一(?=[—-]?[0-9])|(?<=[○〇一二三四五六七八九]{3})一(?=—)"
    rf"|(?<=[》”）。，！？；：」』…])一(?={NOT_COUNTED})"
)


@rule("X906", Confidence.SUSPECT, "zh", "en", "other")
def stray_sign(text: str) -> Iterator[Edit]:
    """Report replacement characters, private-use characters, and Greek or Cyrillic letters within Latin words.

    Not reported: □, with which editors mark a lost character.
    """
    for match in STRAY.finditer(text):
        yield Edit(match.start(), match.end(), "")


STRAY = re.compile(
    r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f\x7f-\x9f]|(?<=[A-Za-z])[\u0370-\u04ff](?=[A-Za-z])|\?{3,}|锟斤拷|烫烫"
)


@rule("X907", Confidence.SUSPECT, "zh")
def doubled_words(text: str) -> Iterator[Edit]:
    """Report a function word, or a longer string, twice in a row.

    Not reported: reduplication as Chinese has it (常常, 研究研究), and repetition across punctuation.
    """
    for match in TWICE.finditer(text):
        if match[1] == "了" and text[match.end() : match.end() + 1] in ("解", "然", "断"):
            continue
        if match[1] or len(set(match[2])) > 2:
            yield Edit(match.start(), match.end(), match[1] or match[2])


TWICE = re.compile(rf"([的了在是和与及而于为之所])\1(?!\1)|([{HAN}]{{4,12}})\2")


@rule("X908", Confidence.SUSPECT, "zh")
def impossible_date(text: str) -> Iterator[Edit]:
    """Report impossible dates: a thirteenth month, a thirty-second day, a year in the future.

    Not reported: intercalary months and dates of other calendars, which are written in Han numerals.
    """
    for match in re.finditer(r"(?<!\d)(?:(\d{4})\s*年\s*)?(\d{1,2})\s*月(?:\s*(\d{1,2})\s*[日号])?", text):
        year, month, day = (int(g) if g else None for g in match.groups())
        days = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
        bad = not 1 <= (month or 1) <= 12 or (day is not None and not 1 <= day <= days[((month or 1) - 1) % 12])
        if bad or (year is not None and year > 2100):
            yield Edit(match.start(), match.end(), "")


@rule("X909", Confidence.SUSPECT, "zh")
def point_between_han(text: str) -> Iterator[Edit]:
    """Report a period between two Han characters: it may be a full stop, an interpunct, or dust.

    Not reported: references, whose periods are full stops.
    """
    if is_reference(text):
        return
    for match in re.finditer(rf"(?<=[{HAN}])[.．](?=[{HAN}])", text):
        yield Edit(match.start(), match.end(), "·")


ENGLISH_ALIKE = re.compile(
    r"\b(?:tbe|tbat|tbis|witb|wbich|wben|wbo|bave|tben|tbey|tbere|tbeir|otber|sucb|mucb|eacb|ofthe|inthe|aud|iu|tlie)\b"
)


@rule("X910", Confidence.SUSPECT, "en")
def misread_word(text: str) -> Iterator[Edit]:
    """Report words that only misreading makes (tbe, aud), and digits within a word (e1ongated).

    Not reported: words with digits at their end, such as B12.
    """
    for match in ENGLISH_ALIKE.finditer(text):
        yield Edit(match.start(), match.end(), "")
    for match in re.finditer(r"\b[A-Za-z]*[a-z][01][a-z]+\b|\b1[a-z]{2,}\b", text):
        yield Edit(match.start(), match.end(), match[0].replace("1", "l").replace("0", "o"))


@rule("X911", Confidence.SUSPECT, "en")
def stop_in_mid_sentence(text: str) -> Iterator[Edit]:
    """Report a full stop before a lower-case letter: a misread comma, or an abbreviation.

    Not reported: common abbreviations, initials, ellipses.
    """
    for match in re.finditer(r"(?<=[a-z]{3})\. (?=[a-z])", text):
        word = re.search(r"[A-Za-z]+$", text[: match.start()])
        if word and word[0].lower() not in {
            "etc",
            "viz",
            "vol",
            "chap",
            "fig",
            "figs",
            "art",
            "cap",
            "edit",
            "tom",
            "rev",
        }:
            yield Edit(match.start(), match.end(), ", ")


@rule("X912", Confidence.SUSPECT, "zh")
def wrong_script(text: str) -> Iterator[Edit]:
    """Report a single character of the other script (simplified or traditional): misread, or left unconverted.

    Not reported: text that mixes both scripts (three or more such characters in a paragraph).
    """
    simplified, traditional = set(text) & HANS_ONLY, set(text) & HANT_ONLY
    odd: set[str] = set()
    if len(simplified) > 4 * len(traditional):
        odd = traditional
    elif len(traditional) > 4 * len(simplified):
        odd = simplified
    if 0 < len(odd) < 3:
        for at, char in enumerate(text):
            if char in odd:
                yield Edit(at, at + 1, "")


HANT_ONLY = frozenset("國學說這個們來時會對為與過發經書體實點開關門問間聲讀寫東車長張馬號處從樣應當還進現機")
HANS_ONLY = frozenset("国学说这个们来时会对为与过发经书体实点开关门问间声读写东车长张马号处从样应当还进现机")
