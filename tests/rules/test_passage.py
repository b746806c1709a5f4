"""A passage knows its raw characters through any number of corrections."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dingben.rules.passage import Edit, Passage, Piece

RAW = "山水清音何必丝竹"


def test_edits_split_keep_and_merge_pieces() -> None:
    passage = Passage.kept(RAW, 0, 8)
    passage.apply([Edit(2, 3, "青"), Edit(5, 5, "，")], "A")
    assert passage.text == "山水青音何，必丝竹"
    passage.apply([Edit(2, 4, "轻声")], "B")
    assert passage.text == "山水轻声何，必丝竹"
    assert [(p.text, p.start, p.end, p.rule) for p in passage.pieces] == [
        ("山水", 0, 2, ""), ("轻声", 2, 4, "A+B"), ("何", 4, 5, ""), ("，", 5, 5, "A"), ("必丝竹", 5, 8, ""),
    ]  # fmt: skip


def test_correction_across_a_gap_keeps_the_gap() -> None:
    passage = Passage([Piece("山…", 0, 2), Piece("…水", 6, 8)])
    passage.apply([Edit(1, 3, "……")], "A")
    assert [(p.text, p.start, p.end, p.rule) for p in passage.pieces] == [
        ("山", 0, 1, ""), ("……", 1, 2, "A"), ("", 6, 7, "A"), ("水", 7, 8, ""),
    ]  # fmt: skip


def test_raw_places_are_found_in_the_text() -> None:
    passage = Passage.kept(RAW, 0, 8)
    passage.apply([Edit(0, 2, "")], "A")
    assert passage.span_of(4, 5) == (2, 3)
    assert passage.raw_offset(2) == 4


edits = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4), st.text("，。ab", max_size=3)), max_size=5)


@given(st.lists(edits, max_size=4))
@settings(max_examples=150)
def test_pieces_cover_the_raw_text_after_any_edits(rounds: list[list[tuple[int, int, str]]]) -> None:
    passage = Passage.kept(RAW * 3, 0, 24)
    for row in rounds:
        text, at, todo = passage.text, 0, []
        for start, size, after in sorted(row):
            begin = max(start, at)
            if begin + size <= len(text):
                todo.append(Edit(begin, begin + size, after))
                at = begin + size
        expected, last = "", 0
        for edit in todo:
            expected += text[last : edit.start] + edit.after
            last = edit.end
        passage.apply(todo, "A")
        assert passage.text == expected + text[last:]
        end = 0
        for piece in passage.pieces:
            assert piece.start == end
            end = piece.end
        assert end == 24
