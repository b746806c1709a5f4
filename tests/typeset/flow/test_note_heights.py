"""The height of an area of notes is the one that WeasyPrint finds by laying them all out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dingben.typeset.flow.note_heights import NoteHeights, lay_out_area
from dingben.typeset.options import LayoutOptions
from dingben.typeset.page import typeset_page

CSS = """
@page { size: 9cm 8cm; margin: 1cm; @footnote { padding-top: 3pt; border-top: 1pt solid } }
p { margin: 0 0 9pt }
.note { float: footnote; margin: 4pt 0 7pt }
.note b { display: block; margin-top: 5pt }
"""
NOTES = [f"甲<span class=note>注{'解' * (13 * i % 60)}{'<b>段</b>' * (i % 3)}</span>" for i in range(40)]
HTML = f"<html lang=zh><title>书</title><body><p>{''.join(NOTES[:25])}</p><p>{'，文字'.join(NOTES[25:])}</p>"


@pytest.mark.parametrize(
    ("css", "counts"),
    [
        (CSS, {1, 2, 3}),
        (CSS.replace("margin: 4pt 0 7pt", "margin: -2pt 0"), {1, 2, 3, 4}),
        (CSS.replace("@footnote {", "@footnote { max-height: 2cm;"), set[int]()),
    ],
)
def test_the_height_is_that_of_all_notes_laid_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, css: str, counts: set[int]
) -> None:
    seen: set[int] = set()
    found = NoteHeights.area

    def compared(self: NoteHeights, context: Any, notes: list[Any]) -> float:
        height, laid = found(self, context, notes), lay_out_area(context, notes)
        area = context.current_footnote_area.copy()
        area.height = height
        assert height == pytest.approx(laid.height, abs=1e-6)
        assert area.margin_height() == pytest.approx(laid.margin_height(), abs=1e-6)
        seen.add(len(notes))
        return height

    monkeypatch.setattr(NoteHeights, "area", compared)
    typeset_page(HTML, LayoutOptions(tmp_path, (css,)))
    assert seen >= counts
    assert bool(seen) == bool(counts)
