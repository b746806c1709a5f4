"""Lines and file names that name title and author."""

from __future__ import annotations

import pytest

from dingben.restore.metadata.fields import MetadataFields
from dingben.restore.metadata.title_lines import read_file_name, read_line


@pytest.mark.parametrize(
    ("line", "title", "author"),
    [
        ("《山路》", "山路", ""),
        ("《山路》作者：林墨", "山路", "林墨"),
        ("《山路》（作者：林墨）", "山路", "林墨"),
        ("《山路》 林墨 著", "山路", "林墨"),
        ("山路 [林墨]", "山路", "林墨"),
        ("山路 作者：林墨", "山路", "林墨"),
        ("书名：《山路》", "山路", ""),
        ("作　者：林墨", "", "林墨"),
    ],
)
def test_title_and_author_in_one_line(line: str, title: str, author: str) -> None:
    named = read_line(line)
    assert named is not None
    assert (named.title, named.author) == (title, author)


@pytest.mark.parametrize("line", ["他读过《山路》这本书", "山路", "作者在这里停下了笔", "第一章 起程"])
def test_lines_without_title_and_author(line: str) -> None:
    assert read_line(line) is None


@pytest.mark.parametrize(
    ("stem", "title"), [("山路 - 林墨", "山路"), ("《山路》作者：林墨", "山路"), ("scan-001", None), ("raw", None)]
)
def test_title_and_author_in_file_names(stem: str, title: str | None) -> None:
    metadata = MetadataFields()
    read_file_name(stem, metadata)
    assert metadata.values.get("book.title") == title
    assert metadata.contributors == ([("林墨", "aut")] if title else [])
