"""Headings whose entry in the contents cannot be read any more."""

from __future__ import annotations

from pathlib import Path

from dingben.restore.ingest import ingest

PROSE = "水自山中来，过城而东，入于海，舟人说这里的潮水一日两次，从来不误。\n"


def headings(tmp_path: Path, contents: str, body: list[str]) -> list[str]:
    raw = f"河上旧闻\n\f目录\n{contents}\n\f" + "\f".join(f"{text}\n{PROSE * 8}" for text in body)
    (tmp_path / "raw.txt").write_text(raw, "utf-8")
    ingest([tmp_path / "raw.txt"], tmp_path / "b")
    chapters = sorted((tmp_path / "b/source/chapters").glob("*.md"))
    return [line for path in chapters for line in path.read_text("utf-8").splitlines() if line.startswith("#")]


def test_a_label_that_counts_on_is_a_heading_where_an_entry_is_missing(tmp_path: Path) -> None:
    contents = "第一章 河口 …… 1\n7……士与多第 …… 3\n第二章 渡船 …… 6\n第一节 夜航 …… 6\n第三章 桥 …… 9"
    body = ["第一章 河口", "第一节“潮水”与沙洲", "第二章 渡船\n第一节 夜航", "第三章 桥"]
    assert headings(tmp_path, contents, body) == [
        "# 第一章 河口",
        "## 第一节 “潮水”与沙洲",
        "# 第二章 渡船",
        "## 第一节 夜航",
        "# 第三章 桥",
    ]
    table = (tmp_path / "b/source/contents.tsv").read_text("utf-8")
    assert "2\t第一节 “潮水”与沙洲\t3\n" in table


def test_a_label_is_no_heading_where_no_entry_is_missing(tmp_path: Path) -> None:
    contents = "第一章 河口 …… 1\n第二章 渡船 …… 6\n第一节 夜航 …… 6\n第三章 桥 …… 9"
    body = ["第一章 河口", "第一节是全书里写得最早的一节", "第二章 渡船\n第一节 夜航", "第三章 桥"]
    assert len(headings(tmp_path, contents, body)) == 4
