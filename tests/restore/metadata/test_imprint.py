"""Leaves become metadata; what they lack is left out."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dingben.book import raw_text
from dingben.language.isbn import isbn_is_valid
from dingben.language.slug import slug
from dingben.restore.ingest import ingest
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


GLUED = (
    "图书在版编目（CIP）数据\n园林的读法/林墨著．一杭州：湖山某某出版社，2019.3\nISBN978-7-1398-0322-1\n"
    "I．①园…Ⅱ．①林…Ⅲ．①园林艺术一研究一中国IV．①TU986\n中国版本图书馆CIP数据核字（2019）第012345号\n"
    "责任编辑何青\n责任印制许文远\n出版发行湖山某某出版社\n印刷杭州某某印务有限公司\n字数150千字\n版次2019年3月第1版\n"
    "印次2019年3月第]次\n邮编310000\n"
)


def test_labels_glued_to_their_values_and_dashes_read_as_yi() -> None:
    metadata = leaves(GLUED)
    values = metadata.values
    assert values["publication.publisher_place"] == "杭州"
    assert values["book.subject"] == "园林艺术—研究—中国"
    assert values["imprint.responsible_editor"] == "何青"
    assert values["imprint.printing_supervisor"] == "许文远"
    assert values["imprint.distribution"] == "湖山某某出版社"
    assert values["imprint.printer"] == "杭州某某印务有限公司"
    assert values["format.word_count"] == "150千字"
    assert values["publication.edition"] == "2019年3月第1版"
    assert values["publication.printing"] == "2019年3月第1次"
    assert values["imprint.postcode"] == "310000"
    assert any("第]次" in message for _, message, _ in metadata.doubts)


def test_a_place_that_begins_with_yi_keeps_it() -> None:
    text = GLUED.replace("．一杭州", "．—一面坡")
    assert leaves(text).values["publication.publisher_place"] == "一面坡"


MISREAD_IMPRINT = """图书在版编目《CIP) 数据

河上旧闻二孙水生 等著. 一广州: 岭表书局，2002.3
IJSBN 978-7-301-00001-6

I. 台河… 王， 全水利史一中国 凡.中TV092
中国版本图书馆CIP数据核字 〈2002) 第244894号
责任编辑 ”沈三
印 “ 刷 北京九州印刷厂
经 ” 销 各地书店
版 “次 2002年3月第]版
社 ”址 广州市石牌东路5号 邮编 510630
"""


def test_an_imprint_whose_signs_were_misread(tmp_path: Path) -> None:
    prose = "水自山中来，过城而东，入于海，舟人说这里的潮水一日两次。\n" * 6
    pages = "\f".join(f"河上旧闻\n{prose}" for _ in range(4))
    (tmp_path / "raw.txt").write_text(f"{MISREAD_IMPRINT}\f第一章 水\n{prose}\f{pages}", "utf-8")
    ingest([tmp_path / "raw.txt"], tmp_path / "b")
    toml = tomllib.loads((tmp_path / "b/source/book.toml").read_text("utf-8"))
    assert toml["book"]["title"] == "河上旧闻"
    assert toml["book"]["author_statement"] == "孙水生 等著"
    publication = toml["publication"]
    assert publication["publisher_place"] == "广州"
    assert publication["isbn"] == "978-7-301-00001-6"
    assert publication["cip_number"] == "（2002）第244894号"
    assert publication["clc"] == "TV092"
    assert publication["edition"] == "2002年3月第1版"
    imprint = toml["imprint"]
    assert (imprint["responsible_editor"], imprint["printer"]) == ("沈三", "北京九州印刷厂")
    assert (imprint["distributor"], imprint["address"]) == ("各地书店", "广州市石牌东路5号")
