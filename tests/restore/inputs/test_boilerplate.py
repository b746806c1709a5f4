"""Notices of digital libraries and web sites are recognised, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book import raw_text
from dingben.restore.inputs import boilerplate
from dingben.restore.inputs.plain_text import split_lines


def set_aside(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "raw.txt"
    file.write_text(text, encoding="utf-8")
    raw = raw_text.read([file])
    found = boilerplate.find(raw.text, split_lines(raw))
    return [raw.text[line.start : line.end] for notice in found for line in notice.lines]


def test_project_gutenberg_header_and_licence_are_removed(tmp_path: Path) -> None:
    text = (
        "The Project Gutenberg eBook of The Lock\n\nThis ebook is for the use of anyone.\n\nTitle: The Lock\n\n"
        "Author: Ann Weir\n\n*** START OF THE PROJECT GUTENBERG EBOOK THE LOCK ***\n\nProduced by volunteers\n\n"
        "THE LOCK\n\nCHAPTER I\n\nWater rose.\n\n*** END OF THE PROJECT GUTENBERG EBOOK THE LOCK ***\n\nLicence\n"
    )
    gone = set_aside(tmp_path, text)
    assert gone[0].startswith("The Project Gutenberg")
    assert gone[-1] == "Licence"
    assert not {"Title: The Lock", "Author: Ann Weir", "THE LOCK", "CHAPTER I", "Water rose."} & set(gone)


def test_scan_notices_are_removed(tmp_path: Path) -> None:
    text = (
        "Digitized by the Internet Archive\nin 2011 with funding from\nA Library\n\nhttp://www.archive.org/details/x\n\n"
        "THE LOCK\n\nWater rose.\n\nDigitized by Google\n\nIt fell. Google was not known then.\n"
    )
    gone = set_aside(tmp_path, text)
    assert len(gone) == 5
    assert not {"THE LOCK", "Water rose.", "It fell. Google was not known then."} & set(gone)


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        ("手机用户请浏览 m.example.com 阅读，更优质。", True),
        ("（本章未完，请点击下一页继续阅读）", True),
        ("他说网上的小说没有意思，就把书合上了。", False),
        ("“请访问 www.example.com。”她念着名片上的字。", False),
    ],
)
def test_web_site_advertisements_are_removed(tmp_path: Path, line: str, gone: bool) -> None:
    text = "\n".join(["第1章 船", *["船在河湾里停了一夜。"] * 9, line, "天亮了。"])
    assert set_aside(tmp_path, text) == [line] * gone
