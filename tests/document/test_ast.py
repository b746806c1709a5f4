"""Nodes of pandoc's document model."""

from __future__ import annotations

from dingben.document.ast import identifiers, iter_nodes, nesting_depth, rewrite, span, str_node, text_of

PARA = {"t": "Para", "c": [str_node("甲"), {"t": "Space"}, span(["x"], [str_node("乙")], "one", aria_label="b")]}


def test_nodes_come_parents_first() -> None:
    assert [node["t"] for node in iter_nodes([PARA])] == ["Para", "Str", "Space", "Span", "Str"]
    assert text_of(PARA) == "甲 乙"
    assert identifiers([PARA]) == ["one"]


def test_rewriting_leaves_the_original() -> None:
    gone = rewrite([PARA], lambda node: [] if node["t"] == "Span" else [node])
    assert (text_of(gone), text_of(PARA)) == ("甲 ", "甲 乙")


def test_depth_counts_lists_and_nodes() -> None:
    assert nesting_depth("甲") == 1
    assert nesting_depth([[PARA]]) > nesting_depth([PARA])
