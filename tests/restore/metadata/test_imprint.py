"""Leaves become metadata; what they lack is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book import raw_text
from dingben.language.isbn import isbn_is_valid
from dingben.language.slug import slug
from dingben.restore.inputs.plain_text import split_lines
from dingben.restore.metadata import contributors, imprint
from dingben.restore.metadata.fields import MetadataFields


def leaves(text: str) -> MetadataFields:
    raw = raw_text.RawText(text, (raw_text.RawFile(Path("raw.txt"), "raw.txt", b"", "utf-8", b"", 0, len(text)),))
    return imprint.read(text, split_lines(raw))


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        ("林 涛 周 慧 许文远", ["林涛", "周慧", "许文远"]),
        ("林 墨　欧阳清", ["林墨", "欧阳清"]),
        ("王小明、李红", ["王小明", "李红"]),
        ("陈 砚 之", ["陈砚", "之"]),
    ],
)
def test_names_in_columns(printed: str, names: list[str]) -> None:
    assert contributors.names(printed) == names


@pytest.mark.parametrize(
    ("printed", "statement"),
    [("林墨 等著", "林墨 等著"), ("林墨等 / 著", "林墨 等著"), ("林墨 主编", "林墨 主编"), ("林墨著", "林墨 著")],
)
def test_statements_of_responsibility(printed: str, statement: str) -> None:
    assert contributors.statement(printed) == statement


def test_labels_on_one_line_and_values_on_the_next() -> None:
    values = leaves(
        "园林的读法\n\n开　本：787mm×1092mm　1/16　　印　张：9.25　　字　数：150千字\n责任编辑\n何 青\n定价：￥36.00元\n"
    ).values
    assert values["format.trim"] == "787mm×1092mm 1/16"
    assert values["format.page"] == "185,260"
    assert values["format.sheets"] == "9.25"
    assert values["format.word_count"] == "150千字"
    assert values["imprint.responsible_editor"] == "何青"
    assert values["publication.price"] == "36.00"
    assert "imprint.printer" not in values


def test_imprint_without_labels() -> None:
    values = leaves(
        "园林的读法\n林墨著\n850×1168毫米 1/32 9.25印张 150千字\n1984年3月第1版 1984年3月第1次印刷\n"
    ).values
    assert values["format.trim"] == "850×1168毫米 1/32"
    assert values["format.page"] == "140,203"
    assert values["publication.edition"] == "1984年3月第1版"
    assert values["publication.printing"] == "1984年3月第1次"


def test_vertical_title() -> None:
    assert leaves("山\n城\n纪\n事\n\n何其远 著\n\n江南文史出版社\n").values["book.title"] == "山城纪事"


def test_isbn_in_the_imprint_is_verified() -> None:
    assert isbn_is_valid("978-7-3994-8754-4")
    assert isbn_is_valid("0-306-40615-2")
    assert not isbn_is_valid("0-306-40615-3")
    found = leaves("园林的读法\n\nISBN 978-7-3994-8754-5\n")
    assert any("check digit" in message for _, message, _ in found.doubts)
    assert leaves("园林的读法\n\nISBN 978-7-3994-8754-4\nI. 园\n").values["publication.isbn"] == "978-7-3994-8754-4"
    assert leaves("园林的读法\n\nISBN 9787399487544\n").values["publication.isbn"] == "978-7-399-48754-4"


def test_prose_on_front_pages_is_text() -> None:
    found = leaves(
        "园林的读法\n\n内容简介\n\n这本小书写给走进园子的人，园子不大，路却很多，看的人走得快，就看不见什么。\n\n林墨著\n"
    )
    assert len(found.prose) == 2


def test_slugs_are_ascii_and_shortened_at_a_word() -> None:
    assert slug("园林的读法") == "yuan-lin-de-du-fa"
    assert slug("园林的读法", "YUANLIN DE DUFA") == "yuanlin-de-dufa"
    assert len(slug("园林的读法" * 20)) <= 60
    assert slug("！？") == "book"
