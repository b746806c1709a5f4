"""Pictures side by side are figures with captions."""

from __future__ import annotations

from pathlib import Path

from dingben.document import ast, pandoc
from dingben.document.side_by_side import with_figures


def figures(markdown: str) -> list[ast.Node]:
    made = with_figures(pandoc.read_markdown(markdown, Path("a.md")))
    return [node for node in ast.iter_nodes(made) if node["t"] == "Figure"]


def test_pictures_of_a_paragraph_become_figures_that_share_the_measure() -> None:
    one, two = figures('::: {.figures}\n![甲图](a.png){#a alt="灰"}\n![乙图](b.png){width=40%}\n:::\n')
    assert [ast.text_of(each["c"][1][1]) for each in (one, two)] == ["甲图", "乙图"]
    assert one["c"][0][0] == "a"
    assert one["c"][2][0]["c"][0]["c"][0] == ["", [], [["alt", "灰"], ["width", "47%"]]]
    assert two["c"][2][0]["c"][0]["c"][0][2] == [["width", "40%"]]


def test_pictures_in_paragraphs_of_their_own_share_it_too() -> None:
    made = figures("::: {.figures}\n![甲](a.png)\n\n![乙](b.png)\n\n![丙](c.png)\n:::\n")
    assert [each["c"][2][0]["c"][0]["c"][0][2] for each in made] == [[["width", "30%"]]] * 3


def test_text_beside_a_picture_stays_a_paragraph() -> None:
    assert figures("::: {.figures}\n文![甲](a.png)\n:::\n") == []
