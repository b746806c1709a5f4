"""Lines and torn pages are joined, never over a real end."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.restore.ingest import ingest
from dingben.restore.paragraphs import lines_and_room


def paragraphs(tmp_path: Path, text: str) -> list[str]:
    raw = tmp_path / "raw.txt"
    raw.write_text("第一章 山水\n\n" + text, encoding="utf-8")
    ingest([raw], tmp_path / "book")
    (path,) = (tmp_path / "book/source/chapters").glob("*.md")
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


LINES = "　　山中读书的人住在山里每天看见\n的不过是云和树听见的不过是水声可\n是他从来不觉得少了什么。\n　　有人来看他，问：\n　　“山里冷吗？”\n　　“不冷。”他说，“有火，有书，有\n茶，怎么会冷呢？”\n　　来的人笑了。\n"


def test_printed_lines_with_indents(tmp_path: Path) -> None:
    assert paragraphs(tmp_path, LINES) == [
        "山中读书的人住在山里每天看见的不过是云和树听见的不过是水声可是他从来不觉得少了什么。",
        "有人来看他，问：",
        "“山里冷吗？”",
        "“不冷。”他说，“有火，有书，有茶，怎么会冷呢？”",
        "来的人笑了。",
    ]


def test_printed_lines_with_blank_lines_between(tmp_path: Path) -> None:
    text = "山中读书的人住在山里每天看见的\n不过是云和树听见的不过是水声可\n是他从来不觉得少了什么。\n\n有人来看他，问他在山里冷不冷，\n他说不冷。\n\n来的人笑了。\n"
    assert paragraphs(tmp_path, text)[1] == "有人来看他，问他在山里冷不冷，他说不冷。"


def test_verse_and_lists_keep_line_breaks(tmp_path: Path) -> None:
    text = "他写了一首诗：\n\n春风不管人间事\n\n吹落桃花又一年\n\n（一）看山\n\n（二）看水\n"
    assert len(paragraphs(tmp_path, text)) + text.count("（") >= 5


def test_english_hyphens_at_line_ends(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text(
        "CHAPTER I\n\nThe lamps were already burning in the hall, and the well-known faces were al-\n"
        "ready there when the well-\nknown housekeeper came down the stairs to meet us at the door.\n\n"
        "She did not speak to anybody that evening, nor did she speak on the next day at all.\n",
        encoding="utf-8",
    )
    ingest([raw], tmp_path / "book")
    text = (tmp_path / "book/source/chapters/01-chapter.md").read_text(encoding="utf-8")
    assert "were already there when the well-known housekeeper came" in text


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [
        ("山水清音何必丝竹", 4, (2, 0)),
        ("山水清音何必", 4, (2, 2)),
        ("山水清音，何必", 4, (2, 2)),
        ("山水ab清音", 4, (2, 3)),
        ("", 4, (1, 4)),
    ],
)
def test_paragraphs_set_by_a_compositor_model_are_joined(text: str, size: float, expected: tuple[int, float]) -> None:
    assert lines_and_room(text, size, 0.0) == expected
