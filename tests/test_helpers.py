"""A long part that is drawn with a helper is the part that one process makes alone."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dingben import helpers, stretches
from dingben.helpers import LONG, Helper, is_helped
from dingben.laying import PartSetter
from dingben.looks import Looks
from dingben.parts import Part
from dingben.quires import Quire
from tests.books import PARAGRAPH

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")

CSS = """
@page { size: 9cm 7cm; margin: 1cm }
.note { float: footnote } h2 { string-set: head content(); bookmark-level: 2 } p { margin: 0; text-align: justify }
"""


def part(paragraphs: int) -> Part:
    blocks = [
        f"<h2 id='h{n}'>第{n}节</h2>" if n % 7 == 0 else
        f"<p>{PARAGRAPH}<span class='note'>注{n}：{PARAGRAPH[: n % 50 + 2]}</span><a href='#h{n // 7 * 7}'>见</a>{PARAGRAPH}</p>"
        for n in range(paragraphs)
    ]  # fmt: skip
    section = f'<section class="division body chapter" id="c1">{"".join(blocks)}</section>'
    return Part("c1", f'<html lang="zh-Hans"><head><title>书</title></head><body>{section}</body></html>', False, False)


@pytest.fixture
def had(monkeypatch: pytest.MonkeyPatch) -> list[Helper]:
    """The helpers that were had."""
    found: list[Helper] = []

    class Watched(Helper):
        def __init__(self, pages: int) -> None:
            super().__init__(pages)
            found.append(self)

    monkeypatch.setattr(stretches, "Helper", Watched)
    return found


def laid(folder: Path, paragraphs: int, *, helped: bool) -> Quire:
    setter = PartSetter(Looks(folder, (CSS,), 0.25, notes_by_page=True))
    quire = Quire.of(setter.lay(part(paragraphs), helped=helped).data())
    return replace(quire, raw=b"", digest="")  # fonts come in the order in which they were first used


@pytest.mark.parametrize("paragraphs", [3, 12, 40])
def test_with_a_helper_a_part_is_the_same(tmp_path: Path, had: list[Helper], paragraphs: int) -> None:
    alone = laid(tmp_path, paragraphs, helped=False)
    assert had == []
    together = laid(tmp_path, paragraphs, helped=True)
    assert [helper.pages * 2 > len(alone.sides) for helper in had] == [True] * (paragraphs > 3)
    assert together == alone


def test_what_a_helper_leaves_undone_is_done(
    tmp_path: Path, had: list[Helper], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = laid(tmp_path, 12, helped=False)
    monkeypatch.setattr(helpers.Helper, "give", lambda *_: os._exit(3))
    assert laid(tmp_path, 12, helped=True) == alone
    assert len(had) == 1


def test_no_helper_is_left_when_something_goes_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getpid()
    ids: list[int] = []

    def take(self: Helper) -> bytes | None:
        ids.append(self.process)
        raise RuntimeError("out of luck")

    monkeypatch.setattr(Helper, "take", take)
    with pytest.raises(RuntimeError, match="out of luck"):
        laid(tmp_path, 12, helped=True)
    assert os.getpid() == here
    with pytest.raises(ProcessLookupError):
        os.kill(ids[0], 0)


@pytest.mark.parametrize(
    ("length", "total", "jobs", "helped"),
    [
        (LONG, LONG, 2, True),
        (LONG, LONG, 1, False),
        (LONG - 1, LONG, 2, False),
        (LONG, 2 * LONG, 2, False),
        (2 * LONG, 3 * LONG, 4, True),
    ],
)
def test_a_part_has_a_helper_if_it_is_long_and_the_others_are_short(
    length: int, total: int, jobs: int, helped: bool
) -> None:
    assert is_helped(length, total, jobs) is helped
