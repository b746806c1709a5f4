"""Pages of contents that were recognised badly."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book.raw_text import read
from dingben.restore import contents_pages
from dingben.restore.inputs.plain_text import split_lines

BODY = "水自山中来，过城而东，入于海，舟人说这里的潮水一日两次。\n" * 12
TITLES = ["第一章 河口", "第二章 渡船", "第三章 桥", "第四章 山路", "第五章 集市", "第六章 归途"]


def found(tmp_path: Path, page: str) -> list[tuple[str, str]]:
    (tmp_path / "raw.txt").write_text(f"河上旧闻\n\f{page}\n\f" + "\f".join([BODY] * 6), "utf-8")
    raw = read([tmp_path / "raw.txt"])
    contents = contents_pages.find(raw.text, split_lines(raw), english=False)
    return [(entry.text, entry.page) for entry in contents.entries] if contents else []


def test_entries_need_neither_the_title_of_the_contents_nor_leaders(tmp_path: Path) -> None:
    page = "\n".join(f"{title}  oocoeo0o0 {3 * n}" for n, title in enumerate(TITLES, 1))
    assert found(tmp_path, page) == [(title, str(3 * n)) for n, title in enumerate(TITLES, 1)]


def test_leaders_that_were_read_as_han_characters_are_no_words(tmp_path: Path) -> None:
    leaders = ["全全生生和放全全", "生和全放生全", "放放全全和生", "和生全生放放", "生生全全和放", "全和生放全"]
    page = "\n".join(f"{t}  {x} {2 * n}" for n, (t, x) in enumerate(zip(TITLES, leaders, strict=True), 1))
    assert [text for text, _ in found(tmp_path, page)] == TITLES


@pytest.mark.parametrize(
    ("read_as", "page"), [("]4", "14"), ("14", "14"), ("01 l4", "14"), ("4", "14"), ("0014", "14")]
)
def test_a_page_number_rises_between_its_neighbours(read_as: str, page: str, tmp_path: Path) -> None:
    numbers = ["9", "10", "12", read_as, "14", "20"]
    lines = "\n".join(f"{title} …… {number}" for title, number in zip(TITLES, numbers, strict=True))
    assert found(tmp_path, lines)[3] == ("第四章 山路", page)


def test_a_label_that_was_misread_follows_from_those_around_it(tmp_path: Path) -> None:
    page = "第一章 河口 …… 1\n中1 潮水 …… 1\n站 沙洲 …… 2\n1.3 渔火 …… 4\n第二童 渡船 …… 6\n第三章 桥 …… 9"
    assert [text for text, _ in found(tmp_path, page)] == [
        "第一章 河口",
        "1.1 潮水",
        "1.2 沙洲",
        "1.3 渔火",
        "第二章 渡船",
        "第三章 桥",
    ]


@pytest.mark.parametrize(
    "page",
    [
        "\n".join(f"{n}. 把水烧到九十度，放入第{n}味药，煮{n}刻钟，滤净，再煮。" for n in range(1, 7)),
        "\n".join(["昨夜江边春水生", "艨艟巨舰一毛轻", "向来枉费推移力", "此日中流自在行"] * 2),
        BODY,
    ],
)
def test_other_pages_are_no_contents(page: str, tmp_path: Path) -> None:
    assert found(tmp_path, page) == []
