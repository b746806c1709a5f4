"""Labels of headings in the forms that books and web novels print."""

from __future__ import annotations

import pytest

from dingben.language import heading_labels


@pytest.mark.parametrize(
    ("line", "style", "number", "words"),
    [
        ("第三章 远山", "章", 3, "第三章"),
        ("第１２章 远山", "章", 12, "第１２章"),
        ("第贰拾叁回 远山", "回", 23, "第贰拾叁回"),
        ("第廿一章", "章", 21, "第廿一章"),
        ("第Ｂ章 远山", "章", 2, "第Ｂ章"),
        ("【第五章】远山", "章", 5, "【第五章】"),
        ("☆ 第七章 远山", "章", 7, "第七章"),
        ("正文 第八章 远山", "章", 8, "正文 第八章"),
        ("第二卷 山中 第九章 远山", "章", 9, "第二卷 山中 第九章"),
        ("番外三 远山", "extra", 3, "番外三"),
        ("下卷", "volume-卷", 3, "下卷"),
        ("Chapter.4 Hills", "chapter", 4, "Chapter.4"),
        ("Chapter Twenty-Two", "chapter", 22, "Chapter Twenty-Two"),
        ("BOOK THE THIRD", "book", 3, "BOOK THE THIRD"),
    ],
)
def test_labels(line: str, style: str, number: int, words: str) -> None:
    label = heading_labels.read(line)
    assert label is not None
    assert (label.style, label.number, label.text) == (style, (number,), words)


@pytest.mark.parametrize("line", ["007 远山", "7：远山", "七 远山", "七", "第七封信", "VII. Hills"])
def test_weak_labels_need_context(line: str) -> None:
    assert heading_labels.read(line) is None
    label = heading_labels.read_weak(line)
    assert label is not None
    assert label.number == (7,)


@pytest.mark.parametrize("line", ["番外的故事还有很多", "1936年的夏天很热", "正文从这里开始", "终章里的话"])
def test_words_that_begin_like_labels_are_not_labels(line: str) -> None:
    assert heading_labels.read(line) is None
