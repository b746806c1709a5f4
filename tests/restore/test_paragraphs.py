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


def test_opening_marks_belong_to_the_word_that_had_no_room(tmp_path: Path) -> None:
    text = LINES + "　　他的书不多，抄得倒是很整齐。\n（甲），是从城里借来的；（乙），也是。\n　　别的书他不看。\n"
    assert "他的书不多，抄得倒是很整齐。（甲），是从城里借来的；（乙），也是。" in paragraphs(tmp_path, text)


def wrapped(*paragraphs: str, size: int = 16) -> str:
    rows = [text[at : at + size] for text in paragraphs for at in range(0, len(text), size)]
    return "\n".join(rows) + "\n"


FIRST = "山中读书的人住在山里，每天看见的不过是云和树，他从来不觉得少了什么。"
SECOND = "有人来看他，问他冷不冷，他说有火有书有茶，怎么会冷呢，来的人就笑了起来，也不再问。"
ROOM_FOR_ONE = "山口的人三月才把门板卸下来了。"


def test_a_line_with_room_for_the_next_word_ends_its_paragraph_on_an_exact_grid(tmp_path: Path) -> None:
    texts = [FIRST, SECOND, FIRST, ROOM_FOR_ONE, SECOND, FIRST, SECOND]
    assert paragraphs(tmp_path, wrapped(*texts)) == texts


def test_full_lines_at_a_sentence_end_without_indents_are_kept_apart_and_reported(tmp_path: Path) -> None:
    full = "如今" + ROOM_FOR_ONE[1:]
    (tmp_path / "raw.txt").write_text("第一章 山水\n\n" + wrapped(*[FIRST, SECOND] * 3, full, FIRST), encoding="utf-8")
    result = ingest([tmp_path / "raw.txt"], tmp_path / "book")
    text = (tmp_path / "book/source/chapters/01-chapter.md").read_text(encoding="utf-8")
    assert f"\n{full}\n" in text
    (found,) = [each for each in result.diagnostics if each.code == "L404"]
    assert "a line begins" in found.message


def test_entries_without_end_marks_are_kept_apart(tmp_path: Path) -> None:
    entries = [f"第{n}渡在城南三里旧有木船二只早晚各渡一次光绪年间由乡人捐田{n}亩修葺" for n in "甲乙丙丁戊"]
    assert paragraphs(tmp_path, "\n\n".join(entries)) == entries


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
