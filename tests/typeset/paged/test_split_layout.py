"""A long part of which several processes lay out a piece each is the part that one process makes alone."""

from __future__ import annotations

import functools
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from dingben.system import processes as helpers
from dingben.system.processes import Helper
from dingben.typeset.options import LayoutOptions
from dingben.typeset.paged import pagination, split_layout
from dingben.typeset.records import SectionRecord
from dingben.typeset.sections import scheduler, workers
from dingben.typeset.sections.layout import SectionLayout
from dingben.typeset.sections.split import Section
from tests.support.books import PARAGRAPH
from tests.typeset.paged.test_reuse import chapter, cold, paragraph, write
from tests.typeset.sections.test_split import chapters, made

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")

CSS = """
@page { size: 9cm 7cm; margin: 1cm }
@page :left { margin-left: 2cm } @page :right { margin-right: 2cm }
@page { @footnote { border-top: 1pt solid; padding-top: 2pt } }
.note { float: footnote } h2 { string-set: head content(); bookmark-level: 2; margin: 3pt 0; break-after: avoid }
p { margin: 0; text-align: justify; orphans: 2; widows: 2 }
section + section { break-before: right }
"""


def blocks(count: int) -> list[str]:
    return [
        f"<h2 id='h{n}'>第{n}节</h2>" if n % 7 == 0 else
        f"<p>{PARAGRAPH * (n % 3 + 1)}<span class='note'>注{n}：{PARAGRAPH[: n * 11 % 50 + 2]}</span><a href='#h{n // 7 * 7}'>见</a></p>"
        for n in range(count)
    ]  # fmt: skip


def part(inner: list[str], *, after: bool = False) -> Section:
    sections = [f'<section class="division body chapter" id="c1">{"".join(inner)}</section>']
    sections += ['<section class="division">后</section>'] * after
    html = f'<html lang="zh-Hans"><head><title>书</title></head><body>{"".join(sections)}</body></html>'
    return Section("c1", html, before=False, after=after)


@dataclass
class Seen:
    """What was seen of helpers: how many there were; and in files, as it is seen in other processes, of their runs."""

    folder: Path
    helpers: list[Helper]

    @property
    def runs(self) -> list[tuple[int, bool]]:
        """How many pages each run of pages that served had, and whether they were turned."""
        told = sorted(self.folder.glob("run-*"), key=lambda path: path.stat().st_mtime_ns)
        return [(int(count), turned == "True") for count, turned in (path.read_text().split() for path in told)]


may_fork = helpers.may_fork


def soon() -> bool:
    """Whether this process may be forked, when Pango's threads have come to their end or to rest."""
    deadline = time.monotonic() + 10
    while not may_fork() and time.monotonic() < deadline:
        time.sleep(0.001)
    return may_fork()


@pytest.fixture
def seen(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Seen:
    made = Seen(tmp_path_factory.mktemp("seen"), [])
    run = split_layout.Tail.run

    class Watched(Helper):
        def __init__(self) -> None:
            super().__init__()
            made.helpers.append(self)

    def watched(tail: split_layout.Tail, place: Any) -> Any:
        served = run(tail, place)
        if served:
            start = tail.early[tail.by_path[tuple(place["path"])]].start
            assert start
            number = len([*made.folder.iterdir()])
            (made.folder / f"run-{number}").write_text(f"{len(served)} {start['right'] != place['right']}")
        return served

    monkeypatch.setattr(pagination, "Helper", Watched)
    monkeypatch.setattr(helpers, "may_fork", soon)
    monkeypatch.setattr(split_layout.Tail, "run", watched)
    return made


def cut(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    """Let the first of two processes have a share of the text."""
    monkeypatch.setattr(split_layout, "LESS", 2 * share - 1)


def laid(folder: Path, what: Section, *, processes: int, css: str = CSS, by_page: bool = True) -> SectionRecord:
    setter = SectionLayout(LayoutOptions(folder, (css,), 0.25, notes_by_page=by_page))
    quire = SectionRecord.of(setter.lay(what, processes=processes).data())
    for side in quire.sides:  # how many pages there were before is asked by no style
        side.kind = [*side.kind[:3], 0, [], *side.kind[5:]]
        if side.start:
            side.start["groups"] = [[name, count > 0, path] for name, count, path in side.start["groups"]]
    return replace(quire, raw=b"", digest="")  # fonts come in the order in which they were first used


@functools.cache
def alone(count: int, css: str = CSS, *, after: bool = False) -> SectionRecord:
    """What one process makes of so many blocks."""
    return laid(Path("nowhere"), part(blocks(count), after=after), processes=1, css=css)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.6])
def test_with_a_helper_a_part_is_the_same(
    tmp_path: Path, seen: Seen, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    cut(monkeypatch, share)
    expected = alone(40, after=True)
    assert not seen.helpers
    assert laid(tmp_path, part(blocks(40), after=True), processes=2) == expected
    assert [helper.is_told for helper in seen.helpers] == [True]
    assert seen.runs


def test_pages_serve_on_the_other_side_of_the_sheet(
    tmp_path: Path, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for share in (0.2, 0.25):
        cut(monkeypatch, share)
        assert laid(tmp_path, part(blocks(60)), processes=2) == alone(60)
    assert {turned for _, turned in seen.runs} == {True, False}
    assert max(count for count, turned in seen.runs if turned) > 20


@pytest.mark.parametrize("processes", [3, 4, 7])
def test_every_piece_may_have_a_process(tmp_path: Path, seen: Seen, processes: int) -> None:
    assert laid(tmp_path, part(blocks(60), after=True), processes=processes) == alone(60, after=True)
    assert [helper.is_told for helper in seen.helpers] == [True]  # of this process; it has one itself


def test_more_processes_than_blocks_are_not_had(tmp_path: Path, seen: Seen) -> None:
    what = part([f"<p>{PARAGRAPH * 40}</p>"] * 3)
    assert laid(tmp_path, what, processes=9) == laid(tmp_path, what, processes=1)
    assert len(seen.helpers) == 1


def with_breaks_to_the_right(css: str) -> str:
    return css + "h2 { break-before: right }"


def with_another_page_name(css: str) -> str:
    return css + "@page part { margin-top: 2cm } h2:nth-of-type(n + 5), h2:nth-of-type(n + 5) ~ p { page: part }"


def with_other_left_pages(css: str) -> str:
    return css + "@page :left { margin-bottom: 1.5cm; @footnote { padding-top: 4pt } }"


def with_other_notes_on_left_pages(css: str) -> str:
    return css + "@page :left { @footnote { padding-top: 9pt } }"


def with_ground(css: str) -> str:
    return css + "@page { background: #eee }"


@pytest.mark.parametrize(
    "style",
    [
        with_breaks_to_the_right,
        with_another_page_name,
        with_other_left_pages,
        with_other_notes_on_left_pages,
        with_ground,
    ],
)
@pytest.mark.parametrize("share", [0.3, 0.5])
def test_where_sides_of_the_sheet_differ_pages_are_laid_out_again(
    tmp_path: Path, seen: Seen, monkeypatch: pytest.MonkeyPatch, style: Callable[[str], str], share: float
) -> None:
    cut(monkeypatch, share)
    css = style(CSS)
    assert laid(tmp_path, part(blocks(40), after=True), processes=2, css=css) == alone(40, css, after=True)
    assert len(seen.helpers) == 1


@pytest.mark.slow
def test_long_notes_and_tables_are_the_same_over_the_cut(
    tmp_path: Path, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = blocks(50)
    inner[20:20] = [f"<p>{PARAGRAPH}<span class='note'>{PARAGRAPH * 12}</span></p>"]
    inner[24:24] = [f"<table><tr><td>{PARAGRAPH[:9]}<td>{n}</table>" for n in range(9)]
    inner[30:30] = [f"<p>{PARAGRAPH}<span class='note'>{PARAGRAPH * 20}</span></p>"] * 2
    expected = laid(tmp_path, part(inner), processes=1)
    for share in (0.3, 0.38, 0.45, 0.52, 0.6):
        cut(monkeypatch, share)
        assert laid(tmp_path, part(inner), processes=2) == expected
    assert len(seen.helpers) == 5


@pytest.mark.parametrize(
    "css", ["h2 { position: fixed }", ".note { float: none; position: running(x) }", "h2 { position: fixed; top: 0 }"]
)
def test_what_stands_on_all_pages_keeps_a_part_whole(tmp_path: Path, seen: Seen, css: str) -> None:
    laid(tmp_path, part(blocks(30)), processes=2, css=CSS + css, by_page=False)
    assert not seen.helpers


def test_no_helper_is_had_beside_a_thread(tmp_path: Path, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    what = part(blocks(40))
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    monkeypatch.setattr(helpers, "may_fork", may_fork)
    try:
        assert laid(tmp_path, what, processes=2) == alone(40)
    finally:
        over.set()
        thread.join()
    assert not seen.helpers
    answers = iter([False, False, False])
    monkeypatch.setattr(helpers, "may_fork", lambda: next(answers, True) and soon())
    assert laid(tmp_path, what, processes=2) == alone(40)
    assert len(seen.helpers) == 1


def test_a_helper_has_fonts_matched_where_no_thread_does_so_any_more(
    tmp_path: Path, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = helpers.others  # as if there were one that waits, which newer Pangos have
    monkeypatch.setattr(helpers, "others", lambda: others() or {"0"})
    new = "<p><span style='font: bold 9pt serif'>港</span><span style='font: 7pt monospace'>港</span></p>"
    what = part([*blocks(30), *[new] * 9])
    expected = laid(tmp_path, what, processes=1)
    assert laid(tmp_path, what, processes=2) == expected
    assert [helper.is_told for helper in seen.helpers] == [True]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_short_part_is_one_process_own(tmp_path: Path, seen: Seen, count: int) -> None:
    assert laid(tmp_path, part(blocks(count)), processes=2) == alone(count)
    assert not any(helper.is_told for helper in seen.helpers)


@pytest.mark.parametrize("when", ["lay_early", "pages"])
@pytest.mark.parametrize("processes", [2, 3])
def test_what_a_helper_leaves_undone_is_done(
    tmp_path: Path, seen: Seen, monkeypatch: pytest.MonkeyPatch, when: str, processes: int
) -> None:
    tail = pagination.Pagination.tail

    def fails(pages: pagination.Pagination, *about: Any) -> Any:
        if pages.next is None:  # the last one
            setattr(split_layout.Tail, when, lambda *_: os._exit(3))
        return tail(pages, *about)

    monkeypatch.setattr(pagination.Pagination, "tail", fails)
    assert laid(tmp_path, part(blocks(30)), processes=processes) == alone(30)
    assert len(seen.helpers) == 1


def test_no_helper_is_left_when_something_goes_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getpid()
    ids: list[int] = []

    def take(helper: Helper) -> bytes:
        ids.append(helper.process)
        raise RuntimeError("out of luck")

    monkeypatch.setattr(Helper, "take", take)
    monkeypatch.setattr(helpers, "may_fork", soon)
    with pytest.raises(RuntimeError, match="out of luck"):
        laid(tmp_path, part(blocks(30)), processes=2)
    assert os.getpid() == here
    with pytest.raises(ProcessLookupError):
        os.kill(ids[0], 0)


def test_an_error_in_a_helper_is_told_by_the_one_that_lays_out_all(
    tmp_path: Path, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, side = os.getpid(), SectionLayout.side

    def fails(setter: SectionLayout, context: Any, pages_laid: Any, pages: Any, index: int) -> Any:
        if os.getpid() != here:
            raise RuntimeError("in the helper only")
        return side(setter, context, pages_laid, pages, index)

    monkeypatch.setattr(SectionLayout, "side", fails)
    assert laid(tmp_path, part(blocks(30)), processes=2) == alone(30)
    assert len(seen.helpers) == 1


def test_the_file_is_the_same_however_many_processes_lay_out_its_chapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = chapters(tmp_path, 2)
    write(book, chapter(400))
    orders: list[int] = []
    send = workers.ProcessWorker.send

    def watched(hand: workers.ProcessWorker, order: workers.Job) -> None:
        orders.append(order[6] if order[0] == "lay" and len(order) > 6 else 0)
        send(hand, order)

    monkeypatch.setattr(workers.ProcessWorker, "send", watched)
    monkeypatch.setattr(workers, "WORTH", 1)
    files = []
    for jobs, processes in ((1, 1), (2, 2), (4, 3)):
        monkeypatch.setattr(helpers, "WORTH", 9000)
        files.append(made(book, jobs).pdf)
        assert max(orders, default=1) == processes
        shutil.rmtree(book / "build")
    assert files[0] == files[1] == files[2]


def test_what_a_change_leaves_to_lay_out_is_divided_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    told.mkdir()
    tell = Helper.tell

    def watched(helper: Helper, what: Any) -> bool:
        (told / str(len([*told.iterdir()]))).touch()
        return tell(helper, what)

    monkeypatch.setattr(Helper, "tell", watched)
    for module, name, value in (
        (workers, "WORTH", 1), (scheduler, "processes_for", lambda *_: 2), (split_layout, "LEFT", 500), (pagination, "PATIENCE", 1),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    book, blocks = chapters(tmp_path / "book", 2), chapter(150)
    write(book, blocks)
    made(book, 2)
    before = len([*told.iterdir()])
    for at, more in ((5, 3), (20, 5)):
        write(book, [*blocks[:at], *[paragraph(4)] * more, *blocks[at:]])
        warm = made(book, 2)
        assert warm.pdf == cold(book).pdf
    assert len([*told.iterdir()]) > before > 0
