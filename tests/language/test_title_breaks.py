"""Where a line of a large title may end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dingben.language.title_breaks import label_length, lines_of, phrases

PAIRS = ("“”", "《》", "（）")
plain = st.text("海港城市的与和之，：— aB1", max_size=10)
quoted = st.builds(lambda pair, text: f"{pair[0]}{text}{pair[1]}", st.sampled_from(PAIRS), plain)
titles = st.lists(st.one_of(plain, quoted), max_size=5).map("".join)


@pytest.mark.parametrize(
    ("heading", "label"),
    [
        ("第一章 起首", "第一章"),
        ("第十二节 港", "第十二节"),
        ("附录 表", "附录"),
        ("附录一 表", "附录一"),
        ("1.1 档案", "1.1"),
        ("1.2.10 档案", "1.2.10"),
        ("一、 港", "一、"),
        ("（二） 港", "（二）"),
        ("卷三 港", "卷三"),
        ("Chapter IV Harbours", "Chapter IV"),
        ("APPENDIX A. Tables", "APPENDIX A."),
        ("第一章起首", ""),
        ("第一章", ""),
        ("第一次 海战", ""),
        ("1.5万 人", ""),
        ("2017 年", ""),
        ("Chapters I liked", ""),
    ],
)
def test_label_of_a_heading(heading: str, label: str) -> None:
    assert heading[: label_length(heading)] == label


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("海港的形成与城市的兴起", ("海港的形成", "与城市的兴起")),
        ("海港城市", ("海港城市",)),
        ("论海港：兼论其城市", ("论海港：", "兼论其城市")),
        ("“四海的一家”视野下的古代海港", ("“四海的一家”视野下的", "古代海港")),
        ("《海港与城市的历史》研究", ("《海港与城市的历史》研究",)),
        ("The harbours of the south", ("The harbours of the south",)),
        ("", ("",)),
    ],
)
def test_title_is_divided_into_phrases(title: str, parts: tuple[str, ...]) -> None:
    assert phrases(title) == parts


@settings(max_examples=150)
@given(titles)
def test_phrases_make_up_the_title(title: str) -> None:
    parts = phrases(title)
    assert "".join(parts) == title
    assert len(parts) == 1 or min(map(len, parts)) >= 4


@settings(max_examples=150)
@given(titles)
def test_phrases_do_not_break_inside_paired_marks(title: str) -> None:
    for part in phrases(title):
        for pair in PAIRS:
            assert part.count(pair[0]) == part.count(pair[1])


@settings(max_examples=150)
@given(titles, st.integers(1, 30))
def test_title_lines_fit(title: str, longest: int) -> None:
    lines = lines_of(title, longest)
    assert "".join(lines) == title
    parts = set(phrases(title))
    assert all(len(line) <= longest or line in parts or len(lines) == 1 for line in lines)


def test_title_lines_have_similar_lengths() -> None:
    assert lines_of("海港的形成与城市的兴起", 8) == ("海港的形成", "与城市的兴起")
    assert lines_of("海港的形成与城市的兴起", 20) == ("海港的形成与城市的兴起",)


def test_bracketed_number_is_not_a_name() -> None:
    assert all(p.count("《") == p.count("》") for p in phrases("1）《四海之内的一家之言》研究与讨论"))
