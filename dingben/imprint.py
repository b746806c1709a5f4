"""The leaves before the text: title pages, CIP block and imprint become metadata.

Every value is read from where it is printed and remembers that place; what the leaf doesn't
carry is left out. Repeats of titles, publisher and series are set aside, notices too. Prose
that is neither is handed back: it is text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pypinyin import lazy_pinyin

from .ocr import Line
from .rules import RULES, corrected
from .rules.context import HAN

_VARIANTS = dict(
    zip(
        "责编辑设计发经销开张数价广营许证网邮总电话监装订号",
        "責編輯設計發經銷開張數價廣營許證網郵總電話監裝訂號",
        strict=True,
    )
)


def _label(*names: str) -> str:
    """A pattern for printed labels, letter-spaced or not, in either script."""
    letters = [[f"[{c}{_VARIANTS[c]}]" if c in _VARIANTS else c for c in name] for name in names]
    return "|".join(r"[ \u3000]*".join(name) for name in letters)


LABELS = {
    "imprint.responsible_editor": _label("责任编辑", "责编"),
    "imprint.printing_supervisor": _label("责任印制", "责任印刷", "责任监印"),
    "imprint.cover_design": _label("封面设计", "装帧设计", "书籍设计"),
    "imprint.distribution": _label("出版发行"),
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
        "责任校对", "出版人", "策划编辑", "特约编辑", "美术编辑", "总编辑", "发行电话", "编辑电话", "邮购电话", "总编室",
        "发行部", "电话", "传真", "印数", "书号", "版式设计", "插图", "经售", "装订", "监制", "出版", "发行", "排版", "制版",
    ),
}  # fmt: skip
"""What the imprint's labels tell; those without a key only end the value before them."""

LABEL = re.compile(
    "|".join(f"(?P<k{n}>{pattern})" for n, pattern in enumerate(LABELS.values())).join(
        (r"(?:^|(?<=[\s\u3000;；|，(（]))(?:", r")(?=[\s\u3000:：]|$)[\s\u3000]*[:：]?[\s\u3000]*")
    )
)
NOTICE = re.compile(
    r"版权所有|必究|翻印|质量问题|調換|调换|退换|举报|版权局|著作权|未经.{0,12}许可|服务热线|All rights reserved|©",
    re.IGNORECASE,
)
CIP = re.compile(r"图书在版编目|圖書在版編目|在版编目")
CIP_NUMBER = re.compile(
    r"(?:核|檢|检)?\s*字?\s*[（(]\s*(?P<year>(?:19|20)[\dOlI]{2})\s*[)）]\s*第?\s*(?P<number>[\dOlI]{5,7})\s*号?"
)
ISBN = re.compile(r"ISBN[ \u3000:：]*(?P<isbn>(?:[\dOlISo][ \-–—‐－]*){12}[\dOlISo](?![\d])|(?:[\dOlISo][ \-–—‐－]*){9}[\dOlISoXx])")
STATEMENT = re.compile(
    rf"^(?P<names>[{HAN}·\s、，,（）()〔〕\[\]A-Za-z.]{{2,40}}?)(?P<rest>等)?[ \u3000/／]*(?P<role>编著|編著|主编|主編|编撰|編撰|编译|譯著|译著|选编|校注|注释|整理|点校|著|编|編|译|譯|撰|绘|口述|辑)[ \u3000]*$"
)
ROLES = {"编著": "aut", "編著": "aut", "主编": "edt", "主編": "edt", "编撰": "aut", "編撰": "aut", "编译": "trl", "编": "edt", "編": "edt", "选编": "edt", "译": "trl", "譯": "trl", "绘": "ill",
         "校注": "edt", "注释": "ann", "整理": "edt", "点校": "edt", "辑": "com"}  # fmt: skip
"""MARC relator of each statement of responsibility; authors otherwise."""
PEOPLE = re.compile(
    r"^(?:本书|本書)?(?:编撰|编写|編寫|撰写|撰稿|编著|作者|编委|編委)(?:人员|人員|者|人|会|會|会成员|委员会|组|成员|名单)?[：:]?$"
)
PUBLISHER = re.compile(
    rf"^[{HAN}A-Za-z ]{{2,20}}(?:出版社|书局|書局|书店|書店|印书馆|印書館|出版公司|出版集团|出版有限公司|书社|書社)$"
)
PUBLISHER_EN = re.compile(r"^[A-Z][A-Z&.,' ]*\b(?:PRESS|PUBLISHING|PUBLISHERS|HOUSE|BOOKS)\b[A-Z&.,' ]*$")
SERIES = re.compile(r"(?:文库|丛书|书系|论丛|系列|文丛|译丛|书库|集刊|叢書|文庫|論叢)[”」》]?$")
PLACE = re.compile(rf"^[·•・\s]*(?P<place>[{HAN}](?:[ ·]?[{HAN}]){{1,4}})[·•・\s]*$")
TRIM = re.compile(
    r"\d{3,4}\s*(?:mm|毫米)?\s*[×xX*＊]\s*\d{3,4}\s*(?:mm|毫米)?\s*[,，]?\s*(?:1\s*[/／]\s*\d{1,3}|\d{1,2}\s*开)",
    re.IGNORECASE,
)
LOOSE = (
    ("format.trim", TRIM),
    ("publication.edition", re.compile(r"\d{4}\s*年\s*\d{1,2}\s*月\s*第\s*[\d一二三四五六七八九十]+\s*版")),
    (
        "publication.printing",
        re.compile(r"\d{4}\s*年\s*\d{1,2}\s*月\s*(?:[一-鿿]{2})?\s*第\s*[\d一二三四五六七八九十]+\s*次(?:印刷)?"),
    ),
    ("format.sheets", re.compile(r"[\d.]+\s*(?=印张)|(?<=印张)[\s:：]*[\d.]+")),
    ("format.word_count", re.compile(r"[\d.]+\s*千?\s*万?\s*字(?![\d一-鿿])")),
    ("publication.price", re.compile(r"(?<=[¥￥])\s*[\d.]+|[\d.]+\s*元")),
)
"""Values that older imprints print without a label."""


@dataclass(slots=True)
class Leaves:
    """What the leaves told, and what became of each of their lines."""

    values: dict[str, str] = field(default_factory=dict)
    """Dotted key of book.toml -> value."""
    piracy: list[str] = field(default_factory=list)
    contributors: list[tuple[str, str]] = field(default_factory=list)
    moved: list[tuple[int, int, str]] = field(default_factory=list)
    """(start, end, key): raw characters that went to book.toml."""
    aside: list[tuple[int, int, str]] = field(default_factory=list)
    """(start, end, rule): raw characters set aside, and as what."""
    doubts: list[tuple[int, str, str]] = field(default_factory=list)
    """(raw offset, message, hint)."""
    prose: list[Line] = field(default_factory=list)

    def put(self, key: str, value: str, start: int, end: int) -> None:
        """Take a value where it is first printed; a repeat is set aside."""
        value = value.strip()
        if not value:
            return
        if key in self.values:
            same = skeleton(self.values[key]) == skeleton(value)
            self.aside.append((start, end, "repeated" if same else "other-reading"))
            if not same and key not in {"imprint.distribution"}:
                self.doubts.append(
                    (start, f"{key} is printed in two ways: {self.values[key]} and {value}", "the first was taken")
                )
            return
        self.values[key] = value
        self.moved.append((start, end, key))


def skeleton(text: str) -> str:
    """Letters and figures only, for comparing what OCR spaced and marked in different ways."""
    return "".join(c for c in text if c.isalnum()).casefold()


def closed(text: str) -> str:
    """A value as the leaf prints it, with stray blanks closed and marks made right."""
    text = re.sub(r"[\s\u3000]+", " ", text).strip(" 　:：")
    return corrected(RULES, text, "zh")


def read(raw: str, lines: list[Line], english: bool = False) -> Leaves:
    """Metadata out of the lines of the title leaves and the imprint."""
    leaves = Leaves()
    if english:
        _english_leaf(raw, lines, leaves)
        return leaves
    texts = [raw[line.start : line.end] for line in lines]
    done = _cip(raw, lines, texts, leaves)
    done |= _labelled(lines, texts, leaves, done)
    _title_pages(lines, texts, leaves, done)
    _contributors_of_statement(leaves)
    _format(leaves)
    return leaves


def _cip(raw: str, lines: list[Line], texts: list[str], leaves: Leaves) -> set[int]:
    """The CIP block (GB/T 12451): title / statement. — place: publisher, date; ISBN; subjects; number."""
    first = next((i for i, text in enumerate(texts) if CIP.search(text.replace(" ", ""))), None)
    if first is None:
        return set()
    last = next(
        (i for i in range(first + 1, min(len(lines), first + 30)) if CIP_NUMBER.search(texts[i]) and "字" in texts[i]),
        None,
    )
    if last is None:
        last = next(
            (i for i in range(first + 1, min(len(lines), first + 14)) if re.search(r"[①②].*[A-Z]\d", texts[i])), first
        )
    start, end = lines[first].end, lines[last].end
    block = raw[start:end]
    head = re.search(
        r"\s*(?P<title>[^/／\f]+?)\s*[/／]\s*(?P<statement>[^.．。—\n]+?)\s*(?:[.．。]|[—–-]{1,2}|\n|$)", block
    )
    if head:
        title = re.sub(r"\s*[（(]?CIP[)）]?\s*数?据?\s*", "", closed(head["title"]))
        main, _, sub = title.partition("：")
        leaves.put("book.title", main, start + head.start("title"), start + head.end("title"))
        if sub:
            leaves.values.setdefault("book.subtitle", sub)
        leaves.put(
            "book.author_statement",
            statement(head["statement"]),
            start + head.start("statement"),
            start + head.end("statement"),
        )
    city = re.search(
        rf"(?P<place>[{HAN}](?:\s?[{HAN}]){{1,5}})\s*[:：]\s*(?P<publisher>[{HAN}A-Za-z ]{{3,30}}?)\s*[,，]\s*(?P<date>(?:19|20)\d{{2}}\s*[.．]\s*\d{{1,2}})",
        block[head.end() if head else 0 :],
    )
    if city:
        base = start + (head.end() if head else 0)
        for key in ("place", "publisher", "date"):
            name = {
                "place": "publication.publisher_place",
                "publisher": "publication.publisher",
                "date": "publication.pub_date",
            }[key]
            value = closed(city[key]).replace("．", ".").replace(". ", ".")
            leaves.put(name, value.replace(" ", ""), base + city.start(key), base + city.end(key))
    _subjects(block, start, leaves)
    number = CIP_NUMBER.search(block)
    if number:
        figures = str.maketrans("OolIS", "00115")
        value = f"（{number['year'].translate(figures)}）第{number['number'].translate(figures)}号"
        leaves.put("publication.cip_number", value, start + number.start("year"), start + number.end("number"))
    _isbn(block, start, leaves)
    return set(range(first, last + 1))


def _subjects(block: str, start: int, leaves: Leaves) -> None:
    """Subject headings and the class number, which follow the circled figures of the CIP block."""
    signs = list(re.finditer(r"[①②③④⑤⑥]", block))
    subjects: list[re.Match[str]] = []
    for sign, following in zip(signs, [*signs[1:], None], strict=True):
        end = following.start() if following else len(block)
        chunk = re.compile(r"\s*(.*?)\s*(?=(?:[IVⅠⅡⅢⅣⅤ]+|l+)\s*[.．、]|$|\n)", re.DOTALL).match(block, sign.end(), end)
        if not chunk or not chunk[1]:
            continue
        value = re.sub(r"(?<=\.) (?=\d)", "", chunk[1])
        if re.fullmatch(r"[A-Z]{1,2}\d[\d.\-/=():\s]*", value):
            leaves.put("publication.clc", value.replace(" ", ""), start + chunk.start(1), start + chunk.end(1))
        elif re.search(r"[—–―-]", value) and not re.search("…", value):
            subjects.append(chunk)
    if subjects:
        value = "；".join(re.sub(r"\s*[—–―-]{1,2}\s*", "—", chunk[1]).replace(" ", "") for chunk in subjects)
        leaves.put("book.subject", value, start + subjects[0].start(1), start + subjects[0].end(1))
        leaves.moved += [(start + c.start(1), start + c.end(1), "book.subject") for c in subjects[1:]]


def _isbn(text: str, start: int, leaves: Leaves) -> None:
    match = ISBN.search(text)
    if not match:
        return
    printed = match["isbn"]
    figures = "".join(c for c in printed.translate(str.maketrans("OolIS", "00115")) if c in "0123456789Xx").upper()
    if len(figures) > 13:
        figures = figures[:13]
    hyphened = re.sub(r"[\s–—‐－-]+", "-", printed.translate(str.maketrans("OolIS", "00115"))).strip("-")
    value = hyphened if hyphened.count("-") in (3, 4) else _hyphenate(figures)
    leaves.put("publication.isbn", value, start + match.start("isbn"), start + match.end("isbn"))
    if not isbn_is_valid(figures):
        leaves.doubts.append(
            (start + match.start("isbn"), f"the check digit of ISBN {value} is wrong", "compare it with the scan")
        )
    elif re.search("[OolIS]", printed):
        leaves.doubts.append(
            (
                start + match.start("isbn"),
                f"letters in the ISBN were read as figures: {value}",
                "the check digit agrees",
            )
        )


def isbn_is_valid(isbn: str) -> bool:
    """Whether the check digit of an ISBN (10 or 13 figures) is right."""
    figures = [c for c in isbn if c in "0123456789X"]
    if len(figures) == 13 and "X" not in figures:
        return sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(figures)) % 10 == 0
    if len(figures) == 10 and "X" not in figures[:9]:
        return sum((10 if c == "X" else int(c)) * (10 - i) for i, c in enumerate(figures)) % 11 == 0
    return False


def _hyphenate(figures: str) -> str:
    """Hyphens of a Chinese ISBN, by the ranges of publishers' numbers in group 978-7."""
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


def _labelled(lines: list[Line], texts: list[str], leaves: Leaves, done: set[int]) -> set[int]:
    """Values behind the imprint's labels, several on a line, or on the line after the label."""
    keys = list(LABELS)
    found: set[int] = set()
    for i, (line, text) in enumerate(zip(lines, texts, strict=True)):
        if i in done:
            continue
        if NOTICE.search(text.replace(" ", "")):
            _phones(text, line.start, leaves)
            found.add(i)
            continue
        marks = list(LABEL.finditer(text))
        marks = [m for m in marks if not (m.start() == 0 and m.end() == len(text)) or i + 1 < len(lines)]
        if not marks or (marks[0].start() > 0 and not _is_publisher(text[: marks[0].start()])):
            found |= {i} if _loose(text, line.start, leaves) else set()
            continue
        found.add(i)
        for mark, following in zip(marks, [*marks[1:], None], strict=True):
            key = keys[int((mark.lastgroup or "k0")[1:])]
            end = following.start() if following else len(text)
            value, start = text[mark.end() : end].rstrip(), line.start + mark.end()
            if not value and following is None and i + 1 < len(lines) and not LABEL.match(texts[i + 1]):
                value, start = texts[i + 1], lines[i + 1].start
                found.add(i + 1)
            if key and value:
                leaves.put(key, labelled_value(key, value), start, start + len(value))
        if marks[0].start() > 0:
            leaves.put(
                "publication.publisher",
                closed(text[: marks[0].start()]),
                line.start,
                line.start + len(text[: marks[0].start()].rstrip()),
            )
        _isbn(text, line.start, leaves)
    for i, (line, text) in enumerate(zip(lines, texts, strict=True)):
        if "ISBN" in text and i not in done and "publication.isbn" not in leaves.values:
            _isbn(text, line.start, leaves)
            found.add(i)
    return found


def _is_publisher(text: str) -> bool:
    return bool(PUBLISHER.match(text.replace(" ", "").strip()))


def _loose(text: str, start: int, leaves: Leaves) -> bool:
    hits = 0
    if len(text) > 80:
        return False
    for key, pattern in LOOSE:
        match = pattern.search(text)
        if match and (key in {"format.trim", "publication.edition", "publication.printing"} or hits):
            value = match[0].strip(" :：")
            if key not in leaves.values:
                leaves.put(key, labelled_value(key, value), start + match.start(), start + match.end())
            hits += 1
    return hits > 0


def labelled_value(key: str, value: str) -> str:
    """The value of a label, in the form that book.toml keeps."""
    text = closed(value)
    if key == "format.trim":
        return re.sub(r"\s*[×xX*＊]\s*", "×", re.sub(r"\s*[,，]\s*", " ", text)).replace("／", "/")
    if key in {"publication.edition", "publication.printing", "format.sheets", "imprint.postcode"}:
        text = text.replace(" ", "")
        return text.removesuffix("印刷") if key == "publication.printing" else text
    if key == "format.word_count":
        return text.replace(" ", "")
    if key == "publication.price":
        return re.sub(r"[¥￥元圆\s]", "", text)
    if key == "imprint.url":
        return re.split(r"\s", text)[0]
    if key in {"imprint.responsible_editor", "imprint.printing_supervisor"}:
        return "、".join(names(value)) or text
    return text


PHONE = re.compile(r"(?:\(?0\d{2,3}\)?\s*[-–—－]\s*)?\d{7,8}|400[-\s]?\d{3}[-\s]?\d{4}|\b1[0-9]{4}\b|\b1[3-9]\d{9}\b")


def _phones(text: str, start: int, leaves: Leaves) -> None:
    """Telephone numbers of the notices: who answers them stands before them."""
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
            leaves.put("imprint.phone_service", number, *place)
        elif "版权局" in before or number == "12390":
            leaves.put("imprint.phone_copyright_bureau", number, *place)
        elif "举报" in before or "必究" in before:
            leaves.piracy.append(number)
            leaves.moved.append((*place, "imprint.phone_piracy"))
        elif re.search("调换|退换|质量", before):
            leaves.put("imprint.phone_exchange", number, *place)


def statement(text: str) -> str:
    """A statement of responsibility: names, a blank, what they did."""
    text = closed(re.sub(r"\s*[/／]\s*", " ", text)).rstrip("。.")
    match = STATEMENT.match(text)
    if not match:
        return text
    people = match["names"].strip()
    if people.endswith("等"):
        people = people[:-1].strip()
        return f"{people} 等{match['role']}"
    return f"{people} {match['rest'] or ''}{match['role']}"


def names(text: str) -> list[str]:
    """Names set in columns: two characters apart are one name (刘 波)."""
    found: list[str] = []
    single = ""
    for word in re.split(r"[\s\u3000、，,；;]+", text.strip()):
        if not word:
            continue
        if len(word) == 1 and is_name(word):
            if single:
                found.append(single + word)
                single = ""
            else:
                single = word
            continue
        if single:
            word, single = single + word, ""
        found.append(word)
    if single:
        found.append(single)
    return found


def is_name(text: str) -> bool:
    """Whether it could be a person's name in Han characters."""
    return bool(re.fullmatch(rf"[{HAN}]{{1,4}}(?:·[{HAN}]{{1,8}})*", text))


def _title_pages(lines: list[Line], texts: list[str], leaves: Leaves, done: set[int]) -> None:
    """Covers and title pages: what isn't known yet is read, repeats are set aside."""
    left = [i for i in range(len(lines)) if i not in done]
    if "book.title" not in leaves.values and left:
        _title_without_cip([(lines[i], texts[i]) for i in left], leaves)
    title = skeleton(leaves.values.get("book.title", "") + leaves.values.get("book.subtitle", ""))
    place = leaves.values.get("publication.publisher_place", "")
    collecting = False
    pinyin: list[int] = []
    for i in left:
        line, text = lines[i], texts[i]
        span = (line.start, line.end)
        bare = text.replace(" ", "").replace("\u3000", "")
        mark = skeleton(text)
        if PEOPLE.match(bare):
            collecting = True
            leaves.aside.append((*span, "label"))
        elif mark and mark in title and (len(mark) > 1 or mark == title):
            leaves.aside.append((*span, "repeated"))
        elif _is_publisher(text):
            leaves.put("publication.publisher", closed(bare), *span)
            collecting = False
        elif PUBLISHER_EN.match(text):
            leaves.put("publication.publisher_en", re.sub(r"\s+", " ", text), *span)
        elif text.isascii() and text.isupper() and title:
            pinyin.append(i)
        elif collecting and all(is_name(n) for n in names(text)):
            leaves.contributors += [(n, "aut") for n in names(text)]
            leaves.moved.append((*span, "contributor"))
        elif (place and bare.strip("·•・") == place) or ("·" in text[0] + text[-1] and PLACE.match(text)):
            leaves.put("publication.publisher_place", bare.strip("·•・"), *span)
        elif STATEMENT.match(closed(text)) and len(text) < 40 and not re.search("[。，]", text):
            leaves.put("book.author_statement", statement(text), *span)
        elif SERIES.search(bare) and len(bare) < 40:
            _series(text, span, leaves)
        elif len(text) > 30 and re.search("[，,。；]", text):
            leaves.prose.append(line)
        elif CIP.search(bare) or re.fullmatch(r"[\W\d_]+", text):
            leaves.aside.append((*span, "leaf"))
        elif HEADED.match(bare) or leaves.prose:
            leaves.prose.append(line)
        else:
            leaves.aside.append((*span, "leaf"))
            leaves.doubts.append(
                (
                    line.start,
                    f"a line of the title leaves has no field: {bare[:20]}",
                    "set aside; add it to book.toml if it belongs there",
                )
            )
    _pinyin(lines, texts, pinyin, leaves)


HEADED = re.compile(
    r"^(?:内容提要|内容简介|内容介绍|作者简介|著者简介|编者简介|出版说明|出版前言|编辑说明|獻詞|献词|题词|谨以此书.*)$"
)


def _title_without_cip(left: list[tuple[Line, str]], leaves: Leaves) -> None:
    """The line that the title leaves repeat, or else the first that is nothing else."""

    def may_be(text: str) -> bool:
        bare = text.replace(" ", "")
        return (
            not (
                _is_publisher(text)
                or PUBLISHER_EN.match(text)
                or SERIES.search(bare)
                or (STATEMENT.match(closed(text)) and len(bare) < 14)
                or PEOPLE.match(bare)
            )
            and len(bare) > 1
        )

    candidates = [
        (line, text) for line, text in left if may_be(text) and len(text) < 50 and re.search(rf"[{HAN}A-Za-z]", text)
    ]
    if not candidates:
        return
    marks = [skeleton(text) for _, text in candidates]
    repeated = [i for i, mark in enumerate(marks) if marks.count(mark) > 1]
    line, text = candidates[repeated[0] if repeated else 0]
    main, _, sub = closed(text).partition("：")
    leaves.put("book.title", main.replace(" ", "") if re.search(f"[{HAN}]", main) else main, line.start, line.end)
    if sub:
        leaves.values["book.subtitle"] = sub


def _series(text: str, span: tuple[int, int], leaves: Leaves) -> None:
    """``社科文库 北京市社科院“社科文库”``: the series, and the statement that names its owner."""
    words = re.split(r"[ \u3000]+", text)
    name = next((w for w in words if SERIES.search(w) and not re.search("[“”《》]", w)), None)
    owned = next((w for w in words if re.search("[“《].+[”》]$", w)), None)
    if name is None and owned is None:
        name = closed(text)
    if name is not None:
        leaves.put("book.series", closed(name), *span)
    else:
        leaves.aside.append((*span, "repeated"))
    if owned is not None and "book.series_statement" not in leaves.values:
        leaves.values["book.series_statement"] = closed(owned)


def _pinyin(lines: list[Line], texts: list[str], found: list[int], leaves: Leaves) -> None:
    """Capitals that spell the title: its pinyin, over as many lines as it takes."""
    printed = " ".join(texts[i] for i in found)
    spelt = "".join(lazy_pinyin(leaves.values.get("book.title", ""))).lower()
    letters = re.sub("[^a-z]", "", printed.lower())
    same = letters and (letters in re.sub("[^a-z]", "", spelt) or re.sub("[^a-z]", "", spelt) in letters)
    for i in found:
        span = (lines[i].start, lines[i].end)
        if same and i == found[0]:
            half = len(found) // 2
            if len(found) > 1 and texts[found[0]] == texts[found[half]]:
                printed = " ".join(texts[j] for j in found[:half])
            leaves.put("book.title_pinyin", re.sub(r"\s+", " ", printed), *span)
        elif same:
            leaves.moved.append((*span, "book.title_pinyin"))
        else:
            leaves.aside.append((*span, "leaf"))


def _contributors_of_statement(leaves: Leaves) -> None:
    """Main author first, with what the statement says he did; the list of names follows."""
    stated = leaves.values.get("book.author_statement", "")
    match = STATEMENT.match(stated)
    if not match:
        return
    role = ROLES.get(match["role"], "aut")
    people = [n for n in names(match["names"].replace("等", "")) if is_name(n)]
    others = [(n, role if role == "aut" else "ctb") for n, _ in leaves.contributors if n not in people]
    leaves.contributors = [(n, role) for n in people] + others


TRADE_SIZES = {(710, 1000, 16): (170, 240), (720, 1000, 16): (170, 240), (787, 1092, 16): (185, 260), (787, 1092, 32): (130, 185), (880, 1230, 32): (140, 203), (850, 1168, 32): (140, 203),
               (889, 1194, 16): (210, 285), (890, 1240, 32): (148, 210), (889, 1194, 32): (142, 210), (700, 1000, 16): (170, 240), (635, 965, 16): (150, 230)}  # fmt: skip
"""Trimmed page in mm of the sheets in the trade (±1 mm); the book may override it."""


def _format(leaves: Leaves) -> None:
    figures = [int(n) for n in re.findall(r"\d+", leaves.values.get("format.trim", ""))]
    if len(figures) == 4 and (figures[0], figures[1], figures[3]) in TRADE_SIZES:
        wide, high = TRADE_SIZES[figures[0], figures[1], figures[3]]
        leaves.values["format.page"] = f"{wide},{high}"


def _english_leaf(raw: str, lines: list[Line], leaves: Leaves) -> None:
    """An English title page: title, subtitle, by whom, publisher, ISBN."""
    by = False
    for line in lines:
        text = raw[line.start : line.end]
        span = (line.start, line.end)
        if re.fullmatch(r"(?i)by|written by|edited by", text):
            by = True
            leaves.aside.append((*span, "label"))
        elif "ISBN" in text:
            _isbn(text, line.start, leaves)
        elif by or (match := re.match(r"(?i)by\s+(?=\S)", text)):
            start = line.start if by else line.start + match.end()  # type: ignore[union-attr]
            person = raw[start : line.end]
            leaves.contributors.append((person.title() if person.isupper() else person, "aut"))
            leaves.moved.append((start, line.end, "contributor"))
            by = False
        elif "book.title" not in leaves.values:
            leaves.put("book.title", re.sub(r"\s+", " ", text), *span)
        elif skeleton(text) == skeleton(leaves.values["book.title"]):
            leaves.aside.append((*span, "repeated"))
        elif re.search(r"(?i)\b(press|publish\w*|books|& co\b|ltd|inc)\b", text) and len(text) < 60:
            leaves.put("publication.publisher", re.sub(r"\s+", " ", text), *span)
        elif len(text) > 60:
            leaves.prose.append(line)
        else:
            leaves.aside.append((*span, "leaf"))


def slug(title: str, title_pinyin: str | None = None) -> str:
    """An ASCII name for the outputs: the printed pinyin, or the title spelt, cut at a word."""
    words = re.findall(r"[a-z0-9]+", (title_pinyin or " ".join(lazy_pinyin(title))).lower())
    out = ""
    for word in words:
        if len(out) + len(word) + 1 > 60:
            break
        out = f"{out}-{word}" if out else word
    return out or "book"
