"""Lines of plain text and Markdown, and what stands between them."""

from __future__ import annotations

from pathlib import Path

from dingben.book import raw_text
from dingben.restore.inputs.registry import read_lines


def test_lines_have_indent_gap_and_sheet(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text("　　山水\n清音\n\n# 何必\n\f丝竹\n", encoding="utf-8")
    text = raw_text.read([raw])
    lines = read_lines(text).lines
    assert [text.text[x.start : x.end] for x in lines] == ["山水", "清音", "何必", "丝竹"]
    assert [x.indent for x in lines] == [2, 0, 0, 0]
    assert [x.gap for x in lines] == [True, False, True, True]
    assert [x.sheet for x in lines] == [0, 0, 0, 1]
    assert [x.marked_level for x in lines] == [0, 0, 1, 0]
