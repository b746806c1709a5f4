"""Findings that a person looked at and ignores."""

from __future__ import annotations

from pathlib import Path

from dingben.lint import check
from dingben.restore.ingest import ingest


def test_findings_are_ignored_and_unused_ignores_are_errors(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text("山水志\n\n王明 著\n\n第一章 山水\n\n天己经黑了，他还没有回来。\n", encoding="utf-8")
    ingest([raw], tmp_path)
    found = check(tmp_path)
    assert [f.code for f in found] == ["X903"]
    assert str(found[0].location) == f"{tmp_path / 'source/chapters/01-chapter.md'}:3:2"
    assert found[0].raw is not None
    assert (found[0].raw.line, found[0].raw.column) == (7, 2)
    ignore = '[[ignore]]\ncode = "X903"\ntext = "{}"\nreason = "the author writes so"\n'
    (tmp_path / "source/emendations.toml").write_text(ignore.format("己经"), encoding="utf-8")
    assert check(tmp_path) == ()
    (tmp_path / "source/emendations.toml").write_text(ignore.format("末来"), encoding="utf-8")
    assert [f.code for f in check(tmp_path)] == ["E001", "X903"]
