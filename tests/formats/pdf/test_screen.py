"""The screen PDF, read back: parts, pages, folios, outline, labels, tags, notes, fonts."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from dingben.builder.graph import build
from dingben.errors import RenderError
from tests.support.books import small_book

Need = Callable[[str, str], str]


@pytest.fixture(scope="module")
def pdf(built_book: Path) -> Path:
    return built_book / "build/sihai.pdf"


@pytest.fixture
def pages(pdf: Path, need: Need) -> list[str]:
    """The text of each sheet side."""
    tool = need("pdftotext", "apt install poppler-utils")
    text = subprocess.run([tool, "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


def opening(pages: list[str], title: str) -> int:
    """The 0-based sheet side that opens with ``title``."""
    return next(i for i, p in enumerate(pages) if p.split() and "".join(p.split()[:2]).startswith(title))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_divisions_are_in_order_and_open_on_right_hand_pages(pages: list[str]) -> None:
    assert "四海一家" in pages[0]
    assert pages[1].strip() == ""
    assert "某某出版社" in squeezed(pages[2])
    assert "图书在版编目（CIP）数据" in squeezed(pages[3])
    openings = [opening(pages, t) for t in ("前言", "目录", "第一章起源", "第二章", "参考文献", "dingben")]
    assert openings == sorted(openings)
    assert all(i % 2 == 0 for i in openings)  # sheet sides count from 0


def test_folios_are_roman_then_arabic(pages: list[str]) -> None:
    assert squeezed(pages[opening(pages, "前言")]).endswith("v")
    first = opening(pages, "第一章起源")
    assert squeezed(pages[first]).endswith("1")
    assert squeezed(pages[first + 1]).endswith("2")
    second = opening(pages, "第二章")
    assert squeezed(pages[second]).endswith(str(second - first + 1))
    assert pages[1].strip() == pages[3 - 2].strip() == ""


def test_running_heads_have_book_and_chapter_titles(pages: list[str]) -> None:
    first = opening(pages, "第一章起源")
    assert squeezed(pages[first + 1]).startswith("“四海一家”视野下的古代海港城市研究")
    assert squeezed(pages[first + 2]).startswith("第一章起源")
    assert not squeezed(pages[first]).startswith("第一章起源第一章起源")


def test_contents_have_right_page_numbers(pages: list[str]) -> None:
    contents = pages[opening(pages, "目录")]
    first = opening(pages, "第一章起源")
    rows = {squeezed(m[1]): m[2] for m in re.finditer(r"^\s*(\S.*?)[ ·]{3,}(\w+)\s*$", contents, re.MULTILINE)}
    assert rows["前言"] == "v"
    assert rows["第一章起源"] == "1"
    second = opening(pages, "第二章")
    assert str(second - first + 1) in contents
    for name in ("第一节港与城", "1.1档案"):
        page = first + int(rows[name]) - 1
        assert name in squeezed(pages[page])


def test_notes_are_at_the_foot_of_their_page(pages: list[str]) -> None:
    page = squeezed(pages[opening(pages, "第一章起源")])
    assert page.index("①见《海港志》卷三。") > page.index("研究")
    assert page.endswith("①见《海港志》卷三。1")
    assert any("①第一段。第二段。" in squeezed(p) for p in pages)


@pytest.mark.parametrize(("notes", "marks"), [("page", "①②①"), ("chapter", "①②③"), ("book", "②③④")])
def test_note_numbers_restart_by_page_chapter_or_never(tmp_path: Path, need: Need, notes: str, marks: str) -> None:
    tool = need("pdftotext", "apt install poppler-utils")
    more = f'[format]\nnotes = "{notes}"\n[[division]]\nmatter = "front"\nrole = "preface"\nfile = "chapters/00.md"\n'
    filler = "\n\n".join(["海港的研究。" * 60] * 8)
    text = f"# 第一章 起\n\n甲[^1]乙[^2]。\n\n{filler}\n\n丙[^3]。\n\n[^1]: 注甲\n\n[^2]: 注乙\n\n[^3]: 注丙\n"
    book = small_book(tmp_path, text, more=more)
    (book / "source/chapters/00.md").write_text("# 前言\n\n丁[^1]。\n\n[^1]: 注丁\n", "utf-8")
    build(book, ["pdf"])
    made = subprocess.run(
        [tool, "-raw", str(book / "build/haigang.pdf"), "-"], capture_output=True, text=True, check=True
    )
    assert "".join(re.search(rf"([①-⑳])\s*注{name}", made.stdout)[1] for name in "甲乙丙") == marks  # type: ignore[index]
    assert "".join(re.search(rf"{name}([①-⑳])", made.stdout)[1] for name in "甲乙丙") == marks  # type: ignore[index]


def test_character_without_a_glyph_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RenderError) as caught:
        build(small_book(tmp_path, "# 章\n\n生僻\ue000字\n"), ["pdf"])
    problem = caught.value.diagnostics[0]
    assert problem.message == "no installed font has \ue000 (U+E000)"
    assert str(problem.location).endswith("01.md:3:3")
    assert not (tmp_path / "build/haigang.pdf").exists()


def test_outline_has_three_levels_and_destinations(pdf: Path) -> None:
    with pikepdf.open(pdf) as document, document.open_outline() as outline:
        titles = [item.title for item in outline.root]
        assert titles[:3] == ["前言", "目 录", "第一章 起源"]
        section = outline.root[2].children[0]
        assert section.title == "第一节 港与城"
        assert section.children[0].title == "1.1 档案"


def test_page_labels_are_roman_then_arabic(pdf: Path, pages: list[str]) -> None:
    with pikepdf.open(pdf) as document:
        numbers = list(document.Root.PageLabels.Nums)
    assert [numbers[0], str(numbers[1].S), numbers[2], str(numbers[3].S)] == [
        0,
        "/r",
        opening(pages, "第一章起源"),
        "/D",
    ]


def test_document_metadata_and_tags(pdf: Path) -> None:
    with pikepdf.open(pdf) as document:
        assert str(document.docinfo["/Title"]) == "“四海一家”视野下的古代海港城市研究：兼论《海港志》"
        assert str(document.docinfo["/Author"]) == "张某"
        assert str(document.Root.Lang) == "zh-Hans"
        assert document.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in document.Root
        with document.open_metadata() as xmp:
            assert str(xmp["pdfuaid:part"]) == "1"
            assert (str(xmp["pdfaid:part"]), str(xmp["pdfaid:conformance"])) == ("2", "A")


def test_trim_size_comes_from_the_printed_format(pdf: Path) -> None:
    with pikepdf.open(pdf) as document:
        box = document.pages[0].mediabox
    assert [round(float(v) * 25.4 / 72, 1) for v in list(box)[2:]] == [170.0, 240.0]


def test_fonts_are_embedded_as_subsets(pdf: Path, need: Need) -> None:
    tool = need("pdffonts", "apt install poppler-utils")
    rows = subprocess.run([tool, str(pdf)], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert any("Noto-Serif-CJK" in row.replace("NotoSerifCJK", "Noto-Serif-CJK") for row in rows)
    assert all(re.search(r"\byes\s+yes\s+yes\b", row) for row in rows), rows


def test_links_have_destinations(pdf: Path) -> None:
    with pikepdf.open(pdf) as document:
        named = set()
        if "/Names" in document.Root and "/Dests" in document.Root.Names:
            named = {str(k) for k in pikepdf.NameTree(document.Root.Names.Dests)}
        targets = [str(a.Dest) for page in document.pages for a in page.get("/Annots", []) if "/Dest" in a]
    assert len(targets) > 5
    assert set(targets) <= named


def test_pdf_contains_the_whole_text(pages: list[str]) -> None:
    whole = squeezed("".join(pages))
    for word in ("道不行，乘桴浮于海。", "表1-1船数", "港口的方位", "张某.海港志[M]", "2017年10月"):
        assert word in whole
