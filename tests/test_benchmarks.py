"""The benchmarks measure what they say: known faults are found, the made-up book is always the same."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import weasyprint
from lxml import etree

from benchmarks.__main__ import exponent, ratio
from benchmarks.book import chapters, raw_text, write_book
from benchmarks.plot import plot
from benchmarks.processes import FailedError, Run, Runs, run
from benchmarks.typography import comparable, judge, paragraphs_of
from dingben.builder.graph import build
from dingben.theme.page_geometry import PageGeometry

PAGE = PageGeometry(170, 240, 10, 20, 10, 10, 50, 50, 50, 50, "test")
"""Ten characters of 10 pt across, 20 pt from line to line."""


def printed(path: Path, *lines: tuple[float, float, str, float]) -> Path:
    """A PDF of lines at known places: left, top, text and letter spacing in points."""
    set_lines = "".join(
        f'<div style="left:{left}pt;top:{top}pt;letter-spacing:{spacing}pt">{text}</div>'
        for left, top, text, spacing in lines
    )
    style = (
        "@page { size: 170mm 240mm; margin: 0 } div { position: absolute; white-space: nowrap; "
        'font: 10pt/20pt "Noto Serif CJK SC" } .half { font-feature-settings: "halt" }'
    )
    weasyprint.HTML(string=f'<html lang="zh-Hans"><style>{style}</style>{set_lines}').write_pdf(path)
    return path


GOOD: list[tuple[float, float, str, float]] = [
    (70, 100, "海港的城墙与潮水", 0),
    (50, 120, "商人的船队从河口到码", 0),
    (50, 140, '头的关税有账册“记下<span class="half">”</span>', -0.556),
    (50, 160, "书信往来。", 0),
]
TEXT = comparable("海港的城墙与潮水商人的船队从河口到码头的关税有账册“记下”书信往来。")


def test_clean_paragraph_has_no_faults(tmp_path: Path) -> None:
    lines: list[tuple[float, float, str, float]] = [
        *GOOD[:2],
        (50, 140, "头的关税有账册与城记", 0),
        (50, 160, "书信往来。", 0),
    ]
    text = comparable("".join(line[2] for line in lines))
    score = judge(printed(tmp_path / "a.pdf", *lines), [text], PAGE)
    assert (score.lost, score.full, score.flush, score.off_grid) == (0, 3, 3, 0), score.faults
    assert score.faults == []
    assert score.han_gap < 0.02


@pytest.mark.parametrize(
    ("line", "number", "name", "value"),
    [
        ((50, 120, "商人的船队从河口到", 0), 1, "flush", 2),
        ((50, 120, "，商人的船队从河口到", 0), 1, "starts", 1),
        ((50, 120, "商人的船队从河口到（", 0), 1, "ends", 1),
        ((50, 120, "商人的船队从河口……", 0), 1, "broken", 0),
        ((50, 121, "商人的船队从河口到码", 0), 1, "off_grid", 1),
        ((50, 120, "商人的船队，“从河到", 0), 1, "pairs", 1),
        ((50, 120, "商人的船队，“从河到", 0), 1, "squeezed", 0),
        ((50, 120, '商人的船队<span class="half">，</span>“从河口到', 0), 1, "squeezed", 1),
        ((50, 160, "书。", 0), 3, "lone", 1),
    ],
)
def test_layout_faults_are_counted(
    tmp_path: Path, line: tuple[float, float, str, float], number: int, name: str, value: int
) -> None:
    lines: list[tuple[float, float, str, float]] = [
        *GOOD[:2],
        (50, 140, "头的关税有账册与城记", 0),
        (50, 160, "书信往来。", 0),
    ]
    lines[number] = line
    plain = [t.replace('<span class="half">', "").replace("</span>", "") for _, _, t, _ in lines]
    score = judge(printed(tmp_path / "a.pdf", *lines), [comparable("".join(plain))], PAGE)
    assert score.lost == 0
    assert getattr(score, name) == value, score.faults


def test_broken_dash_and_wide_gap_are_found(tmp_path: Path) -> None:
    lines: list[tuple[float, float, str, float]] = [
        (70, 100, "海港的城墙与潮—", 0),
        (50, 120, "—人的船队从河口到码", 0),
        (50, 140, "头的关税有账册", 5),
        (50, 160, "书信往来。", 0),
    ]
    text = comparable("".join(line[2] for line in lines))
    score = judge(printed(tmp_path / "a.pdf", *lines), [text], PAGE)
    assert score.broken == 1
    assert score.han_gap == pytest.approx(0.5, abs=0.01)


def test_lost_text_is_reported(tmp_path: Path) -> None:
    assert judge(printed(tmp_path / "a.pdf", *GOOD[:2]), [TEXT], PAGE).lost == 1


def test_generated_book_is_valid_and_reproducible(tmp_path: Path) -> None:
    assert chapters(5_000, count=2) == chapters(5_000, count=2)
    texts = write_book(tmp_path, 5_000, count=2)
    assert sum(map(len, texts)) == pytest.approx(5_000, rel=0.3)
    build(tmp_path, ["epub"])
    assert len(paragraphs_of(tmp_path)) > 20
    assert "第一章" in raw_text(texts)
    assert "[^" not in raw_text(texts)


def test_ratios_are_taken_within_a_round() -> None:
    ours, theirs = Runs((Run(1, 1), Run(4, 1), Run(3, 1))), Runs((Run(2, 1), Run(4, 1), Run(1, 1)))
    assert ratio(ours, theirs) == 1
    assert exponent([(10, 1), (100, 10), (1000, 100)]) == pytest.approx(1)


@pytest.mark.skipif(sys.platform != "linux", reason="memory of a tree is read from /proc")
def test_processes_are_measured_with_their_children(tmp_path: Path) -> None:
    child = (
        "x = bytearray(80 << 20); x[::4096] = b'1' * len(x[::4096]); import time; time.sleep(.5); sum(range(4 * 10**6))"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    measured = run([(sys.executable, "-c", parent)], tmp_path, memory=True)
    assert measured.memory > 80
    assert measured.wall > measured.cpu > 0.05
    with pytest.raises(FailedError, match="ended with 3"):
        run([(sys.executable, "-c", "raise SystemExit(3)")], tmp_path)


def test_the_plot_is_well_formed() -> None:
    etree.fromstring(plot({"a": [(20_000, 1.0), (200_000, 9.0)], "b": [(20_000, 0.5)]}, "characters", "seconds"))
