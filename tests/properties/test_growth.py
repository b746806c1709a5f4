"""Restoring takes time in proportion to the text, whatever repeats in it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dingben.book.raw_text import read
from dingben.restore.pipeline import restore

SIZE = 2000
EXPONENT = 1.5
NOISE = 0.3
"""Seconds that a measurement may be off."""

RUNS = [
    " ",
    "\u3000",
    "\u00a0",
    "\t",
    "\n",
    "字",
    "a",
    "1",
    "一",
    *".·…—_-。，*=~([（“”",
    "。 ",
    ". ",
    "- ",
    "1. ",
    "（ ",
]


@pytest.mark.parametrize("run", RUNS)
def test_restoring_takes_linear_time(tmp_path: Path, run: str) -> None:
    small, large = (seconds(tmp_path, (run * size)[:size]) for size in (SIZE, 4 * SIZE))
    assert large <= 4**EXPONENT * small + NOISE


def seconds(folder: Path, run: str) -> float:
    """Return the processor time of restoring a book whose last page has the run."""
    path = folder / "raw.txt"
    path.write_text(f"第一章 起首\n正文从这里开始。\n甲{run}乙\n图书在版编目（CIP）数据\n甲{run}乙\n", encoding="utf-8")
    raw = read([path])
    start = time.process_time()
    restore(raw, [])
    return time.process_time() - start
