"""Where a printed page ends, and where only a line of verse does."""

from __future__ import annotations

from pathlib import Path

from dingben.restore import paragraphs
from dingben.restore.pages import page_ends
from dingben.restore.pipeline import find_page_ends
from tests.support.drafts import draft_of

PROSE = "山水清音，何必丝竹。读书的人住在山里，每天看见的不过是云和树，听见的不过是水声，可是他从来不觉得少了什么"


def torn(tmp_path: Path, text: str, a: int, b: int) -> bool:
    draft = draft_of(tmp_path, text, find_page_ends)
    raw = draft.raw.text
    measure = paragraphs.measure(raw, draft.lines, draft.english, fit=False)
    return page_ends.is_torn(raw, draft.lines, a, b, page_ends.find(raw, draft.lines, measure))


def test_sentence_continues_after_a_page_end(tmp_path: Path) -> None:
    text = f"第一章 山\n\n{PROSE}。\n\n{PROSE}。\n\n{PROSE}\n\n12\n\n也是这样。\n"
    assert torn(tmp_path, text, 3, 5)
    assert not torn(tmp_path, text, 1, 2)


def test_verse_is_not_evidence_of_a_page_end(tmp_path: Path) -> None:
    stanzas = "\n\n".join("潮水又回来了\n姐姐还坐在堤上\n灯塔没有说话" for _ in range(6))
    assert not torn(tmp_path, f"第一章 潮\n\n{stanzas}\n", 3, 5)


def test_single_sheet_has_no_page_edges(tmp_path: Path) -> None:
    pages = "\f".join(f"{PROSE}。\n{PROSE}。\n{PROSE}。\n{PROSE}。\n{PROSE}。\n" for _ in range(3))
    files = "\f".join(f"{PROSE}。\n" * 200 for _ in range(3))
    for text, found in ((pages, True), (files, False)):
        draft = draft_of(tmp_path, f"第一章 山\n\n{text}", find_page_ends)
        measure = paragraphs.measure(draft.raw.text, draft.lines, draft.english, fit=False)
        assert any(page_ends.find(draft.raw.text, draft.lines, measure).edges) is found
