"""Sheets to fold: folded as a reader folds them, the pages come in order."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingben.builder.graph import build
from dingben.cli import main
from dingben.formats.press.imposition import SheetSide, fold_order, make_booklet
from dingben.theme.page_geometry import POINTS
from tests.support.books import small_book


def folded(pile: tuple[SheetSide, ...]) -> list[int | None]:
    """The pages of a pile as one turns them: sheets lie in each other, the first printed outermost."""
    first: list[int | None] = []
    last: list[int | None] = []
    for front, back in zip(pile[::2], pile[1::2], strict=True):
        first += [front[1], back[0]]
        last = [back[1], front[0], *last]
    return first + last


@given(st.integers(1, 200), st.integers(0, 12))
def test_folded_sheets_have_pages_in_order(pages: int, sheets: int) -> None:
    piles = fold_order(pages, sheets)
    order = [page for pile in piles for page in folded(pile)]
    assert [page for page in order if page is not None] == list(range(pages))
    assert len(order) - pages < 4  # no more blanks than the last sheet needs
    assert all(page is None for page in order[pages:])
    assert all(len(pile) <= 2 * sheets for pile in piles) if sheets else len(piles) == 1


def test_first_sheet_of_eight_pages() -> None:
    assert fold_order(8) == (((7, 0), (1, 6), (5, 2), (3, 4)),)
    assert fold_order(8, 1) == (((3, 0), (1, 2)), ((7, 4), (5, 6)))
    assert fold_order(5) == (((None, 0), (1, None), (None, 2), (3, 4)),)


def long_book(folder: Path, page: str, more: str = "") -> Path:
    text = "# 第一章 起\n\n" + "\n\n".join(["海港之书，言海与城。" * 30] * 26)
    return small_book(folder, text + "\n", more=f"[format]\npage = {page}\n[print]\n{more}\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "scale"), [("[170, 240]", 148.5 / 170), ("[210, 285]", 148.5 / 210), ("[128, 182]", 1)]
)
def test_imposed_pages_meet_at_the_fold(tmp_path: Path, page: str, scale: float) -> None:
    folder = long_book(tmp_path, page)
    build(folder, ["booklet"])
    width = float(page.strip("[]").split(",")[0])
    with pikepdf.open(folder / "build/haigang-booklet.pdf") as document:
        assert [round(float(v) / POINTS) for v in document.pages[0].mediabox[2:]] == [297, 210]
        assert document.Root.ViewerPreferences.Duplex == "/DuplexFlipShortEdge"
        assert not any("/Annots" in p for p in document.pages)
        moves = [
            [float(v) for v in step.operands]
            for step in pikepdf.parse_content_stream(document.pages[-1])
            if str(step.operator) == "cm"
        ]
    assert [m[0] for m in moves] == pytest.approx([scale, scale], abs=1e-3)
    assert moves[0][4] / POINTS == pytest.approx(148.5 - scale * width, abs=0.01)  # the left page ends at the fold
    assert moves[1][4] / POINTS == pytest.approx(148.5, abs=0.01)  # the right page begins there


def test_imposed_text_order(tmp_path: Path, need: Callable[[str, str], str]) -> None:
    tool = need("pdftotext", "apt install poppler-utils")
    folder = long_book(tmp_path, "[170, 240]", "booklet = 2")
    build(folder, ["booklet"])
    path = folder / "build/haigang-booklet.pdf"
    report = json.loads((folder / "build/reports/preflight-booklet.json").read_text("utf-8"))
    sides = [side for pile in report["sheet_sides"] for side in pile]
    assert sides[:2] == [[8, 1], [2, 7]]
    for number, (left, right) in enumerate(sides, 1):
        for page, x in ((left, 0), (right, 421)):
            command = [
                tool,
                "-f",
                str(number),
                "-l",
                str(number),
                "-x",
                str(x),
                "-y",
                "0",
                "-W",
                "421",
                "-H",
                "595",
                str(path),
                "-",
            ]
            text = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            assert text[-1:] == ([str(page)] if page else []) or str(page) in text  # the folio


def test_too_many_folded_sheets_are_reported() -> None:
    with pikepdf.new() as document:
        for _ in range(66):
            document.add_blank_page(page_size=(400, 600))
        out = io.BytesIO()
        document.save(out)
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    assert make_booklet(out.getvalue(), "t", 0, moment).report.findings[0].startswith("17 nested sheets")
    assert make_booklet(out.getvalue(), "t", 8, moment).report.findings == []


def test_booklet_option_adds_the_booklet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = small_book(tmp_path)
    assert main(["build", "pdf", "--booklet", "--book", str(folder)]) == 0
    names = sorted(p.name for p in (folder / "build").glob("*.pdf"))
    assert names == ["haigang-booklet.pdf", "haigang.pdf"]
    assert "haigang-booklet.pdf" in capsys.readouterr().out
