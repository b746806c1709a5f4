"""Verse keeps its lines, as line blocks; poems' titles are headings; prose does not become verse."""

from __future__ import annotations

from pathlib import Path

from dingben.restore.audit import audit
from dingben.restore.ingest import ingest

POEM = "风\n\n风从山口来\n翻过三道岭\n没有敲门\n就进来了\n\n灯笼一个个\n跟着它走\n\n"
SNOW = "雪\n\n雪落在井里\n没有声音\n井知道\n井不说\n\n"


def chapters(tmp_path: Path, text: str) -> list[str]:
    raw = tmp_path / "raw.txt"
    raw.write_text(text, encoding="utf-8")
    ingest([raw], tmp_path / "book")
    assert audit(tmp_path / "book") == ()
    return [p.read_text(encoding="utf-8") for p in sorted((tmp_path / "book/source/chapters").glob("*.md"))]


def test_book_of_poems(tmp_path: Path) -> None:
    wind, snow = chapters(tmp_path, POEM + SNOW)
    assert wind == ("# 风\n\n| 风从山口来\n| 翻过三道岭\n| 没有敲门\n| 就进来了\n|\n| 灯笼一个个\n| 跟着它走\n")
    assert snow.startswith("# 雪\n\n| 雪落在井里\n")


def test_name_under_each_poem_is_not_a_title(tmp_path: Path) -> None:
    text = "".join(f"{title}\n\n李田禾\n\n雪落在{title}上\n没有声音\n谁知道\n谁不说\n\n" for title in "井山船门")
    first, *_ = chapters(tmp_path, text)
    assert first.startswith("# 井\n\n李田禾\n\n| 雪落在井上\n")


def test_gap_between_halves_of_a_verse_is_kept(tmp_path: Path) -> None:
    (text,) = chapters(
        tmp_path, "第一章 灯\n\n" + "山口的风吹了夜 井里的雪没有声\n灯笼跟着人走远 人却不知道回头\n\n" * 3
    )
    assert "| 山口的风吹了夜\u3000井里的雪没有声\n" in text


def test_english_stanzas(tmp_path: Path) -> None:
    stanza = "The wind was at the pass all night,\nI counted every tile,\nI waited for a single sheep\nAnd waited for a while.\n\n"
    (text,) = chapters(tmp_path, "CHAPTER I\n\n" + stanza * 3)
    assert text.count("| The wind was at the pass all night,\n| I counted every tile,\n") == 3


def test_quatrain_in_prose(tmp_path: Path) -> None:
    prose = "　　山里的春天来得很慢，溪水要到三月才\n化开。住在山口的人家，这时候才把\n门板卸下来，让太阳照进堂屋。\n"
    (text,) = chapters(
        tmp_path,
        f"第一章 春\n\n{prose * 4}\n　　　　雪落在井里\n　　　　没有声音\n　　　　井知道\n　　　　井不说\n\n{prose * 4}",
    )
    assert "\n| 雪落在井里\n| 没有声音\n| 井知道\n| 井不说\n" in text
    assert (
        text.count("山里的春天来得很慢，溪水要到三月才化开。住在山口的人家，这时候才把门板卸下来，让太阳照进堂屋。")
        == 8
    )
    assert text.count("|") == 4
