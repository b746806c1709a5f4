"""Glyphs written down with moves between them stand where they are wanted."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingben.typeset.inline.glyph_run import glyph_moves, glyphs_of
from dingben.typeset.inline.shaping import Run

ADVANCES = st.lists(st.tuples(st.integers(200, 1000), st.floats(-9, 9) | st.just(0.0)), min_size=1, max_size=30)
"""Of each glyph: its own width in thousandths of an em, and px by which the next one is to stand further right."""


@given(ADVANCES, st.floats(6, 40))
def test_glyph_positions_are_within_half_a_unit(glyphs: list[tuple[int, float]], size: float) -> None:
    unit = size / 1000
    widths = [width * unit for width, _ in glyphs]
    unmoved = list(accumulate(widths, initial=0.0))[:-1]
    spaced = [width + more for width, (_, more) in zip(widths, glyphs, strict=True)]
    wanted = list(accumulate(spaced, initial=0.0))[:-1]
    moves, shift = glyph_moves(wanted, unmoved, unit)
    moved = dict(moves)
    left = 0.0
    for number, (natural, place) in enumerate(zip(unmoved, wanted, strict=True)):
        left += moved.get(number, 0) * unit
        assert abs(natural - left - place) <= unit / 2 + 1e-9
    assert abs(left - shift) < 1e-9
    assert 0 not in moved.values()


@given(st.lists(st.integers(200, 1000), min_size=1), st.floats(6, 40))
def test_glyphs_at_their_advance_are_not_moved(widths: list[int], size: float) -> None:
    natural = list(accumulate((width * size / 1000 for width in widths), initial=0.0))[:-1]
    assert glyph_moves([place + size / 9000 for place in natural], natural, size / 1000) == ([], 0.0)


@pytest.mark.parametrize(
    ("characters", "first", "end", "texts"),
    [
        ([0, 1, 2, 3], 1, 3, ["1", "2"]),
        ([0, 0, 2, 3], 0, 3, ["", "01", "2"]),
        ([3, 2, 1, 0], 1, 3, ["1", "2"]),
        ([3, 2, 0, 0], 0, 4, ["", "01", "2", "3"]),
        ([0, 3], 1, 3, []),
        ([], 0, 2, []),
    ],
)
def test_clusters_have_their_text_once(characters: list[int], first: int, end: int, texts: list[str]) -> None:
    face: Any = None
    chosen, ends = glyphs_of(Run(face, 0, 4, [1] * len(characters), characters, [], []), first, end)
    found = ["0123"[characters[i] : stop] for i, stop in zip(chosen, ends, strict=True)]
    assert found == texts
