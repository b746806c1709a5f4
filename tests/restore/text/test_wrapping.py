"""Lines are wrapped only where full lines end inside clauses."""

from __future__ import annotations

import pytest

from dingben.book.raw_text import RawText
from dingben.restore.inputs.plain_text import split_lines
from dingben.restore.text.wrapping import full_width

PROSE = "山里的春天来得很慢，溪水要到三月才\n化开。住在山口的人家，这时候才把\n门板卸下来，让太阳照进堂屋。孩子\n们跑到坡上去看羊，羊却还在圈里，\n不肯出来。\n老人说，再等几天罢，等到风软了，\n草也就绿了，那时再去放羊也不迟。\n"
VERSE = "山口的风\n吹了一夜\n我数着瓦片\n等一只羊\n从雪里回来\n羊不回来\n"
ENTRIES = "羊 yáng 〈名〉家畜。\n羊圈 yángjuàn 〈名〉养羊的地方，多用石块围成。\n山口 shānkǒu 〈名〉两山之间的路。\n坡 pō ①斜的地面。②倾斜。\n溪 xī 〈名〉山里的小河。\n"
ENGLISH = "The spring came slowly to the hills, and the brook\nwas frozen until March. The people at the pass took\ntheir shutters down at last, and let the sun into\nthe house, while the children ran up the slope.\n"
ENGLISH_VERSE = (
    "The wind was at the pass all night,\nI counted every tile,\nI waited for a single sheep\nAnd waited for a while.\n"
)


def width_of(text: str, english: bool = False) -> float:
    lines = split_lines(RawText(text, ()))
    return full_width(text, lines, range(len(lines)), english)


@pytest.mark.parametrize(("text", "english"), [(VERSE, False), (ENTRIES, False), (ENGLISH_VERSE, True)])
def test_lines_ending_at_clauses_are_not_wrapped(text: str, english: bool) -> None:
    assert width_of(text * 3, english) == 0


def test_width_of_wrapped_prose() -> None:
    assert 15 <= width_of(PROSE) <= 17
    assert 45 <= width_of(ENGLISH * 3, True) <= 52


def test_width_of_prose_among_verse() -> None:
    assert 15 <= width_of(VERSE * 20 + PROSE * 2) <= 17
