"""Whole books: from raw text to source/."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from dingben.book.ledger import read
from dingben.book.project import new_project
from dingben.book.reader import read_book
from dingben.builder.graph import build
from dingben.errors import SourceError
from dingben.restore.audit import audit
from dingben.restore.ingest import ingest

DATA = Path(__file__).parents[1] / "data" / "ocr"
SHARED = Path(__file__).parents[3] / "shared" / "raw"


def book(tmp_path: Path, name: str) -> Path:
    ingest([DATA / name], tmp_path)
    assert audit(tmp_path) == ()
    return tmp_path / "source"


def toml(source: Path) -> dict[str, Any]:
    return tomllib.loads((source / "book.toml").read_text(encoding="utf-8"))


def chapters(source: Path) -> dict[str, str]:
    return {p.name: p.read_text(encoding="utf-8") for p in sorted((source / "chapters").glob("*.md"))}


def headings(source: Path) -> list[str]:
    return [line for text in chapters(source).values() for line in text.splitlines() if line.startswith("#")]


def test_metadata_come_from_front_pages(tmp_path: Path) -> None:
    table = toml(book(tmp_path, "hans.txt"))
    assert table["book"] == {
        "title": "园林的读法",
        "title_pinyin": "YUANLIN DE DUFA",
        "language": "zh-Hans",
        "author_statement": "林墨 等著",
        "series": "当代园林文库",
        "subject": "园林艺术—研究—中国",
        "slug": "yuanlin-de-dufa",
    }
    assert table["contributor"] == [{"name": name, "role": "aut"} for name in ("林墨", "欧阳清", "陈砚")]
    assert table["publication"] == {
        "publisher": "江南文史出版社",
        "publisher_en": "JIANGNAN LITERATURE AND HISTORY PRESS",
        "publisher_place": "南京",
        "pub_date": "2014.3",
        "isbn": "978-7-3994-8754-4",
        "cip_number": "（2014）第020343号",
        "clc": "TU986.62",
        "edition": "2014年3月第1版",
        "printing": "2015年6月第2次",
        "price": "36.00",
    }
    assert table["imprint"] == {
        "responsible_editor": "何青",
        "cover_design": "一方书装",
        "printer": "三河市文源印务有限公司",
        "address": "南京市鼓楼区中山北路17号",
        "postcode": "210009",
        "phone_exchange": "025-83223462",
        "phone_piracy": ["025-83223463", "025-83223464"],
    }
    assert table["format"] == {
        "trim": "787mm×1092mm 1/16",
        "sheets": "9.25",
        "word_count": "150千字",
        "page": [185, 260],
    }
    roles = [(d["matter"], d["role"]) for d in table["division"]]
    assert roles == [
        ("front", "halftitlepage"), ("front", "titlepage"), ("front", "imprint"), ("front", "preface"), ("front", "toc"),
        ("body", "chapter"), ("body", "chapter"), ("back", "bibliography"), ("back", "colophon"),
    ]  # fmt: skip


def test_printed_contents_witness_the_headings(tmp_path: Path) -> None:
    source = book(tmp_path, "hans.txt")
    assert (source / "contents.tsv").read_text(encoding="utf-8").splitlines() == [
        "1\t第一章 墙与窗\t1",
        "2\t第一节 墙的颜色\t2",
        "3\t1.1 白墙——最难的一种\t2",
        "3\t1.2 灰墙\t3",
        "2\t第二节 “漏窗”与借景\t5",
        "1\t第二章 水（上）\t9",
        "2\t第一节 一池三山的来历以及它在江南小园里的变化\t9",
        "1\t参考文献\t15",
    ]
    assert headings(source) == [
        "# 前言", "# 第一章 墙与窗", "## 第一节 墙的颜色", "### 1.1 白墙——最难的一种", "### 1.2 灰墙", "## 第二节 “漏窗”与借景",
        "# 第二章 水（上）", "## 第一节 一池三山的来历以及它在江南小园里的变化", "# 参考文献",
    ]  # fmt: skip
    _, records = read(source / "ledger.jsonl")
    label = next(r for r in records if r.before.startswith("章") and r.after.startswith("节"))
    assert label.rule == "H502"
    assert "contents" in label.note


def test_paragraphs_punctuation_signature_and_references(tmp_path: Path) -> None:
    texts = chapters(book(tmp_path, "hans.txt"))
    assert "把一条直路变成弯路。看的" in texts["00-preface.md"]
    assert texts["00-preface.md"].endswith("::: {.signature}\n\n林墨\n\n2013年12月1日\n\n:::\n")
    assert "有人问：“没有墙行不行？”当然行，" in texts["01-chapter.md"]
    assert "藏不住（2013）。" in texts["01-chapter.md"]
    assert "在上面。……过了十年" in texts["01-chapter.md"]
    assert "就放三块石头。" in texts["02-chapter.md"]
    assert "\\[1\\] 某人. 园冶注\\[M\\]. 北京: 某某出版社, 1981: 12-15." in texts["90-bibliography.md"]


def test_traditional_book_keeps_quotes_and_notes(tmp_path: Path) -> None:
    source = book(tmp_path, "hant.txt")
    assert toml(source)["book"]["language"] == "zh-Hant"
    texts = chapters(source)
    assert "「等我把『考』字寫對了再說。」" in texts["00-preface.md"]
    assert "沒有人敢改。[^1]\n\n[^1]: 見《尺牘新鈔》卷三，第十二頁。" in texts["01-chapter.md"]
    assert [line for line in texts["01-chapter.md"].splitlines() if line.startswith("#")] == [
        "# 第一章 書信的散佚與輯存", "## 第一節 家書與公牘", "### 一、家書的體例", "### 二、公牘的體例",
        "## 第二節 輯佚的方法", "### （一）從文集輯", "### （二）從日記輯",
    ]  # fmt: skip


def test_notes_follow_their_calls(tmp_path: Path) -> None:
    texts = chapters(book(tmp_path, "notes.txt"))
    assert "始于六朝[^1]。" in texts["01-chapter.md"]
    assert "[^1]: 参见《宋书·谢灵运传》。" in texts["01-chapter.md"]
    assert '#page-13 title="13"}唐人写山水' in texts["01-chapter.md"]
    assert "山水[^1]。\n\n[^1]: 此说见于《园冶》。" in texts["02-chapter.md"]


def test_markdown_of_an_ocr_engine(tmp_path: Path) -> None:
    source = book(tmp_path, "engine.md")
    assert headings(source) == [
        "# 第1章 绪论",
        "## 1.1 背景",
        "## 1.2 方法",
        "# 第2章 设计",
        "## 2.1 选址",
        "### 2.1.1 土壤",
        "# 参考文献",
    ]
    text = chapters(source)["02-chapter.md"]
    assert "| 指标 | 数值 |\n|---|---|\n| 孔隙率 | 0.35 |\n" in text
    assert "应注意：①地下水位；②土壤渗透系数；" in text
    assert "**低影响开发**" in chapters(source)["01-chapter.md"]


def test_novel_keeps_dialogue_and_verse(tmp_path: Path) -> None:
    source = book(tmp_path, "novel.txt")
    assert headings(source)[0] == "# 第一回 老槐树下说往事　少年郎夜渡清河"
    text = "\n".join(chapters(source).values())
    for paragraph in (
        "“后来呢？”",
        "春风不管人间事，",
        "吹落桃花又一年。",
        "“你是谁？”少年问。",
        "“我是来等你的。”那人说。",
    ):
        assert f"\n{paragraph}\n" in text
    assert "手里提着一盏灯。那灯" in text


def test_ingest_keeps_edited_files(tmp_path: Path) -> None:
    source = book(tmp_path, "novel.txt")
    chapter = source / "chapters/01-chapter.md"
    chapter.write_text(chapter.read_text(encoding="utf-8").replace("众人大笑", "众人都笑"), encoding="utf-8")
    before = {p: p.read_bytes() for p in source.rglob("*") if p.is_file()}
    with pytest.raises(SourceError, match="edited") as error:
        ingest([DATA / "novel.txt"], tmp_path)
    assert "--force" in error.value.diagnostics[0].hint
    assert before == {p: p.read_bytes() for p in source.rglob("*") if p.is_file()}
    problems = audit(tmp_path)
    assert len(problems) == 1
    assert problems[0].location is not None
    assert problems[0].location.file == chapter
    assert "都" in problems[0].message
    ingest([DATA / "novel.txt"], tmp_path, force=True)
    assert audit(tmp_path) == ()


def test_ingest_replaces_the_sample_of_a_new_project(tmp_path: Path) -> None:
    new_project(tmp_path / "book")
    ingest([DATA / "hans.txt"], tmp_path / "book")
    assert "01-chapter.md" in chapters(tmp_path / "book/source")
    new_project(tmp_path / "mine")
    with (tmp_path / "mine/source/book.toml").open("a", encoding="utf-8") as stream:
        stream.write("# mine\n")
    with pytest.raises(SourceError, match="edited"):
        ingest([DATA / "hans.txt"], tmp_path / "mine")


def test_emendations_are_applied_again_and_must_match_once(tmp_path: Path) -> None:
    source = book(tmp_path, "novel.txt")
    reading = '[[emendation]]\nwhere = "chapters/01-chapter.md"\nsic = "{}"\ncorr = "众人都笑"\nreason = "the scan"\n'
    (source / "emendations.toml").write_text(reading.format("众人大笑"), encoding="utf-8")
    ingest([DATA / "novel.txt"], tmp_path)
    assert "众人都笑" in chapters(source)["01-chapter.md"]
    assert audit(tmp_path) == ()
    (source / "emendations.toml").write_text(reading.format("众人不笑"), encoding="utf-8")
    with pytest.raises(SourceError, match="0 places") as error:
        ingest([DATA / "novel.txt"], tmp_path)
    assert str(error.value.diagnostics[0].location) == f"{source / 'emendations.toml'}:1:1"


def test_truncation_and_missing_headings_are_reported(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    text = (DATA / "hans.txt").read_text(encoding="utf-8")
    raw.write_text(text[: text.index("窗是墙的眼睛") + 3].replace("l.2 灰墙\n", ""), encoding="utf-8")
    result = ingest([raw], tmp_path / "book")
    codes = [f.code for f in result.diagnostics]
    assert "T801" in codes
    assert "H504" in codes


@pytest.mark.shared
def test_shared_raw_text(tmp_path: Path) -> None:
    raw = sorted(SHARED.glob("*.txt"))
    if not raw:
        pytest.skip(f"no raw text in {SHARED}")
    ingest(raw, tmp_path)
    assert audit(tmp_path) == ()
    source = tmp_path / "source"
    table = toml(source)
    assert len(table["contributor"]) == 6
    assert len(table["publication"]) == 10
    assert len(table["imprint"]) == 14
    assert len((source / "contents.tsv").read_text(encoding="utf-8").splitlines()) == 134
    texts = chapters(source)
    assert [len([x for x in t.splitlines() if x and not x.startswith(("#", ":::"))]) for t in texts.values()] == [
        10,
        10,
    ]
    assert len(headings(source)) == 9
    assert "## 第二节 研究的意义与价值" in texts["01-chapter.md"]


def test_essays_under_headings_without_labels(tmp_path: Path) -> None:
    source = book(tmp_path, "essays.txt")
    assert headings(source) == ["# 出版说明", "# 春", "## 惊蛰", "## 看花的人", "# 夏", "## 蝉"]
    text = chapters(source)["01-chapter.md"]
    for line in ("记者问：您为什么写这本书？", "周远：为了忘记。", "记者：忘记什么？"):
        assert f"\n{line}\n" in text
    assert "“二月二，龙抬头”。\n\n他念错了一个字。\n" in text
    assert "气温38.5 ℃" in chapters(source)["02-chapter.md"]


def test_imprint_at_the_end_and_parts_above_chapters(tmp_path: Path) -> None:
    source = book(tmp_path, "back.txt")
    table = toml(source)
    assert table["book"]["title"] == "山城纪事"
    assert table["publication"]["edition"] == "2012年5月第1版"
    assert table["publication"]["printing"] == "2012年5月第1次"
    assert table["publication"]["price"] == "28.00"
    assert [d["role"] for d in table["division"] if "file" in d] == [
        "abstract",
        "part",
        "chapter",
        "chapter",
        "part",
        "chapter",
        "afterword",
    ]
    assert chapters(source)["90-afterword.md"].endswith("何其远\n\n二〇一一年秋\n\n:::\n")
    assert "瓦沟[]{.pagebreak" in chapters(source)["02-chapter.md"]


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (["前言", "第一章 山", "参考文献", "后记"], ["front", "body", "back", "back"]),
        (["第一章 山", "参考文献", "第二章 水", "后记"], ["body", "body", "body", "back"]),
        (["后记", "第一章 山", "前言"], ["body", "body", "body"]),
        (["", "前言", "第一章 山"], ["body", "body", "body"]),
        (["前言"], ["front"]),
    ],
)
def test_front_matter_comes_first_and_back_matter_last(tmp_path: Path, titles: list[str], expected: list[str]) -> None:
    sentence = "山上有一座旧庙，庙里住着一位老人，每天清早起来扫落叶。"
    raw = tmp_path / "raw.txt"
    raw.write_text("\n\n".join(f"{title}\n\n　　{sentence * 3}" for title in titles), encoding="utf-8")
    ingest([raw], tmp_path)
    divisions = [d for d in read_book(tmp_path).divisions if d.path]
    assert [d.matter for d in divisions] == expected


@pytest.mark.parametrize(("begin", "given"), [("", "正文"), ("序\n\n目录\n第一章 山……1\n第二章 水……9\n\n", None)])
def test_text_without_heading_gets_a_title_in_book_toml(tmp_path: Path, begin: str, given: str | None) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text(f"{begin}山上有一座旧庙，庙里住着一位老人。\n\n1.1 城墙\n\n每天清早起来扫落叶。\n", encoding="utf-8")
    result = ingest([raw], tmp_path)
    divisions = [d for d in read_book(tmp_path).divisions if d.path]
    assert divisions[0].title == given
    assert [f.code for f in result.diagnostics if f.code == "H506"] == (["H506"] if given else [])
    build(tmp_path, ["txt"])


def test_note_sign_in_a_markdown_table_is_text(tmp_path: Path) -> None:
    raw = tmp_path / "raw.md"
    raw.write_text("# 第一章 山\n\n| 年 | 船 |\n|---|---|\n| 1405[^1] | 二 |\n\n说明文字在此。\n", encoding="utf-8")
    ingest([raw], tmp_path)
    assert audit(tmp_path) == ()
    build(tmp_path, ["txt"])
    (made,) = (tmp_path / "build").glob("*.txt")
    assert "1405[^1]" in made.read_text("utf-8")


def test_english_novel(tmp_path: Path) -> None:
    source = book(tmp_path, "english.txt")
    text = chapters(source)["01-chapter.md"]
    assert headings(source) == ["# CHAPTER I THE ARRIVAL", "# CHAPTER II THE LIBRARY"]
    assert "the lamps were already burning" in text
    assert "Nobody answered.[^1]" in text
    assert 'in the win[]{.pagebreak #page-2 title="2"}ter.” She laughed—or seemed' in text
    assert "the well-known stairs" not in text
    assert "The well-known stairs" in text


def test_one_interpunct_a_book_with_a_notice(tmp_path: Path) -> None:
    (tmp_path / "raw.txt").write_text("第一章 山\n\n约翰•史密斯和玛丽・安来了，和李・白。\n", encoding="utf-8")
    result = ingest([tmp_path / "raw.txt"], tmp_path / "book")
    assert "约翰·史密斯和玛丽·安来了，和李·白。" in (tmp_path / "book/source/chapters/01-chapter.md").read_text("utf-8")
    (found,) = [each for each in result.diagnostics if each.code == "M109"]
    assert found.message.startswith("3 interpuncts")
