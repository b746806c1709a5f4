"""Notes find their calls; signs without a partner stay in the text."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.restore.draft import Draft
from dingben.restore.ingest import ingest
from dingben.restore.pipeline import find_footnotes, join_paragraphs
from tests.support.drafts import draft_of, text_of

HEAD = "第一章 山水\n\n"
PROSE = "山水清音，何必丝竹。读书的人住在山里，每天看见的不过是云和树"


def signs(draft: Draft) -> list[tuple[str, str]]:
    return [(note.call.sign, draft.raw.text[note.text : note.lines[-1].end]) for note in draft.notes.notes]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (f"{PROSE}①，听见的不过是水声。\n\n① 见《山志》。\n", [("1", "见《山志》。")]),
        (f"{PROSE}[2]，听见的不过是水声。\n\n[2] 见《山志》。\n卷三。\n", [("2", "见《山志》。\n卷三。")]),
        (f"{PROSE}*，听见的不过是水声。\n\n* 见《山志》。\n", [("*", "见《山志》。")]),
        (f"{PROSE}，听见的不过是水声。\n\n① 其一。\n② 其二。\n", []),
    ],
)
def test_note_without_a_call_is_text(tmp_path: Path, page: str, found: list[tuple[str, str]]) -> None:
    draft = draft_of(tmp_path, HEAD + page, join_paragraphs)
    assert signs(draft) == found
    assert len(text_of(draft, "note")) == sum(len(note.lines) for note in draft.notes.notes)


def test_endnotes_under_a_heading(tmp_path: Path) -> None:
    draft = draft_of(
        tmp_path, f"{HEAD}{PROSE}①，听见水声②。\n\n{PROSE}。\n\n注释\n\n① 甲。\n\n② 乙。\n", join_paragraphs
    )
    assert signs(draft) == [("1", "甲。"), ("2", "乙。")]
    assert text_of(draft, "notes-heading") == ["注释"]


def test_misread_note_call_is_suggested(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, f"{HEAD}{PROSE}1，听见的不过是水声。\n\n① 见《山志》。\n", find_footnotes)
    find_footnotes(draft)
    assert [call.sign for call in draft.notes.guessed] == ["1"]


def test_plain_numbers_are_notes_in_english(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text(
        "CHAPTER I\n\nThe sheep were counted at the pass, and the old people\nsaid that there were more of them before.1 In the year\n"
        "1602 the wall was built to keep them out.2\n\n1 So the church book of that year.\n"
        "2 The wall is lost; a drawing of it\nhangs in the town hall.\n\f"
        "No sheep was seen that winter, and the people at the\npass went down into the valley to look for work there.\n",
        encoding="utf-8",
    )
    ingest([raw], tmp_path / "book")
    text = (tmp_path / "book/source/chapters/01-chapter.md").read_text(encoding="utf-8")
    assert "before.[^1] In the year 1602 the wall was built to keep them out.[^2]\n" in text
    assert "[^2]: The wall is lost; a drawing of it hangs in the town hall.\n" in text
