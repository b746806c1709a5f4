"""Drafts of small raw texts, for tests of single stages."""

from __future__ import annotations

from pathlib import Path

from dingben.book import raw_text
from dingben.restore.draft import Draft
from dingben.restore.pipeline import STAGES, Stage


def draft_of(folder: Path, text: str, until: Stage) -> Draft:
    """Run the stages before ``until`` on a raw text."""
    file = folder / "raw.txt"
    file.write_text(text, encoding="utf-8")
    draft = Draft(raw_text.read([file]))
    for _, stage in STAGES:
        if stage is until:
            break
        stage(draft)
    return draft


def text_of(draft: Draft, kind: str) -> list[str]:
    """Texts of the lines of a kind."""
    return [draft.raw.text[line.start : line.end] for line in draft.lines if line.kind == kind]
