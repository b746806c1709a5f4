"""Findings in the sources know their places in the raw text."""

from __future__ import annotations

from pathlib import Path

from dingben.lint import check
from dingben.restore.ingest import ingest
from tests.support.books import small_book, write


def test_finding_has_its_place_in_the_raw_text(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw.txt", "山水志\n\n王明 著\n\n第一章 山水\n\n昨日有雨,今日放晴。天己经黑了。\n")
    ingest([raw], tmp_path / "book")
    (finding,) = check(tmp_path / "book")
    assert finding.raw is not None
    assert (finding.raw.line, finding.raw.column) == (7, 12)


def test_no_raw_places_without_a_ledger(tmp_path: Path) -> None:
    (finding,) = check(small_book(tmp_path, "# 章\n\n天己经黑了。\n"))
    assert finding.raw is None
