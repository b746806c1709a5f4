"""Every line of a raw text stands in the edition, unless there is evidence that it is furniture of the page.

Books of many kinds are made and mutilated. No page is in them, so nothing is furniture but the title leaf's lines.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dingben.errors import SourceError
from dingben.language.han import skeleton
from dingben.restore.ingest import ingest

HAN = "山水清风明月读书人家春夏秋冬东西南北河岸船灯雨雪"
words = st.text(HAN, min_size=2, max_size=9)
sentence = st.tuples(st.text(HAN, min_size=6, max_size=40), st.sampled_from("。！？")).map("".join)
prose = st.lists(sentence, min_size=1, max_size=4).map(lambda parts: "　　" + "".join(parts))


def verse(line: str, other: str) -> str:
    return f"{line}\n{other}\n{line}"


def speech(name: str, said: str) -> str:
    return f"{name}：{said}"


stanza = st.tuples(st.sampled_from(["潮水又来", "灯还亮着", "没有名字"]), words).map(lambda pair: verse(*pair))
dialogue = st.tuples(st.sampled_from(["老船夫", "女儿"]), sentence).map(lambda pair: speech(*pair))
direction = st.sampled_from(["（灯暗）", "［幕落］", "（她走到窗前）"])
signature = st.sampled_from(["此致", "敬礼", "儿 远山", "——沈河", "1月3日"])
entry = st.tuples(words, st.integers(1, 90)).map(lambda pair: f"{pair[0]}\t{pair[1]}")
item = st.tuples(st.integers(1, 9), sentence).map(lambda pair: f"{pair[0]}. {pair[1]}")
block = st.one_of(prose, stanza, dialogue, direction, signature, entry, item, sentence)
blocks = st.lists(block, min_size=4, max_size=30)


@st.composite
def books(draw: st.DrawFn) -> str:
    """A chapter or two of blocks, doubled, moved and torn."""
    rows = draw(blocks)
    for _ in range(draw(st.integers(0, 3))):
        a = draw(st.integers(0, len(rows) - 1))
        part = rows[a : a + draw(st.integers(1, 6))]
        at = draw(st.integers(0, len(rows)))
        rows[at:at] = part
    half = draw(st.integers(1, len(rows)))
    return "\n\n".join(["第一章 起", *rows[:half], "第二章 续", *rows[half:]]) + "\n"


@given(books())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_line_is_in_the_edition(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "raw.txt").write_text(text, encoding="utf-8")
        try:
            ingest([folder / "raw.txt"], folder / "book")
        except SourceError:
            return
        source = folder / "book/source"
        chapters = [path.read_text("utf-8") for path in sorted((source / "chapters").glob("*.md"))]
        edition = skeleton(re.sub(r"\[\]\{[^}]*\}", "", "\n".join(chapters)))
        for line in text.splitlines():
            assert edition.count(skeleton(line)) >= text.splitlines().count(line) or not skeleton(line), line
