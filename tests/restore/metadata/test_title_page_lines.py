"""Lines before the first chapter that tell nothing known are text."""

from __future__ import annotations

from pathlib import Path

from dingben.restore.ingest import ingest

PROSE = "山水清音，何必丝竹。读书的人住在山里，每天看见的不过是云和树，听见的不过是水声。"


def test_line_without_a_field_is_kept(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text(f"山中读书记\n\n王明 著\n\n灯下的话\n\n第一章 山水\n\n{PROSE}\n", encoding="utf-8")
    result = ingest([raw], tmp_path / "book")
    text = "".join(path.read_text("utf-8") for path in (tmp_path / "book/source/chapters").glob("*.md"))
    assert "灯下的话" in text
    assert "B701" in {finding.code for finding in result.diagnostics}
