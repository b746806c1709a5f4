"""Lists keep the boxes and numbers that are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.document import pandoc
from dingben.document.ast import Node
from dingben.document.lists import figure_of, with_boxes, with_counter, written_number


def first(markdown: str) -> Node:
    return pandoc.read_markdown(markdown, Path("a.md"))[0]


def test_boxes_of_task_lists_are_characters_and_no_form_controls() -> None:
    block = first("- [ ] 未办\n- [x] 已办\n- ☐甲\n")
    html = pandoc.write_html([{"t": "BulletList", "c": with_boxes(block["c"])}])
    assert "□ 未办" in html
    assert "■ 已办" in html
    assert "☐甲" in html
    assert "<input" not in html


@pytest.mark.parametrize(
    ("markdown", "name", "style"),
    [
        ("5. 甲\n", "numbered-decimal", "counter-reset: list-item 4"),
        ("3) 甲\n", "numbered-decimal-paren", "counter-reset: list-item 2"),
        ("(a) 甲\n", "numbered-lower-alpha-parens", "counter-reset: list-item 0"),
        ("iv. 甲\n", "numbered-lower-roman", "counter-reset: list-item 3"),
        ("II) 甲\n", "numbered-upper-roman-paren", "counter-reset: list-item 1"),
    ],
)
def test_numbers_are_printed_as_they_are_written(markdown: str, name: str, style: str) -> None:
    made = with_counter(first(markdown), starts=True)
    assert made["c"][0][1:] == [["numbered", name], [["style", style]]]
    assert with_counter(first(markdown))["c"][0][2] == []


@pytest.mark.parametrize("markdown", ["1. 甲\n2. 乙\n", "#. 甲\n"])
def test_an_ordinary_list_stands_in_no_div(markdown: str) -> None:
    assert with_counter(first(markdown))["t"] == "OrderedList"


def test_every_counter_style_is_in_the_base_styles() -> None:
    css = (Path(__file__).parents[2] / "styles/base.css").read_text("utf-8")
    for numeral in ("Decimal", "LowerAlpha", "UpperAlpha", "LowerRoman", "UpperRoman"):
        for delimiter in ("Period", "OneParen", "TwoParens"):
            block = {"t": "OrderedList", "c": [[2, {"t": numeral}, {"t": delimiter}], []]}
            name = with_counter(block)["c"][0][1][1]
            assert f".{name} > ol" in css or name == "numbered-decimal"


@pytest.mark.parametrize(
    ("style", "number", "figure"),
    [("lower-alpha", 28, "ab"), ("upper-roman", 1994, "MCMXCIV"), ("decimal", 12, "12"), ("lower-roman", 0, "0")],
)
def test_figures_of_counter_styles(style: str, number: int, figure: str) -> None:
    assert figure_of(style, number) == figure


def test_the_mark_of_an_item_is_written_out() -> None:
    assert written_number([1, {"t": "LowerAlpha"}, {"t": "TwoParens"}], 2) == "(b)"
    assert written_number([1, {"t": "Decimal"}, {"t": "Period"}], 2) == "2"
