"""`check` reads the chapters as a build does."""

from __future__ import annotations

from pathlib import Path

from dingben.lint import check
from tests.support.books import small_book, write


def codes(folder: Path, text: str) -> list[tuple[str, str, int]]:
    found = check(small_book(folder, f"# 第一章 起首\n\n{text}\n\n正文在此。\n"))
    return [(f.code, f.severity, f.location.line) for f in found if f.location]


def test_markup_without_effect_is_a_finding(tmp_path: Path) -> None:
    assert ("U101", "warning", 3) in codes(tmp_path, "[甲]{.nothing}。")


def test_what_would_stop_a_build_is_an_error(tmp_path: Path) -> None:
    assert ("", "error", 3) in codes(tmp_path, "见[乙](#nowhere)。")


def test_a_note_without_a_call_is_one_finding(tmp_path: Path) -> None:
    found = codes(tmp_path, "甲[^9]。")
    assert [each for each in found if each[2] == 3] == [("N602", "error", 3)]


def test_a_finding_can_be_ignored(tmp_path: Path) -> None:
    write(tmp_path / "source/emendations.toml", '[[ignore]]\ncode = "U101"\ntext = ".nothing"\nreason = "so"\n')
    assert "U101" not in [code for code, _, _ in codes(tmp_path, "[甲]{.nothing}。")]
