"""The plain text: its documented form, and nothing of the book lost."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from dingben.book.reader import read_book
from dingben.builder.graph import build
from dingben.document.ast import Node, rewrite
from dingben.document.ast import text_of as text_of_nodes
from dingben.document.reader import read_fragments
from tests.support.books import full_book, rich_book, small_book


def text_of(folder: Path, chapter: str, **keys: str) -> str:
    """The plain text of a small book with this chapter."""
    build(small_book(folder, chapter, **keys), ["txt"])
    return (folder / "build/haigang.txt").read_bytes().decode("utf-8")


def test_text_of_a_book_of_one_chapter(tmp_path: Path) -> None:
    chapter = "# 第一章 起首\n\n第一段。\n\n第二段。\n\n## 第一节 港\n\n第三段。\n"
    assert text_of(tmp_path, chapter) == (
        "海港志\n\n张某 著\n\n\n\n第一章 起首\n\n第一段。\n\n第二段。\n\n\n第一节 港\n\n第三段。\n"
    )


FORMS = {
    "*着重*与**加粗**[界]{.phrase}": "着重与加粗界",
    "水[^1]，火[^2]。\n\n[^1]: 甲。\n\n    乙。\n\n[^2]: > 引。": "水〔注1〕，火〔注2〕。\n\n〔注1〕甲。\n\n乙。\n\n〔注2〕引。",
    "> 一。\n>\n> 二。": "  一。\n\n  二。",
    "- 甲\n- 乙": "- 甲\n- 乙",
    "| 半亩方塘\n| 天光云影": "半亩方塘\n天光云影",
    "见[那里](https://example.org/a)与<https://example.org/b>。": "见那里〔https://example.org/a〕与https://example.org/b。",
    "见[第一章](01.md)。": "见第一章。",
    '甲[]{.pagebreak #page-2 title="2"}乙': "甲乙",
    "表1 船\n\n| 年 | 船 |\n|---|---|\n| 1911 | *八* |\n": "表1 船\n\n年\t船\n1911\t八",
    ": 表1 船\n\n| 年 | 船 |\n|---|---|\n| 1911 | 八[^1] |\n\n[^1]: 注。": "表1 船\n\n年\t船\n1911\t八〔注1〕\n\n〔注1〕注。",
    "5 < 6 & \\*星\\*、\\_线\\_": "5 < 6 & *星*、_线_",
    '[漢]{ruby="hàn"}字': "漢（hàn）字",
}


@pytest.mark.parametrize("markdown", FORMS)
def test_form_of_the_plain_text(markdown: str, tmp_path: Path) -> None:
    assert text_of(tmp_path, f"# 章\n\n{markdown}\n").partition("\n\n\n\n章\n\n")[2] == f"{FORMS[markdown]}\n"


@pytest.mark.parametrize(
    ("picture", "plain"),
    [
        ("![图一 港](images/a.svg)", "〔图：图一 港〕"),
        ('![图一 港](images/a.svg){alt="小岛"}', "〔图：小岛〕\n\n图一 港"),
        ("港![小岛](images/a.svg)口", "港〔图：小岛〕口"),
    ],
)
def test_image_is_its_description(picture: str, plain: str, tmp_path: Path) -> None:
    (tmp_path / "source/images").mkdir(parents=True)
    (tmp_path / "source/images/a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    assert text_of(tmp_path, f"# 章\n\n{picture}\n").endswith(f"章\n\n{plain}\n")


def test_generated_pages_and_notes_through_the_book(built_book: Path) -> None:
    text = (built_book / "build/sihai.txt").read_text("utf-8")
    assert text.startswith("海港文库\n\n“四海一家”视野下的古代海港城市研究\n\n兼论《海港志》\n\n张某 等著\n")
    assert "\n\n\n\n图书在版编目（CIP）数据\n\n" in text
    assert "\n责任编辑：王某\n" in text
    assert "\n\n\n\n目 录\n\n前言\n第一章 起源\n第一节 港与城\n1.1 档案\n第二章" in text
    assert "其一〔注3〕" in text
    assert "\n\n〔注3〕又一条注，见https://example.org/。\n\n\n\n参考文献\n" in text
    assert text.count("书名页前页") == 0


def test_english_words_in_an_english_book(tmp_path: Path) -> None:
    text = text_of(tmp_path, "# One\n\nWater.[^1]\n\n[^1]: Sea.\n", head='language = "en"')
    assert text.endswith("One\n\nWater.[note 1]\n\n[note 1] Sea.\n")


def letters(text: str) -> str:
    """``text`` without blanks; small figures (x²) as figures."""
    return unicodedata.normalize("NFKC", "".join(text.split()))


def paragraphs(blocks: list[Node]) -> list[str]:
    """The text of every paragraph and heading, those of notes and cells included, without pictures."""
    found: list[str] = []

    def visit(node: Node) -> list[Node]:
        if node["t"] in ("Para", "Plain", "Header"):
            found.append(letters(text_of_nodes(node["c"][2] if node["t"] == "Header" else node["c"])))
        return [] if node["t"] == "Image" else [node]

    rewrite(blocks, visit)
    return found


@pytest.mark.parametrize("make", [full_book, rich_book])
def test_plain_text_has_every_paragraph(make: Callable[[Path], Path], tmp_path: Path) -> None:
    folder = make(tmp_path)
    build(folder, ["txt"])
    (path,) = (folder / "build").glob("*.txt")
    whole = path.read_text("utf-8")
    text = letters(re.sub(r"〔注\d+〕|〔图：[^〕]*〕|（hàn zì）", "", whole))
    expected = [p for f in read_fragments(read_book(folder)) for p in paragraphs(list(f.blocks))]
    assert len(expected) > 20
    assert [p for p in expected if p not in text and p not in letters(whole)] == []
