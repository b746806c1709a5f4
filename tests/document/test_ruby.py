"""Ruby, emphasis dots and lines under names, in every edition."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from dingben.builder.graph import build
from dingben.document import ruby
from dingben.document.ast import Node, span, str_node, text_of
from dingben.verification.checkers import epubcheck, library_missing, verapdf_library
from tests.support.books import small_book

TEXT = (
    '# 第一章 [漢]{ruby="hàn"}字\n\n读作[漢字]{ruby="hàn zì"}，又[大人]{ruby="たいじん"}。[着重，号]{.emphasis-dots}；'
    "[张三]{.proper-noun}[李四]{.proper-noun}读[红楼梦]{.book-title-mark}[^1]。\n\n"
    + "海港的研究，向来以档案与方志为主。" * 8
    + "\n\n"
    + '[壯]{ruby="zhuàng"}[莊]{.emphasis-dots}海港的研究，[向来]{.proper-noun}以档案与方志为主。' * 8
    + '\n\n[^1]: 注中有[漢]{ruby="hàn"}。\n'
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_book(tmp_path_factory.mktemp("glosses"), TEXT)
    build(folder)
    return folder / "build"


@pytest.mark.parametrize(
    ("base", "reading", "expected"),
    [
        ("漢", "hàn", [("漢", "hàn")]),
        ("漢字", "hàn zì", [("漢", "hàn"), ("字", "zì")]),
        ("漢字", "kanji", [("漢字", "kanji")]),
        ("漢字典", "hàn zì", [("漢字典", "hàn zì")]),
        ("漢", "  ", []),
        ("漢", "", []),
    ],
)
def test_ruby_by_character_or_for_the_whole_base(base: str, reading: str, expected: list[tuple[str, str]]) -> None:
    found = ruby.ruby_pairs(span([], [str_node(base)], ruby=reading))
    assert [(text_of(inlines), own) for inlines, own in found] == expected


def test_ruby_base_keeps_its_markup() -> None:
    bold: Node = {"t": "Strong", "c": [str_node("漢字")]}
    assert ruby.ruby_pairs(span([], [bold], ruby="hàn zì")) == [([bold], "hàn zì")]


def test_punctuation_has_no_emphasis_dots() -> None:
    assert [n["t"] for n in ruby.add_emphasis_dots([str_node("着重，号……")])] == ["Span", "Span", "Str", "Span", "Str"]


def test_epub_and_web_have_ruby_elements(book: Path) -> None:
    with zipfile.ZipFile(book / "haigang.epub") as archive:
        chapter = archive.read("EPUB/text/ch001.xhtml").decode()
        contents = archive.read("EPUB/nav.xhtml").decode()
    for page in (chapter, (book / "web/01.html").read_text("utf-8")):
        assert "<ruby>漢<rp>（</rp><rt>hàn</rt><rp>）</rp></ruby><ruby>字<rp>（</rp><rt>zì</rt>" in page
        assert "<ruby>大人<rp>（</rp><rt>たいじん</rt>" in page
        assert '<span class="emphasis-dots">着重，号</span>' in page
    assert "第一章 漢字<" in contents


def test_ruby_annotation_has_no_markup(tmp_path: Path) -> None:
    book = small_book(tmp_path, "# 章\n\n[漢]{ruby='<script>alert(\"1\")</script>'}\n")
    build(book, ["web"])
    assert "<rt>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;</rt>" in (book / "build/web/01.html").read_text(
        "utf-8"
    )


def test_ruby_keeps_the_line_grid(book: Path, need: Callable[[str, str], str]) -> None:
    tool = need("pdftotext", "apt install poppler-utils")
    layout = subprocess.run(
        [tool, "-bbox-layout", str(book / "haigang.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    words = re.findall(r'<word xMin="[\d.]+" yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">([^<]*)', layout)
    tops = sorted({round(float(top), 1) for top, bottom, text in words if 15 < float(bottom) - float(top) < 15.2})
    lines = [tops[0]]
    for top in tops:
        if top - lines[-1] > 1:
            lines.append(top)
    assert len(lines) > 9
    assert all(abs((line - lines[0]) / 18 - round((line - lines[0]) / 18)) * 18 < 0.5 for line in lines)


def test_ruby_is_tagged_with_its_base_first(book: Path) -> None:
    kinds: list[str] = []

    def walk(element: pikepdf.Object) -> None:
        kinds.append(str(element.S))
        for kid in element.K:
            if not isinstance(kid, int) and "/S" in kid:
                walk(kid)

    with pikepdf.open(book / "haigang.pdf") as document:
        walk(document.Root.StructTreeRoot.K[0])
        with document.open_outline() as outline:
            assert [item.title for item in outline.root] == ["第一章 漢字"]
    at = kinds.index("/Ruby")
    assert kinds[at : at + 2] == ["/Ruby", "/RB"]
    assert kinds.count("/RB") == kinds.count("/RT") == kinds.count("/Ruby") == 4 + 8 + 1


@pytest.mark.slow
def test_checkers_pass_ruby(book: Path, need: Callable[[str, str], str]) -> None:
    if library_missing():
        need("javac", f"{library_missing()}")
    assert verapdf_library(book / "haigang.pdf").messages == ()
    assert epubcheck(book / "haigang.epub").messages == ()
