"""The printed contents: entries, levels, pages, wrapped lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dingben.book import raw_text
from dingben.language import heading_labels
from dingben.restore import contents, heading_text
from dingben.restore.ingest import ingest
from dingben.restore.inputs.plain_text import split_lines


def entries(text: str) -> list[tuple[int, str, str]]:
    raw = raw_text.RawText(text, (raw_text.RawFile(Path("raw.txt"), "raw.txt", b"", "utf-8", b"", 0, len(text)),))
    found = contents.find(text, split_lines(raw))
    return [(e.level, e.text, e.page) for e in found.entries] if found else []


def test_levels_of_contents_entries() -> None:
    text = "目 录\n\n上编 老街\n第一章 墙\t1\n第一节 白\t2\n1.1 灰\t3\nl.2 黑\t4\n第二节 窗\t5\n1.1 漏窗\t6\n附录 年表\t90\n后记\t99\n\n第一章 墙\n\n墙是园子的纸。\n"
    assert entries(text) == [
        (1, "上编 老街", ""), (2, "第一章 墙", "1"), (3, "第一节 白", "2"), (4, "1.1 灰", "3"), (4, "1.2 黑", "4"),
        (3, "第二节 窗", "5"), (4, "1.1 漏窗", "6"), (1, "附录 年表", "90"), (1, "后记", "99"),
    ]  # fmt: skip


@pytest.mark.parametrize("leader", ["\t", " …………… ", "………", "......", " ", "　　", " · · · · "])
def test_leaders_are_removed(leader: str) -> None:
    text = f"目录\n\n前言{leader}I\n第一章 墙{leader}1\n第二章 少　室　论{leader}23\n\n前言\n\n墙是园子的纸。\n"
    assert entries(text) == [(1, "前言", "I"), (1, "第一章 墙", "1"), (1, "第二章 少室论", "23")]


def test_wrapped_entries_are_joined_and_folios_skipped() -> None:
    text = "目录\n\n第一章 一个很长的题目它在这里断开\n　　了又接上\t1\n\nII\n\n目录\n\n第二章 窗\t9\n\n第一章 一个很长的题目它在这里断开了又接上\n\n墙是园子的纸。\n"
    assert entries(text) == [(1, "第一章 一个很长的题目它在这里断开了又接上", "1"), (1, "第二章 窗", "9")]


def test_text_without_contents() -> None:
    assert entries("第一章 墙\n\n墙是园子的纸，一共 12 页。\n") == []


@pytest.mark.parametrize(
    ("printed", "tidy"),
    [
        ("第 一 章　墙　与　窗", "第一章 墙与窗"),
        ("第一章墙与窗", "第一章 墙与窗"),
        ("1. 1 白墙", "1.1 白墙"),
        ("1，3 白墙", "1.3 白墙"),
        ("一 、白墙", "一、白墙"),
        ("(三) 白墙", "（三）白墙"),
        ("第2章 GDP 与 墙", "第2章 GDP与墙"),
        ("前　言", "前言"),
        ("附录一 年表", "附录一 年表"),
        ("第一回 老槐树下说往事 少年郎夜渡清河", "第一回 老槐树下说往事　少年郎夜渡清河"),
    ],
)
def test_normalized_headings(printed: str, tidy: str) -> None:
    assert heading_text.normalize_heading(printed) == tidy
    assert heading_text.normalize_heading(tidy) == tidy


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("十二", 12), ("二十", 20), ("一百零三", 103), ("廿三", 23), ("XIV", 14), ("12", 12), ("二〇", 20), ("甲", 0)],
)
def test_numerals(numeral: str, value: int) -> None:
    assert heading_labels.figure(numeral) == value


def test_page_number_lost_or_on_a_line_of_its_own() -> None:
    text = "目录\n\n第一章 墙 1\n第二章 窗·····\n第三章 水\n30\n第四章 石 45\n\n第一章 墙\n\n墙是园子的纸。\n"
    assert entries(text) == [
        (1, "第一章 墙", "1"),
        (1, "第二章 窗", ""),
        (1, "第三章 水", "30"),
        (1, "第四章 石", "45"),
    ]


def test_the_folio_of_the_last_page_of_the_contents_numbers_no_page_of_the_text(tmp_path: Path) -> None:
    prose = "水自山中来，过城而东，入于海，舟人说这里的潮水一日两次。\n" * 6
    contents = "目录\n题记 …… 1\n第一章 河口 …… 2\n第二章 渡船 …… 3\n第三章 桥 …… 4\nVI"
    pages = [f"{title}\n{prose}{n}" for n, title in enumerate(["题记", "第一章 河口", "第二章 渡船", "第三章 桥"], 1)]
    (tmp_path / "raw.txt").write_text("\f".join(["河上旧闻", contents, *pages]), "utf-8")
    ingest([tmp_path / "raw.txt"], tmp_path / "b")
    text = "".join(path.read_text("utf-8") for path in sorted((tmp_path / "b/source/chapters").glob("*.md")))
    assert re.findall(r'title="(\w+)"', text) == ["1", "2", "3", "4"]
