"""Kinds of raw text: an old book in traditional Chinese, Markdown from an OCR engine."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dingben.restore.audit import audit
from dingben.restore.ingest import ingest

DATA = Path(__file__).parents[1] / "data/ocr"


def restored(name: str, folder: Path) -> tuple[dict[str, object], str, dict[str, str]]:
    """book.toml, contents.tsv and the headings of each chapter."""
    ingest([DATA / name], folder)
    assert audit(folder) == ()
    source = folder / "source"
    headings = {
        path.name: "\n".join(line for line in path.read_text("utf-8").splitlines() if line.startswith("#"))
        for path in sorted((source / "chapters").glob("*.md"))
    }
    return (
        tomllib.loads((source / "book.toml").read_text("utf-8")),
        (source / "contents.tsv").read_text("utf-8"),
        headings,
    )


def test_traditional_text_with_chinese_page_numbers_and_volumes(tmp_path: Path) -> None:
    toml, contents, headings = restored("traditional.txt", tmp_path)
    assert contents == "1\t自序\t一\n1\t卷一 港與城\t一\n1\t卷二 船與人\t二三\n"
    assert headings == {
        "00-preface.md": "# 自序",
        "01-chapter.md": "# 卷一 港與城\n## 一、水道\n## 二、城牆",
        "02-chapter.md": "# 卷二 船與人",
    }
    assert toml["publication"] == {
        "publisher": "某某書局",
        "publisher_place": "臺北",
        "edition": "民國七十二年三月初版",
    }
    assert toml["book"]["language"] == "zh-Hant"  # type: ignore[index]
    text = (tmp_path / "source/chapters/00-preface.md").read_text("utf-8")
    assert "父老言：「昔時港盛，一日泊船三百。」" in text
    assert "::: {.signature}" in text


def test_markdown_from_an_ocr_engine(tmp_path: Path) -> None:
    toml, contents, headings = restored("tables.md", tmp_path)
    assert contents == "1\t第一章 绪论\t1\n1\t第二章 港口\t15\n"
    assert list(headings.values()) == ["# 第一章 绪论", "# 第二章 港口\n## 2.1 北方港口", "# 参考文献"]
    assert toml["book"]["author_statement"] == "张某某 著"  # type: ignore[index]
    text = (tmp_path / "source/chapters/01-chapter.md").read_text("utf-8")
    assert "| 1405 | 317 |" in text
    assert "海港文化史 2" not in text


@pytest.mark.parametrize("name", ["traditional.txt", "tables.md"])
def test_heading_levels_do_not_need_the_printed_contents(name: str, tmp_path: Path) -> None:
    raw = (DATA / name).read_text("utf-8")
    begin = raw.index("目　次" if name == "traditional.txt" else "## 目录")
    end = raw.index("自　序" if name == "traditional.txt" else "## 第一章")
    (tmp_path / name).write_text(raw[:begin] + raw[end:], "utf-8")
    ingest([tmp_path / name], tmp_path / "b")
    ones = [
        line
        for path in sorted((tmp_path / "b/source/chapters").glob("*.md"))
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("# ")
    ]
    assert len(ones) == 3
