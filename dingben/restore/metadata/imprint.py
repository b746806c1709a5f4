"""Read the imprint page, and with it title pages and CIP data, into metadata.

Every value keeps its place in the raw text; a value that is not printed stays empty. Repeats of
title, publisher and series are set aside, and notices too. Other prose is returned as text.

"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dingben.language.han import HAN
from dingben.language.trim_sizes import TRADE_SIZES
from dingben.restore.lines import Line
from dingben.restore.metadata import cip, contributors, title_lines, title_page
from dingben.restore.metadata.contributors import names
from dingben.restore.metadata.fields import MetadataFields, normalize_value
from dingben.restore.metadata.title_page import is_publisher

_VARIANTS = dict(
    zip(
        "责编辑设计发经销开张数价广营许证网邮总电话监装订号书页权标准务",
        "責編輯設計發經銷開張數價廣營許證網郵總電話監裝訂號書頁權標準務",
        strict=True,
    )
)


_SIGNS = "“”\"'‘’·．."
"""What a wide blank of an imprint was misread as."""
_BETWEEN = rf"(?:[ \u3000]*|[ \u3000{_SIGNS}]{{1,4}})"


def _label(*names: str) -> str:
    """Return a pattern for printed labels, letter-spaced or not, simplified or traditional."""
    letters = [[f"[{c}{_VARIANTS[c]}]" if c in _VARIANTS else c for c in name] for name in names]
    return "|".join(_BETWEEN.join(name) for name in letters)


OTHER_LABELS = """责任校对 出版人 策划编辑 特约编辑 美术编辑 总编辑 总编室 发行部 发行电话 编辑电话 邮购电话 电话 传真
书名 著者 作者 书号 印数 版式设计 插图 经售 装订 监制 出版 发行 排版 制版 版权页 标准书号"""

LABELS = {
    "imprint.responsible_editor": _label("责任编辑", "责编"),
    "imprint.printing_supervisor": _label("责任印制", "责任印刷", "责任监印"),
    "imprint.cover_design": _label("封面设计", "装帧设计", "书籍设计"),
    "imprint.distribution": _label("出版发行"),
    "publication.publisher": _label("出版者", "出版社"),
    "imprint.printer": _label("印刷者", "印刷", "承印者", "印制"),
    "imprint.distributor": _label("经销者", "经销"),
    "format.trim": _label("开本"),
    "format.sheets": _label("印张"),
    "format.word_count": _label("字数"),
    "publication.edition": _label("版次"),
    "publication.printing": _label("印次"),
    "publication.price": _label("定价"),
    "imprint.ad_licence": _label("广告经营许可证号", "广告经营许可证"),
    "imprint.url": _label("网址"),
    "imprint.address": _label("社址", "地址"),
    "imprint.postcode": _label("邮政编码", "邮编"),
    "": _label(
        *OTHER_LABELS.split(),
    ),
}  # fmt: skip
"""Patterns of printed labels, by the key of their value; those under the empty key only end the value before them."""


LABEL = re.compile(
    "|".join(f"(?P<k{n}>{pattern})" for n, pattern in enumerate(LABELS.values())).join(
        (
            r"(?:^|(?<=[\s\u3000;；|，(（]))(?:",
            rf")(?=[\s\u3000:：{_SIGNS}]|$)[\s\u3000]*[:：{_SIGNS}]?[\s\u3000{_SIGNS}]*",
        )
    )
)


_NAME_VALUE = rf"[{HAN}·]{{2,4}}(?:[ \u3000、，,]+[{HAN}·]{{2,4}}){{0,3}}"
_FIGURE_VALUE = r"[\d¥￥〇○零一二三四五六七八九十民公].{0,30}"
_WORDS_VALUE = rf"[{HAN}][{HAN}\w（）() \u3000—-]{{3,40}}"
_GLUED_VALUES = {
    "imprint.responsible_editor": _NAME_VALUE,
    "imprint.printing_supervisor": _NAME_VALUE,
    "imprint.cover_design": rf"[{HAN}·\w /／]{{2,16}}",
    "imprint.distribution": rf"[{HAN}]{{2,20}}(?:社|局|店|馆|館|公司|集团)(?:[ \u3000].{{0,20}})?",
    "imprint.printer": rf"[{HAN}（）()]{{2,24}}(?:厂|廠|公司|社|所|局|中心|集团)",
    "imprint.distributor": rf"[{HAN}（）() ]{{2,24}}(?:店|公司|社|局|部|中心)",
    "format.trim": r"\d.{4,40}",
    "format.sheets": r"[\d.]{1,8}(?:印张)?",
    "format.word_count": r"[\d.,，]{1,9}\s?(?:千字|万字|千|万|字|000).{0,12}",
    "publication.edition": _FIGURE_VALUE,
    "publication.printing": _FIGURE_VALUE,
    "publication.price": r"[¥￥]?\s?\d[\d.]{0,8}\s?元?(?:[（(].{1,12}[)）])?",
    "imprint.postcode": r"\d{6}",
    "imprint.address": rf"{_WORDS_VALUE}",
    "imprint.url": r"(?:https?|www).{4,80}",
}
"""What may stand behind a label without a blank, by the key of the value: what else begins so is no label."""
GLUED = re.compile(
    "|".join(f"(?P<k{list(LABELS).index(key)}>{LABELS[key]})(?={value}$)" for key, value in _GLUED_VALUES.items())
)
FIGURES = frozenset(
    {
        "format.sheets",
        "format.word_count",
        "publication.edition",
        "publication.printing",
        "publication.price",
        "imprint.postcode",
    }
)
MISREAD = re.compile(r"(?<=[\d第])[\]\[lI|｜!！OoQ](?=[\d年月版次.])|(?<=[\d年第])[\]\[lI|｜OoQ](?=[\d年月版次.])")
"""A sign in the place of the figure 1 or 0."""
FEWEST_LABELS = 3
"""Labels of an imprint, from which on labels may be glued to their values."""


NOTICE = re.compile(
    r"版权所有|必究|翻印|质量问题|調換|调换|退换|举报|版权局|著作权|未经.{0,12}许可|服务热线|All rights reserved|©",
    re.IGNORECASE,
)


TRIM = re.compile(
    r"\d{3,4}\s*(?:mm|毫米)?\s*[×xX*＊]\s*\d{3,4}\s*(?:mm|毫米)?\s*[,，]?\s*(?:1\s*[/／]\s*\d{1,3}|\d{1,2}\s*开)",
    re.IGNORECASE,
)


_NUMERAL = r"[\d〇○零元正一二三四五六七八九十廿卅]"
_ERA = "(?:(?:中[華华])?民[國国]|公元|公曆|公历|西元|光[緒绪]|宣[統统]|明治|大正|昭和|平成)"
_DATE = rf"{_ERA}?\s*{_NUMERAL}{{1,4}}\s*年\s*(?:{_NUMERAL}{{1,3}}\s*月\s*)?(?:{_NUMERAL}{{1,3}}\s*日\s*)?"
"""A date of an imprint, in Arabic or Chinese figures, with an era (民國) or without."""

LOOSE = (
    ("format.trim", TRIM),
    ("publication.edition", re.compile(rf"{_DATE}(?:第\s*{_NUMERAL}{{1,3}}\s*|初|再|{_NUMERAL}{{1,2}}\s*)版")),
    (
        "publication.printing",
        re.compile(rf"{_DATE}(?:[一-鿿]{{2}})?\s*第?\s*{_NUMERAL}{{1,3}}\s*(?:次(?:印刷)?|刷)"),
    ),
    ("format.sheets", re.compile(r"[\d.]+\s*(?=印张)|(?<=印张)[\s:：]*[\d.]+")),
    ("format.word_count", re.compile(r"[\d.]+\s*千?\s*万?\s*字(?![\d一-鿿])")),
    ("publication.price", re.compile(r"(?<=[¥￥])\s*[\d.]+|[\d.]+\s*元")),
)
"""Patterns of values that older imprints print without a label."""


def find_labels(text: str, glued: bool = False) -> list[re.Match[str]]:
    """Return the labels on a line; ``glued`` ones too, which no blank divides from their values."""
    found = list(LABEL.finditer(text))
    if not found and glued and (match := GLUED.match(text)):
        found = [match]
    return found


def read(raw: str, lines: list[Line], english: bool = False, titles: Sequence[str] = ()) -> MetadataFields:
    """Read metadata from the lines of title pages and imprint; ``titles`` come again at the heads of pages."""
    metadata = MetadataFields()
    if english:
        title_page.english(raw, lines, metadata)
        metadata.prose = sorted([*metadata.prose, *metadata.unknown], key=lambda line: line.start)
        return metadata
    plain = [without_emphasis(raw, line) for line in lines]
    printed = {id(new): old for new, old in zip(plain, lines, strict=True)}
    lines = plain
    texts = [raw[line.start : line.end] for line in lines]
    block = cip.read(raw, lines, texts, metadata, titles)
    done = title_lines.read_chinese(lines, ["" if i in block else text for i, text in enumerate(texts)], metadata)
    block |= _labelled(lines, texts, metadata, done | block)
    span = range(min(block), max(block) + 1) if block else range(0)
    title_page.read(lines, texts, metadata, done | block, span)
    contributors.contributors(metadata)
    _format(metadata)
    prose = sorted([*metadata.prose, *metadata.unknown], key=lambda line: line.start)
    metadata.prose = [printed.get(id(line), line) for line in prose]
    return metadata


def without_emphasis(raw: str, line: Line) -> Line:
    """A line that an OCR engine wrote in bold, without its stars."""
    text = raw[line.start : line.end]
    if len(text) > 4 and text.startswith("**") and text.endswith("**") and "**" not in text[2:-2]:
        return replace(line, start=line.start + 2, end=line.end - 2)
    return line


def _labelled(lines: list[Line], texts: list[str], metadata: MetadataFields, done: set[int]) -> set[int]:
    """Read the values after the labels of the imprint, several on a line, or on the line after the label."""
    keys = list(LABELS)
    found: set[int] = set()
    glued = sum(bool(find_labels(text, True)) for text in texts) >= FEWEST_LABELS
    for i, (line, text) in enumerate(zip(lines, texts, strict=True)):
        if i in done:
            continue
        if NOTICE.search(text.replace(" ", "")):
            _phones(text, line.start, metadata)
            found.add(i)
            continue
        marks = find_labels(text, glued)
        marks = [m for m in marks if not (m.start() == 0 and m.end() == len(text)) or i + 1 < len(lines)]
        if not marks or (marks[0].start() > 0 and not is_publisher(text[: marks[0].start()])):
            found |= {i} if _loose(text, line.start, metadata) else set()
            continue
        found.add(i)
        for mark, following in zip(marks, [*marks[1:], None], strict=False):
            key = keys[int((mark.lastgroup or "k0")[1:])]
            end = following.start() if following else len(text)
            value, start = text[mark.end() : end].rstrip(), line.start + mark.end()
            if not value and following is None and i + 1 < len(lines) and not find_labels(texts[i + 1], glued):
                value, start = texts[i + 1], lines[i + 1].start
                found.add(i + 1)
            value = _without_misread_figures(key, value, start, metadata)
            if key and value:
                first = re.match(r".*?版(?=\s*\d{4})", value) if key == "publication.edition" else None
                if first:  # edition and printing behind one label
                    rest = value[first.end() :].strip()
                    at = start + value.rindex(rest)
                    metadata.put(
                        "publication.printing", labelled_value("publication.printing", rest), at, at + len(rest)
                    )
                    value = first[0]
                metadata.put(key, labelled_value(key, value), start, start + len(value))
        if marks[0].start() > 0:
            metadata.put(
                "publication.publisher",
                normalize_value(text[: marks[0].start()]),
                line.start,
                line.start + len(text[: marks[0].start()].rstrip()),
            )
        cip.isbn(text, line.start, metadata)
    for i, (line, text) in enumerate(zip(lines, texts, strict=True)):
        if "ISBN" in text and i not in done and "publication.isbn" not in metadata.values:
            cip.isbn(text, line.start, metadata)
            found.add(i)
    return found


def _without_misread_figures(key: str, value: str, start: int, metadata: MetadataFields) -> str:
    """Return a value with figures in the place of the signs that were misread for them, and report these."""
    better = _with_figures(value) if key in FIGURES else value
    if better != value:
        message = f"signs were read as figures: {value} became {better}"
        metadata.doubts.append((start, message, "compare it with the scan"))
    return better


def _loose(text: str, start: int, metadata: MetadataFields) -> bool:
    hits = 0
    if len(text) > 80:
        return False
    printed, text = text, _with_figures(text)
    for key, pattern in LOOSE:
        match = pattern.search(text)
        if match and (key in {"format.trim", "publication.edition", "publication.printing"} or hits):
            value = match[0].strip(" :：")
            if key not in metadata.values:
                _without_misread_figures(key, printed[match.start() : match.end()], start + match.start(), metadata)
                metadata.put(key, labelled_value(key, value), start + match.start(), start + match.end())
            hits += 1
    return hits > 0


def _with_figures(text: str) -> str:
    """Return a text with the figures 1 and 0 where signs were read for them."""
    return MISREAD.sub(lambda match: "0" if match[0] in "OoQ" else "1", text)


def labelled_value(key: str, value: str) -> str:
    """Return the value of a label in the form of book.toml."""
    text = normalize_value(value)
    if key == "format.trim":
        text = re.sub(r"\s*[×xX*＊]\s*", "×", re.sub(r"\s*[,，]\s*", " ", text)).replace("／", "/")
        return re.sub(r"(?<=[米m])\s*(?=1/\d)", " ", text)
    if key in {"publication.edition", "publication.printing", "format.sheets", "imprint.postcode"}:
        text = text.replace(" ", "")
        return text.removesuffix("印刷") if key == "publication.printing" else text
    if key == "format.word_count":
        return text.replace(" ", "")
    if key == "publication.price":
        bare = re.sub(r"[¥￥\s]", "", text)
        return re.sub("[元圆]$", "", bare) if re.fullmatch(r"[\d.]+[元圆]?", bare) else bare
    if key == "imprint.url":
        return re.split(r"\s", text)[0]
    if key in {"imprint.responsible_editor", "imprint.printing_supervisor"}:
        return "、".join(names(value)) or text
    return text


PHONE = re.compile(r"(?:\(?0\d{2,3}\)?\s*[-–—－]\s*)?\d{7,8}|400[-\s]?\d{3}[-\s]?\d{4}|\b1[0-9]{4}\b|\b1[3-9]\d{9}\b")


def _phones(text: str, start: int, metadata: MetadataFields) -> None:
    """Read the telephone numbers of notices; the words before them name their purpose."""
    for match in PHONE.finditer(text):
        before = text[: match.start()]
        number = re.sub(r"\s*[-–—－]\s*", "-", match[0]).replace(" ", "")
        place = (start + match.start(), start + match.end())
        label = (
            before[max(before.rfind(word) for word in ("热线", "调换", "退换", "举报", "版权局", "电话", "邮购")) :][:6]
            if before
            else ""
        )
        if "热线" in label:
            metadata.put("imprint.phone_service", number, *place)
        elif "版权局" in before or number == "12390":
            metadata.put("imprint.phone_copyright_bureau", number, *place)
        elif "举报" in before or "必究" in before:
            metadata.piracy.append(number)
            metadata.moved.append((*place, "imprint.phone_piracy"))
        elif re.search("调换|退换|质量", before):
            metadata.put("imprint.phone_exchange", number, *place)


def _format(metadata: MetadataFields) -> None:
    figures = [int(n) for n in re.findall(r"\d+", metadata.values.get("format.trim", ""))]
    if len(figures) == 4 and (figures[0], figures[1], figures[3]) in TRADE_SIZES:
        wide, high = TRADE_SIZES[figures[0], figures[1], figures[3]]
        metadata.values["format.page"] = f"{wide},{high}"
