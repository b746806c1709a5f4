"""The normal form of a text, which editions are compared with."""

from __future__ import annotations

from dingben.document.ast import Node, span, str_node
from dingben.document.plain import collect_text, normalize


def test_spaces_and_break_opportunities_are_not_text() -> None:
    assert normalize("甲 乙\n\u00ad丙\u200b丁\u2060") == "甲乙丙丁"


def test_notes_are_separate_and_ruby_follows_its_base() -> None:
    note: Node = {"t": "Note", "c": [{"t": "Para", "c": [str_node("注")]}]}
    body: list[str] = []
    notes: list[str] = []
    collect_text([{"t": "Para", "c": [str_node("甲"), note, span([], [str_node("乙")], ruby="yǐ")]}], body, notes)
    assert ("".join(body), "".join(notes)) == ("甲乙yǐ", "注")
