"""What only the whole book shows."""

from __future__ import annotations

from pathlib import Path

from dingben.lint import check
from dingben.restore.ingest import ingest

LINES = [f"第{n}天清早，船家把第{n}只船推到水里，岸上的人数到第{n}声才肯答应。" for n in "一二三四五六七八九"]


def codes(tmp_path: Path, text: str) -> list[str]:
    raw = tmp_path / "raw.txt"
    raw.write_text(text, encoding="utf-8")
    ingest([raw], tmp_path / "book")
    return [finding.code for finding in check(tmp_path / "book")]


def test_repeated_passage_is_one_finding(tmp_path: Path) -> None:
    chapter = "\n\n".join(LINES)
    assert codes(tmp_path, f"# 第一章 船\n\n{chapter}\n\n# 第二章 水\n\n{chapter}\n").count("T806") == 1


def test_refrain_is_not_a_repeated_passage(tmp_path: Path) -> None:
    stanzas = "\n\n".join(f"{line}\n\n潮水又回来了，灯塔没有说话，姐姐还坐在堤上。" for line in LINES)
    assert "T806" not in codes(tmp_path, f"# 第一章 船\n\n{stanzas}\n")


def test_long_text_without_headings_is_reported(tmp_path: Path) -> None:
    text = "\n\n".join(f"{n}号船{line}" for n in range(80) for line in LINES)
    assert "H507" in codes(tmp_path, text)


def test_paragraph_ending_in_a_comma_is_reported(tmp_path: Path) -> None:
    text = f"# 第一章 船\n\n{LINES[0]}水很浅，\n\n# 第二章 岸\n\n{LINES[1]}\n"
    assert "T804" in codes(tmp_path, text)


def test_empty_chapter_is_reported(tmp_path: Path) -> None:
    assert "T805" in codes(tmp_path, f"# 第一章 船\n\n{LINES[0]}\n\n# 第二章 水\n\n# 第三章 岸\n\n{LINES[1]}\n")
