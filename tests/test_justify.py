"""Full lines end at the edge, and nothing but blank is put between the characters."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dingben.justify import BLANK, HAN, MARK, NO_GAP, WIDEST, byte_offsets, gap, rounded, shares
from dingben.typeset import typeset
from tests.books import PARAGRAPH

MEASURE = 20
SIZE = 10.0
MARGIN = 30.0
CSS = f"""
@page {{ size: {2 * MARGIN + MEASURE * SIZE + 0.1}pt 400pt; margin: {MARGIN}pt }}
html {{ font: {SIZE}pt/18pt "Noto Serif CJK SC" }}
body, p {{ margin: 0; text-align: start }}
"""
EDGE_AT = MARGIN + MEASURE * SIZE + 0.1
kinds_of_gaps = st.lists(st.sampled_from([NO_GAP, BLANK, MARK, HAN]), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("pair", "kind"),
    [
        ("海港", HAN),
        ("于V", HAN),
        ("m等", HAN),
        ("5年", HAN),
        ("Ve", NO_GAP),
        ("05", NO_GAP),
        ("a ", NO_GAP),
        (" 海", BLANK),
        (" a", BLANK),
        ("海，", NO_GAP),
        ("，海", MARK),
        ("。A", MARK),
        ("“海", NO_GAP),
        ("海“", MARK),
        ("海”", NO_GAP),
        ("》《", MARK),
        ("”。", NO_GAP),
        ("——", NO_GAP),
        ("……", NO_GAP),
        ("海—", HAN),
        ("a,", NO_GAP),
        ("海\u2060", NO_GAP),
        ("海\n", NO_GAP),
    ],
)
def test_kind_of_gap(pair: str, kind: int) -> None:
    assert gap(pair[0], pair[1]) == kind


@settings(max_examples=200, deadline=None)
@given(kinds_of_gaps, st.floats(0, 30000))
def test_full_line_gives_away_its_slack_and_never_where_no_gap_is(kinds: list[int], slack: float) -> None:
    made = shares(kinds, slack)
    assert len(made) == len(kinds)
    assert min(made) >= 0
    assert all(extra == 0 for extra, kind in zip(made, kinds, strict=True) if kind == NO_GAP)
    places = sum(kind != NO_GAP for kind in kinds)
    if slack < places * WIDEST * 1000:
        assert slack - 1.001 <= sum(made) <= slack + 0.001
    else:
        assert sum(made) <= slack + 0.001


def test_marks_come_before_blanks_and_blanks_before_all() -> None:
    assert shares([HAN, MARK, BLANK], 100) == [0, 100, 0]
    assert shares([HAN, MARK, BLANK], 300) == [0, 125, 175]
    assert shares([HAN, MARK, BLANK], 405) == [10, 135, 260]


def test_line_that_would_be_torn_apart_stays_ragged() -> None:
    assert shares([HAN, HAN], 1300) == [0, 0]
    assert shares([NO_GAP], 10) == [0]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 600), max_size=40))
def test_rounding_is_never_off_by_one_at_any_place(values: list[float]) -> None:
    made = rounded(values)
    for end in range(len(values) + 1):
        assert abs(sum(made[:end]) - sum(values[:end])) < 1.001


def test_offsets_count_bytes_of_utf_8() -> None:
    assert byte_offsets("海a𠀀é。") == [0, 3, 4, 8, 10]


# -- on the page


def lines(pdf: bytes, folder: Path, pdftotext: str) -> list[tuple[float, str]]:
    """Right end and text of each line of the PDF."""
    path = folder / "a.pdf"
    path.write_bytes(pdf)
    done = subprocess.run([pdftotext, "-bbox-layout", str(path), "-"], capture_output=True, check=True)
    found = []
    for line in re.findall(r"<line .*?</line>", done.stdout.decode("utf-8"), flags=re.DOTALL):
        words = re.findall(r'<word [^>]*xMax="([\d.]+)"[^>]*>(.*?)</word>', line)
        found.append((max(float(x) for x, _ in words), "".join(text for _, text in words)))
    return found


@pytest.fixture
def pdftotext(need: Callable[[str, str], str]) -> str:
    return need("pdftotext", "apt install poppler-utils")


@pytest.mark.parametrize(
    "text",
    [PARAGRAPH, PARAGRAPH * 2, "海港，城市；" * 30, "这是Venice与Amsterdam两座city的故事，" * 6],
    ids=["mixed", "long", "marks", "latin"],
)
def test_every_line_but_the_last_ends_at_the_edge_and_the_text_is_the_same(
    tmp_path: Path, pdftotext: str, text: str
) -> None:
    made = lines(typeset(tmp_path, f"<p>{text}</p>", [CSS]).pdf, tmp_path, pdftotext)
    assert len(made) > 3
    assert [end for end, _ in made[:-1]] == pytest.approx([EDGE_AT] * (len(made) - 1), abs=0.3)
    assert made[-1][0] <= EDGE_AT + 0.3
    assert "".join(line for _, line in made).replace(" ", "") == text.replace(" ", "")


def test_markup_inside_the_line_moves_with_it(tmp_path: Path, pdftotext: str) -> None:
    html = f"<p>{PARAGRAPH[:30]}<b>{PARAGRAPH[30:50]}<i>{PARAGRAPH[50:60]}</i></b>{PARAGRAPH[60:]}</p>"
    made = lines(typeset(tmp_path, html, [CSS]).pdf, tmp_path, pdftotext)
    assert [end for end, _ in made[:-1]] == pytest.approx([EDGE_AT] * (len(made) - 1), abs=0.3)
    assert "".join(line for _, line in made) == PARAGRAPH


def test_ragged_lines_stay_ragged(tmp_path: Path, pdftotext: str) -> None:
    css = CSS.replace("text-align: start", "text-align: left")
    made = lines(typeset(tmp_path, f"<p>{PARAGRAPH}</p>", [css]).pdf, tmp_path, pdftotext)
    assert any(end < EDGE_AT - 1 for end, _ in made[:-1])


def test_line_broken_by_force_is_not_spread(tmp_path: Path, pdftotext: str) -> None:
    made = lines(typeset(tmp_path, "<p>海港城市<br>海港</p>", [CSS]).pdf, tmp_path, pdftotext)
    assert [end for end, _ in made] == pytest.approx([MARGIN + 4 * SIZE, MARGIN + 2 * SIZE], abs=0.3)
