"""Markup that has no effect, or another than its author meant, is a finding with a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book.reader import read_book
from dingben.document.links import resolve_references
from dingben.document.no_effect import CLASSES, markup_findings
from dingben.document.reader import read_fragments
from dingben.document.style_classes import styled_classes
from tests.support.books import small_book, write

TITLE = "# 第一章 起首\n\n"
ROOT = Path(__file__).parents[2]


def findings(folder: Path, text: str) -> list[str]:
    """Every finding as ``line:column: code message hint``; the text begins in line 3."""
    book = read_book(small_book(folder, TITLE + text))
    found = markup_findings(book, resolve_references(read_fragments(book)))
    return [f"{f.location.line}:{f.location.column}: {f.code} {f.message}: {f.hint}" for f in found if f.location]


@pytest.mark.parametrize(
    ("text", "beginning", "hint"),
    [
        ("::: {.epigrah}\n甲\n:::\n", "3:7: U101 the class .epigrah has no effect:", "Did you mean .epigraph?"),
        ("::: signatur\n甲\n:::\n", "3:5: U101 the class .signatur", "Did you mean .signature?"),
        ("`{.x}`[甲]{.x}乙[丙]{#i .x}\n", "3:12: U101 the class .x has no effect (2 times)", "styles/book.css"),
        ("## 甲 {-}\n\n乙\n", "3:7: U101 the class .unnumbered", "never numbered"),
        ('[甲]{rubi="x"}\n', "3:5: U102 attribute rubi is left out", "Did you mean ruby?"),
        ("::: {width=50%}\n甲\n:::\n", "3:6: U102 attribute width has no effect here", "on pictures width"),
        ("由$E=mc^2$与$a$知\n", "3:2: U103 a TeX formula is printed as it is written: $E=mc^2$ (2 times)", "x^2^"),
        ("甲：\n\n$$\n\\int_0^1\n$$\n", "5:1: U103 a TeX formula", "dollar"),
        ("见@fig-a，邮件a@b.c，\\@me。\n", "3:2: U104 the reference @fig-a", "no bibliography"),
        ("见@jie。\n\n## 节 {#jie}\n\n乙\n", "3:2: U104 the reference @jie", "[](#jie)"),
        ("甲[^a]乙[^a]\n\n[^a]: 注\n", "3:7: U105 note [^a] is called 2 times", "Call it once"),
        ("[锚]{#a}见[](#a)\n", "3:12: U106 the link to #a has no text", "Write a text"),
        ('[漢]{ruby="ㄏㄢˋ"}\n', "3:11: U112 zhuyin is set above its character", "pinyin"),
        ("甲\\\n| 乙\n", "", ""),
        ("甲[^a]\n\n[^a]: | 乙\n    | 丙\n", "5:7: U111 a bar at the beginning", "empty line"),
    ],
)
def test_markup_without_effect_is_found_with_its_place(tmp_path: Path, text: str, beginning: str, hint: str) -> None:
    found = findings(tmp_path, text)
    if not beginning:
        assert found == []
        return
    assert len(found) == 1
    assert found[0].startswith(beginning)
    assert hint in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "价$5，又$10；`$x$`，\\$a\\$，a@b.c\n",
        "<https://example.org/@name>与[甲](mailto:a@b.c)\n",
        "```python\n@decorator\n$x$\n```\n",
        *(f"[字]{{.{name}}}\n" for name in sorted(CLASSES - {"pagebreak"})),
    ],
)
def test_what_is_meant_as_it_stands_is_not_found(tmp_path: Path, text: str) -> None:
    assert findings(tmp_path, text) == []


def test_a_class_that_the_book_styles_has_an_effect(tmp_path: Path) -> None:
    write(tmp_path / "styles/book.css", "@media print { .red { color: red } }")
    assert findings(tmp_path, "[甲]{.red}[乙]{.redd}\n") == [
        "3:15: U101 the class .redd has no effect: Did you mean .red?"
    ]


def test_every_class_has_a_style_for_print_and_screen_and_is_in_the_handbook() -> None:
    handbook = (ROOT / "source/chapters/04-source.md").read_text("utf-8")
    sheets = {name: (ROOT / f"styles/{name}.css").read_text("utf-8") for name in ("base", "print", "epub", "web")}
    by_program = {("pagebreak", "print"), ("pagebreak", "epub"), ("emphasis-dots", "print")}
    for name in CLASSES:
        for edition in ("print", "epub", "web"):
            styles = styled_classes(sheets["base"] + sheets[edition])
            assert name in styles or (name, edition) in by_program, (name, edition)
        assert f"`.{name}`" in handbook, name
