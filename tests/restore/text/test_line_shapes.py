"""Speeches, entries, signatures and the lines of two languages are paragraphs of their own."""

from __future__ import annotations

from pathlib import Path

from dingben.restore.ingest import ingest


def paragraphs(tmp_path: Path, text: str) -> list[str]:
    raw = tmp_path / "raw.txt"
    raw.write_text("第一章 山口\n\n" + text, encoding="utf-8")
    ingest([raw], tmp_path / "book")
    (path,) = (tmp_path / "book/source/chapters").glob("*.md")
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def test_wrapped_speeches(tmp_path: Path) -> None:
    speech = "牧　人　羊还没有回来，天又要下雪了，这一夜\n怎么过得去。\n老　妇　你把灯点上，它看见了灯，自己会走回\n来的，不要急。\n［风声。\n"
    assert paragraphs(tmp_path, speech * 4)[:4] == [
        "牧　人　羊还没有回来，天又要下雪了，这一夜怎么过得去。",
        "老　妇　你把灯点上，它看见了灯，自己会走回来的，不要急。",
        "［风声。",
        "牧　人　羊还没有回来，天又要下雪了，这一夜怎么过得去。",
    ]


def test_wrapped_entries(tmp_path: Path) -> None:
    entry = (
        "羊圈 yángjuàn 〈名〉养羊的地方，在山里多\n用石块围成。\n溪 xī 〈名〉山里的小河，冬天结冰，到了三月\n才化开。\n"
    )
    assert paragraphs(tmp_path, entry * 3)[1].startswith("溪")


def test_two_languages(tmp_path: Path) -> None:
    text = "羊没有回来。\nThe sheep did not come home.\n\n雪下了一夜。\nIt snowed all night.\n\n井里没有声音\nThe well was silent\n\n"
    assert len(paragraphs(tmp_path, text)) == 6


def test_signatures_are_separate_paragraphs(tmp_path: Path) -> None:
    text = "父亲大人：\n\n　　羊已经卖了。\n\n　　　　　　　　　　女 小禾\n　　　　　　　　　　三月五日\n\n"
    assert paragraphs(tmp_path, text * 3)[2:4] == ["女\u3000小禾", "三月五日"]


def test_indented_block(tmp_path: Path) -> None:
    text = "　　山里的春天来得很慢，溪水要到三月才\n　　化开。住在山口的人家，这时候才把门\n　　板卸下来，让太阳照进堂屋。\n\n羊没有回来。\n"
    assert (
        paragraphs(tmp_path, text)[0]
        == "山里的春天来得很慢，溪水要到三月才化开。住在山口的人家，这时候才把门板卸下来，让太阳照进堂屋。"
    )
