"""Read CIP data (GB/T 12451): title / statement. — place: publisher, date; ISBN; subjects; number."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dingben.language.han import HAN
from dingben.language.isbn import isbn_is_valid
from dingben.restore.lines import Line
from dingben.restore.metadata.contributors import statement
from dingben.restore.metadata.fields import MetadataFields, normalize_value

CIP = re.compile(r"图书在版编目|圖書在版編目|在版编目")


CIP_NUMBER = re.compile(
    r"[（(〈<《]\s*+(?P<year>(?:19|20)[\dOlI]{2})\s*+[)）〉>》]\s*+第?\s*+(?P<number>[\dOlI]{5,7})(?:\s*+号)?"
)


STATED = re.compile(
    r"\s*+(?P<title>[^/／\f\n]{1,80}(?:\n++[^/／\f\n]{1,40})?)\s*[/／]\s*"
    r"(?P<statement>[^.．。—\n]+?)\s*(?:[.．。]|[—–-]{1,2}|\n|$)"
)
AUTHORS = re.compile(
    rf"[ \u3000/／二一丨|l]{{0,3}}(?P<statement>[{HAN}·]{{2,12}}(?:[ \u3000、，,]{{1,2}}[{HAN}·]{{1,12}}){{0,6}}"
    r"[ \u3000]?(?:著|编|編|主编|主編|编著|編著|译|譯|撰|选编|整理|校注))\s?(?:[.．。，,]|$)"
)
"""The statement of responsibility where the slash before it was misread."""
CLASS = re.compile(r"(?:^|[^A-Za-z\d]|[A-Z](?=[A-Z]\d))(?P<clc>(?:T[A-Z]|[A-Z])\d{1,4}(?:\.\d{1,3})?)$", re.MULTILINE)
"""A class of the Chinese Library Classification at the end of a line; only T has classes of two letters."""
PUBLISHED = re.compile(
    rf"(?:(?<=[.．。，,])\s?一\s?)?(?P<place>[{HAN}](?:\s?[{HAN}]){{1,5}})\s*[:：]"
    rf"\s*(?P<publisher>[{HAN}A-Za-z ]{{3,30}}?)\s*[,，]\s*(?P<date>(?:19|20)\d{{2}}\s*[.．]\s*\d{{1,2}})"
)
"""Place, publisher, date; the dash before them may have been read as 一."""
SUBDIVISION = re.compile(
    r"(?<=[\u4e00-\u9fff]{2})一(?=(?:研究|中国|世界|历史|概论|教材|文集|史料|史$|史一|作品集?|小说|散文|诗集|丛刊|丛书|手册|指南|案例|分析"
    r"|理论|方法|汇编|图集|图录|年鉴|词典|辞典|传记|回忆录|书信集|人物|现代|当代|近代|古代|民国|明代|清代|宋代|唐代|普及读物"
    r"|通俗读物|青年读物|少年读物|儿童读物|高等学校|高等教育|教学|学习|自学|美国|英国|日本|法国|德国|俄罗斯|欧洲|亚洲"
    r"|[\u4e00-\u9fff]{2,4}[省市县国]|\d))"
)
"""一 before a subdivision of a subject heading: a dash (GB/T 12451 sets it there)."""
ISBN = re.compile(
    r"\bI.?SBN[ \u3000:：]*"
    r"(?P<isbn>(?:[\dOlISo][ \-–—‐－]*){12}[\dOlISo](?![\d])|(?:[\dOlISo][ \-–—‐－]*){9}[\dOlISoXx])"
)


def read(
    raw: str, lines: list[Line], texts: list[str], metadata: MetadataFields, titles: Sequence[str] = ()
) -> set[int]:
    """Read the CIP block into ``metadata``; return the lines that it takes.

    ``titles`` are lines that come again at the heads of pages: where the slash behind the title was misread, they tell
    where the title ends.
    """
    first = next((i for i, text in enumerate(texts) if CIP.search(text.replace(" ", ""))), None)
    if first is None:
        return set()
    last = next(
        (i for i in range(first + 1, min(len(lines), first + 30)) if CIP_NUMBER.search(texts[i]) and "字" in texts[i]),
        None,
    )
    if last is None:
        last = next(
            (
                i
                for i in range(first + 1, min(len(lines), first + 14))
                if re.search(r"[①②].*[A-Z]\d|CIP.*核字", texts[i])
            ),
            first,
        )
    start, end = lines[first].end, lines[last].end
    block = raw[start:end]
    head = STATED.match(block)
    if head:
        title = re.sub(r"\s*[（(]?CIP[)）]?\s*数?据?\s*", "", normalize_value(head["title"]))
        main, _, sub = title.partition("：")
        metadata.put("book.title", main, start + head.start("title"), start + head.end("title"))
        if sub:
            metadata.values.setdefault("book.subtitle", sub)
        metadata.put(
            "book.author_statement",
            statement(head["statement"]),
            start + head.start("statement"),
            start + head.end("statement"),
        )
    else:
        _by_title(block, start, titles, metadata)
    city = PUBLISHED.search(block, head.end() if head else 0)
    if city:
        for key in ("place", "publisher", "date"):
            name = {
                "place": "publication.publisher_place",
                "publisher": "publication.publisher",
                "date": "publication.pub_date",
            }[key]
            value = normalize_value(city[key]).replace("．", ".").replace(". ", ".")
            metadata.put(name, value.replace(" ", ""), start + city.start(key), start + city.end(key))
    _subjects(block, start, metadata)
    number = CIP_NUMBER.search(block)
    if number:
        figures = str.maketrans("OolIS", "00115")
        value = f"（{number['year'].translate(figures)}）第{number['number'].translate(figures)}号"
        metadata.put("publication.cip_number", value, start + number.start("year"), start + number.end("number"))
    isbn(block, start, metadata)
    return set(range(first, last + 1))


def _subjects(block: str, start: int, metadata: MetadataFields) -> None:
    """Read the subject headings and the class number, which follow circled numbers."""
    signs = list(re.finditer(r"[①②③④⑤⑥]", block))
    subjects: list[re.Match[str]] = []
    for sign, following in zip(signs, [*signs[1:], None], strict=False):
        end = following.start() if following else len(block)
        chunk = re.compile(r"\s*(.*?)\s*(?=(?:[IVⅠⅡⅢⅣⅤ]+|l+)\s*[.．、]|$|\n)", re.DOTALL).match(block, sign.end(), end)
        if not chunk or not chunk[1]:
            continue
        value = SUBDIVISION.sub("—", re.sub(r"(?<=\.) (?=\d)", "", chunk[1]))
        if re.fullmatch(r"[A-Z]{1,2}\d[\d.\-/=():\s]*", value):
            metadata.put("publication.clc", value.replace(" ", ""), start + chunk.start(1), start + chunk.end(1))
        elif re.search(r"[—–―-]", value) and not re.search("…", value):
            subjects.append(chunk)
    if subjects:
        value = "；".join(
            re.sub(r"\s*[—–―-]{1,2}\s*", "—", SUBDIVISION.sub("—", chunk[1])).replace(" ", "") for chunk in subjects
        )
        metadata.put("book.subject", value, start + subjects[0].start(1), start + subjects[0].end(1))
        metadata.moved += [(start + c.start(1), start + c.end(1), "book.subject") for c in subjects[1:]]
    if "publication.clc" not in metadata.values and (found := CLASS.search(block)):
        metadata.put("publication.clc", found["clc"], start + found.start("clc"), start + found.end("clc"))


def _by_title(block: str, start: int, titles: Sequence[str], metadata: MetadataFields) -> None:
    """Read title and statement of responsibility where no slash divides them, by a title that is known."""
    for title in sorted(titles, key=len, reverse=True):
        for begin in (match.end() for match in re.finditer(r"(?:^|\n)\s*", block)):
            authors = AUTHORS.match(block, begin + len(title)) if block.startswith(title, begin) else None
            if authors is None:
                continue
            metadata.put("book.title", title, start + begin, start + begin + len(title))
            place = (start + authors.start("statement"), start + authors.end("statement"))
            metadata.put("book.author_statement", statement(authors["statement"]), *place)
            return


def isbn(text: str, start: int, metadata: MetadataFields) -> None:
    match = ISBN.search(text)
    if not match:
        return
    printed = match["isbn"]
    figures = "".join(c for c in printed.translate(str.maketrans("OolIS", "00115")) if c in "0123456789Xx").upper()
    if len(figures) > 13:
        figures = figures[:13]
    hyphened = re.sub(r"[\s–—‐－-]+", "-", printed.translate(str.maketrans("OolIS", "00115"))).strip("-")
    value = hyphened if hyphened.count("-") in (3, 4) else _hyphenate(figures)
    metadata.put("publication.isbn", value, start + match.start("isbn"), start + match.end("isbn"))
    if not isbn_is_valid(figures):
        metadata.doubts.append(
            (start + match.start("isbn"), f"the check digit of ISBN {value} is wrong", "compare it with the scan")
        )
    elif re.search("[OolIS]", printed):
        metadata.doubts.append(
            (
                start + match.start("isbn"),
                f"letters in the ISBN were read as figures: {value}",
                "the check digit agrees",
            )
        )


def _hyphenate(figures: str) -> str:
    """Hyphenate a Chinese ISBN by the ranges of registrant numbers in group 978-7 (ISBN Range Message)."""
    if not re.fullmatch(r"9787\d{9}", figures):
        return figures
    number = figures[4:12]
    size = (
        2
        if number[0] == "0"
        else 3
        if number[0] in "1234"
        else 4
        if number[0] in "567"
        else 5
        if number[0] == "8"
        else 6
    )
    return f"978-7-{number[:size]}-{number[size:]}-{figures[12]}"
