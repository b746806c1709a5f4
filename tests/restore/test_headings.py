"""Headings of whole texts, found by the evidence of all their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book.raw_text import RawFile, RawText
from dingben.restore.draft import Draft
from dingben.restore.ingest import ingest
from dingben.restore.pipeline import restore

TEXT = """　　山路在雾里拐了三个弯，骡子走得很慢，赶路的人也不着急。
　　茶棚的主人认得他，给他添了一碗热水，又问起城里的米价，他说了，大家便都沉默了一会儿。"""


def restored(text: str, name: str = "raw.txt") -> Draft:
    return restore(RawText(text, (RawFile(Path(name), name, b"", "utf-8", b"", 0, len(text)),)), [])


def book(*headings: str) -> str:
    """A novel with a title leaf, whose chapters have these headings."""
    return "山路\n作者：林墨\n\n" + "\n\n".join(f"{heading}\n\n{TEXT}" for heading in headings) + "\n"


def headings(text: str) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for heading in restored(text).headings]


@pytest.mark.parametrize(
    "titles",
    [
        ["001 起程", "002 茶棚", "003 大雾"],
        ["1：起程", "2：茶棚", "3：大雾"],
        ["一", "二", "三", "四"],
        ["第一天", "第二天", "第三天"],
        ["一 起程", "二 茶棚", "三 大雾"],
        ["第1话 起程！", "第2话 谁在茶棚？", "第3话 大雾……"],
        ["【第一章】起程", "【第二章】茶棚"],
    ],
)
def test_runs_of_numbered_headings(titles: list[str]) -> None:
    assert headings(book(*titles)) == [(1, title) for title in titles]


def test_list_is_not_a_run_of_headings() -> None:
    assert headings(book("第一章 起程", "第二章 茶棚") + "\n1：米\n\n2：盐\n\n3：茶\n\n4：布\n") == [
        (1, "第一章 起程"),
        (1, "第二章 茶棚"),
    ]


def test_heading_numbers_restart_in_a_volume() -> None:
    found = restored(
        book("序章", "第一卷 出山", "第一章", "第二章", "第二卷 还乡", "第一章", "第二章", "番外一 茶棚", "后记")
    )
    roles = [chapter.role for chapter in found.chapters]
    assert roles == ["prologue", "part", "chapter", "chapter", "part", "chapter", "chapter", "chapter", "afterword"]


def test_sentence_with_a_label_is_not_a_heading() -> None:
    text = book("第一章 起程", "第二章 茶棚") + "\n第三章里写的是他们后来的事，可是这一章已经失落了，谁也没有见过\n"
    assert len(headings(text)) == 2


def test_bilingual_heading_is_one_heading(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text(
        "第一章 山口\nChapter One The Pass\n\n羊没有回来。\nThe sheep did not come home.\n\n第二章 井\nChapter Two The Well\n\n雪下了一夜。\nIt snowed all night.\n",
        encoding="utf-8",
    )
    ingest([raw], tmp_path / "book")
    chapters = sorted((tmp_path / "book/source/chapters").glob("*.md"))
    assert [path.read_text(encoding="utf-8").splitlines()[0] for path in chapters] == [
        "# 第一章 山口 Chapter One The Pass",
        "# 第二章 井 Chapter Two The Well",
    ]


def test_chapter_on_two_web_pages_has_one_heading() -> None:
    text = book("第一章 起程(第1/2页)", "第一章 起程(第2/2页)", "第二章 茶棚")
    assert headings(text) == [(1, "第一章 起程"), (1, "第二章 茶棚")]


def test_spaces_in_a_couplet_heading() -> None:
    text = book("第一回 赶骡人雾里 问路 卖茶翁灯下谈天", "第二回过石桥三 人同行 投野店一夜无眠")
    assert headings(text) == [
        (1, "第一回 赶骡人雾里问路　卖茶翁灯下谈天"),
        (1, "第二回 过石桥三人同行　投野店一夜无眠"),
    ]


def test_references_under_a_heading_are_a_bibliography() -> None:
    found = restored(book("第一章 起程") + "参考文献\n[1] 林某. 山路志[M]. 北京, 1931.\n[2] 何某. 茶考[J]. 1932.\n")
    assert [chapter.role for chapter in found.chapters] == ["chapter", "bibliography"]


def test_contents_correct_the_label_of_a_run_in_heading() -> None:
    contents = "山路\n\n林墨 著\n\n目录\n\n第一章 起程\t1\n第一节 谈雾\t1\n第二节 谈茶棚里的客人\t2\n\n"
    text = f"{contents}第一章 起程\n\n第一节 谈雾\n\n{TEXT}\n\n第二章谈茶棚里的 客人 {TEXT.strip()}\n"
    assert headings(text)[-1] == (2, "第二节 谈茶棚里的客人")


def test_titles_of_a_run_may_come_again() -> None:
    titles = [f"{n:03d} {title}" for n, title in enumerate(["起程", "茶棚", "大雾", "山口", "旧桥"] * 2, 1)]
    draft = restored(book(*titles))
    assert [heading.text for heading in draft.headings] == titles
    assert not any(line.running_head for line in draft.lines)


def test_letters_without_blank_lines_have_headings() -> None:
    text = "".join(f"第{n}封信\n父亲大人：\n{TEXT}\n　　此致\n敬礼\n" for n in "一二三")
    assert headings(text) == [(1, "第一封信"), (1, "第二封信"), (1, "第三封信")]


def test_direction_or_salutation_below_a_label_is_no_title() -> None:
    assert headings("".join(f"第{n}幕\n\n（灯亮。）\n\n{TEXT}\n\n" for n in "一二")) == [(1, "第一幕"), (1, "第二幕")]
    assert headings("".join(f"第{n}章\n\n父亲大人：\n\n{TEXT}\n\n" for n in "一二")) == [(1, "第一章"), (1, "第二章")]


def test_title_below_a_label_needs_no_blank_line() -> None:
    text = "".join(f"第{n}章\n{title}\n{TEXT}\n" for n, title in zip("一二", ["起程", "茶棚"], strict=True))
    assert headings(text) == [(1, "第一章 起程"), (1, "第二章 茶棚")]
    text = "".join(
        f"CHAPTER {n}.\n\nTHE {title}.\n\nThe road was long.\n\n" for n, title in (("I", "INN"), ("II", "FOG"))
    )
    assert headings(text) == [(1, "CHAPTER I. THE INN."), (1, "CHAPTER II. THE FOG.")]


def test_chapters_that_the_contents_lack_are_headings() -> None:
    text = "山路\n\n目录\n\n第一章 起程\t1\n第二章 茶棚\t9\n\n"
    chapters = "".join(
        f"第{n}章 {title}\n\n{TEXT}\n\n" for n, title in zip("一二三", ["起程", "茶棚", "大雾"], strict=True)
    )
    assert headings(text + chapters) == [(1, "第一章 起程"), (1, "第二章 茶棚"), (1, "第三章 大雾")]
