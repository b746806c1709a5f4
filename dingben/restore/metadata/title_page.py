"""Read covers, half-titles and title pages: title, series, statement of responsibility, publisher, place."""

from __future__ import annotations

import re

from dingben.language.han import HAN, skeleton
from dingben.language.pinyin import pinyin
from dingben.restore.lines import Line
from dingben.restore.metadata import title_lines
from dingben.restore.metadata.cip import CIP, isbn
from dingben.restore.metadata.contributors import PEOPLE, STATEMENT, is_name, names, statement
from dingben.restore.metadata.fields import MetadataFields, normalize_value

_HOUSES = "出版社|书局|書局|书店|書店|印书馆|印書館|出版公司|出版集团|出版有限公司|书社|書社|书院出版部"
PUBLISHER = re.compile(rf"^[{HAN}A-Za-z ]{{2,20}}(?:{_HOUSES})(?:印行|发行|發行|出版发行|出版|刊行)?$")
PUBLISHER_EN = re.compile(r"^[A-Z][A-Z&.,' ]*\b(?:PRESS|PUBLISHING|PUBLISHERS|HOUSE|BOOKS)\b[A-Z&.,' ]*$")


SERIES = re.compile(r"(?:文库|丛书|书系|论丛|系列|文丛|译丛|书库|集刊|叢書|文庫|論叢)[”」》]?$")


PLACE_AND_PUBLISHER = re.compile(rf"^([{HAN}]{{2,4}})[:：](.+)$")
"""Place and publisher as in imprints of Taiwan and older ones: 台北：某某書局."""

PLACE = re.compile(rf"^[·•・\s]*(?P<place>[{HAN}](?:[ ·]?[{HAN}]){{1,4}})[·•・\s]*$")


def _read_title(lines: list[Line], texts: list[str], metadata: MetadataFields, left: list[int]) -> list[int]:
    """Read the title where the CIP block has none; return the lines that are still left."""
    if "book.title" not in metadata.values and (upright := sorted(_upright(texts) & set(left))):
        run = [i for i in upright if i - upright[0] == upright.index(i)]
        metadata.put("book.title", "".join(texts[i] for i in run), lines[run[0]].start, lines[run[0]].end)
        metadata.moved += [(lines[i].start, lines[i].end, "book.title") for i in run[1:]]
        left = [i for i in left if i not in run]
    if "book.title" not in metadata.values and left:
        _title_without_cip([(lines[i], texts[i]) for i in left], metadata)
    return left


def read(
    lines: list[Line], texts: list[str], metadata: MetadataFields, done: set[int], imprint_lines: range = range(0)
) -> None:
    """Read covers and title pages: new values are taken, repeats are set aside.

    ``done`` are the lines that were read; of ``imprint_lines``, from the first label or the CIP data to the last, what
    tells nothing known is set aside, and elsewhere kept as text.
    """
    left = _read_title(lines, texts, metadata, [i for i in range(len(lines)) if i not in done])
    title = skeleton(metadata.values.get("book.title", "") + metadata.values.get("book.subtitle", ""))
    place = metadata.values.get("publication.publisher_place", "")
    collecting = False
    pinyin: list[int] = []
    upright = _upright(texts)
    for i in left:
        line, text = lines[i], texts[i]
        span = (line.start, line.end)
        bare = text.replace(" ", "").replace("\u3000", "")
        mark = skeleton(text)
        if PEOPLE.match(bare):
            collecting = True
            metadata.aside.append((*span, "label"))
        elif mark and mark in title and (len(mark) > 1 or mark == title or i in upright):
            metadata.aside.append((*span, "repeated"))
        elif (imprint := PLACE_AND_PUBLISHER.match(bare)) and is_publisher(imprint[2]):
            border = line.start + re.search("[:：]", text).start()  # type: ignore[union-attr]
            metadata.put("publication.publisher_place", imprint[1], line.start, border)
            metadata.put("publication.publisher", normalize_value(imprint[2]), border + 1, line.end)
            collecting = False
        elif is_publisher(text):
            metadata.put("publication.publisher", normalize_value(bare), *span)
            collecting = False
        elif PUBLISHER_EN.match(text):
            metadata.put("publication.publisher_en", re.sub(r"\s+", " ", text), *span)
        elif text.isascii() and text.isupper() and title:
            pinyin.append(i)
        elif collecting and all(is_name(n) for n in names(text)):
            metadata.contributors += [(n, "aut") for n in names(text)]
            metadata.moved.append((*span, "contributor"))
        elif (place and bare.strip("·•・") == place) or ("·" in text[0] + text[-1] and PLACE.match(text)):
            metadata.put("publication.publisher_place", bare.strip("·•・"), *span)
        elif STATEMENT.match(normalize_value(text)) and len(text) < 40 and not re.search("[。，]", text):
            metadata.put("book.author_statement", statement(text), *span)
        elif SERIES.search(bare) and len(bare) < 40:
            _series(text, span, metadata)
        elif len(text) > 30 and re.search("[，,。；]", text):
            metadata.prose.append(line)
        elif CIP.search(bare) or re.fullmatch(r"[\W_]+", text):
            metadata.aside.append((*span, "leaf"))
        elif HEADED.match(bare) or metadata.prose:
            metadata.prose.append(line)
        else:
            _without_field(line, bare, metadata, i not in imprint_lines)
    _pinyin(lines, texts, pinyin, metadata)


def _without_field(line: Line, words: str, metadata: MetadataFields, is_text: bool) -> None:
    """Report a line that tells nothing known: text, unless it stands in an imprint or CIP block."""
    message = f"a line of the title pages has no field: {words[:20]}"
    if is_text:
        metadata.unknown.append(line)
        metadata.doubts.append((line.start, message, "kept as text; move it to book.toml if it belongs there"))
    else:
        metadata.aside.append((line.start, line.end, "leaf"))
        metadata.doubts.append((line.start, message, "set aside; add it to book.toml if it belongs there"))


HEADED = re.compile(
    r"^(?:内容提要|内容简介|内容介绍|作者简介|著者简介|编者简介|出版说明|出版前言|编辑说明|獻詞|献词|题词|谨以此书.*)$"
)


def is_publisher(text: str) -> bool:
    return bool(PUBLISHER.match(text.replace(" ", "").strip()))


def _upright(texts: list[str]) -> set[int]:
    """Return the lines of one Han character each: a title set from top to bottom."""
    lone = [i for i, text in enumerate(texts) if len(text) == 1 and re.match(f"[{HAN}]", text)]
    return {i for i in lone if i - 1 in lone or i + 1 in lone}


def _title_without_cip(left: list[tuple[Line, str]], metadata: MetadataFields) -> None:
    """Take the title from the line that the title pages repeat, or else from the first line that is nothing else."""

    def may_be(text: str) -> bool:
        bare = text.replace(" ", "")
        return (
            not (
                is_publisher(text)
                or PUBLISHER_EN.match(text)
                or SERIES.search(bare)
                or (STATEMENT.match(normalize_value(text)) and len(bare) < 14)
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
    main, _, sub = normalize_value(text).partition("：")
    metadata.put("book.title", main.replace(" ", "") if re.search(f"[{HAN}]", main) else main, line.start, line.end)
    if sub:
        metadata.values["book.subtitle"] = sub


def _series(text: str, span: tuple[int, int], metadata: MetadataFields) -> None:
    """Read the series, and the statement that names its owner: ``海港文库 某某社科院“海港文库”``."""
    words = re.split(r"[ \u3000]+", text)
    name = next((w for w in words if SERIES.search(w) and not re.search("[“”《》]", w)), None)
    owned = next((w for w in words if re.search("[“《].+[”》]$", w)), None)
    if name is None and owned is None:
        name = normalize_value(text)
    if name is not None:
        metadata.put("book.series", normalize_value(name), *span)
    else:
        metadata.aside.append((*span, "repeated"))
    if owned is not None and "book.series_statement" not in metadata.values:
        metadata.values["book.series_statement"] = normalize_value(owned)


def _pinyin(lines: list[Line], texts: list[str], found: list[int], metadata: MetadataFields) -> None:
    """Read the pinyin of the title: capitals that spell it, over several lines."""
    if not found:
        return
    printed = " ".join(texts[i] for i in found)
    spelt = "".join(pinyin(metadata.values.get("book.title", ""))).lower()
    letters = re.sub("[^a-z]", "", printed.lower())
    same = letters and (letters in re.sub("[^a-z]", "", spelt) or re.sub("[^a-z]", "", spelt) in letters)
    for i in found:
        span = (lines[i].start, lines[i].end)
        if same and i == found[0]:
            half = len(found) // 2
            if len(found) > 1 and texts[found[0]] == texts[found[half]]:
                printed = " ".join(texts[j] for j in found[:half])
            metadata.put("book.title_pinyin", re.sub(r"\s+", " ", printed), *span)
        elif same:
            metadata.moved.append((*span, "book.title_pinyin"))
        else:
            metadata.aside.append((*span, "leaf"))


EDITION = re.compile(
    r"^\W*\d{4}\W*$|(?i:\bedition\b|\billustrat|\bcopyright\b|\bprinted\b|\brights reserved\b|^in \w+ volumes|^vol\. )"
    r"|^(?i:london|new york|boston|philadelphia|edinburgh|oxford|cambridge|chicago|dublin|paris)\b[^a-z]{0,12}$"
)
"""Editions, years, places and notices of an English title page."""


def english(raw: str, lines: list[Line], metadata: MetadataFields) -> None:
    """Read an English title page: title, author, publisher, ISBN."""
    by = False
    for line in lines:
        text = raw[line.start : line.end]
        span = (line.start, line.end)
        if title_lines.read_english(raw, line, metadata):
            by = False
        elif re.fullmatch(r"(?i)by|written by|edited by", text):
            by = True
            metadata.aside.append((*span, "label"))
        elif "ISBN" in text:
            isbn(text, line.start, metadata)
        elif by or (match := re.match(r"(?i)by\s+(?=\S)", text)):
            start = line.start if by else line.start + match.end()  # type: ignore[union-attr]
            person = raw[start : line.end]
            metadata.contributors.append((person.title() if person.isupper() else person, "aut"))
            metadata.moved.append((start, line.end, "contributor"))
            by = False
        elif "book.title" not in metadata.values:
            metadata.put("book.title", re.sub(r"\s+", " ", text), *span)
        elif skeleton(text) == skeleton(metadata.values["book.title"]):
            metadata.aside.append((*span, "repeated"))
        elif re.search(r"(?i)\b(press|publish\w*|books|& co\b|ltd|inc)\b", text) and len(text) < 60:
            metadata.put("publication.publisher", re.sub(r"\s+", " ", text), *span)
        elif len(text) > 60:
            metadata.prose.append(line)
        else:
            _without_field(line, text, metadata, not EDITION.search(text))
