"""What is set when, by whom: the order of the parts, and contents that are drafted before all folios are known."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dingben.system.cache import Cache
from dingben.typeset.records import Extent
from dingben.typeset.sections.scheduler import SectionScheduler
from dingben.typeset.sections.split import Section
from tests.typeset.paged.test_reuse import cold, drawn, write
from tests.typeset.sections.test_split import DIVISION, chapters, typeset

__all__ = ["drawn"]

SECTIONS = 150
"""Entries of the contents: five pages."""


def new_scheduler(folder: Path, lengths: list[int], workers: int = 2, contents: int | None = None) -> SectionScheduler:
    """Parts of so many characters, none of them in the cache."""
    parts = [Section(str(n), "一" * size, True, True, n == contents) for n, size in enumerate(lengths)]
    typeset = SectionScheduler(parts, SimpleNamespace(all=[None] * workers, jobs=workers), Cache(folder), "")  # type: ignore[arg-type]
    typeset.missing = set(range(len(parts)))
    return typeset


def ordered(scheduler: SectionScheduler) -> list[int]:
    """The parts as they are given out."""
    found = []
    while (number := scheduler.next_section()) is not None:
        scheduler.started.add(("layout", number))
        found.append(number)
    return found


@pytest.mark.parametrize(
    ("lengths", "workers", "order"),
    [
        ([10, 10, 10, 10], 2, [0, 1, 2, 3]),
        ([10, 10, 50, 10], 2, [2, 0, 1, 3]),  # half of all is left when it begins
        ([10, 10, 20, 10, 10], 2, [0, 1, 2, 3, 4]),
        ([10, 30, 10, 20], 4, [1, 3, 0, 2]),
        ([10, 50], 1, [0, 1]),
    ],
)
def test_long_sections_are_started_early(tmp_path: Path, lengths: list[int], workers: int, order: list[int]) -> None:
    assert ordered(new_scheduler(tmp_path, lengths, workers)) == order


def test_short_sections_are_not_started_first(tmp_path: Path) -> None:
    scheduler = new_scheduler(tmp_path, [10, 100, 20, 90, 80])
    scheduler.is_first_round = True
    first = [scheduler.next_section()]
    scheduler.started.add(("layout", 1))
    first.append(scheduler.next_section())
    scheduler.started.add(("layout", 3))
    scheduler.is_first_round = False
    assert (first, ordered(scheduler)) == ([1, 3], [4, 2, 0])


def test_contents_are_not_laid_out_first(tmp_path: Path) -> None:
    assert ordered(new_scheduler(tmp_path, [10, 10, 10], contents=1)) == [0, 2]


@pytest.mark.parametrize(
    ("left", "known", "worthwhile"),
    [(4000, True, True), (300, True, False), (4000, False, False), (0, True, False)],
)
def test_contents_are_drafted_if_there_is_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int, known: bool, worthwhile: bool
) -> None:
    scheduler = new_scheduler(tmp_path, [100, 1000, 1000, 4000], contents=1)
    scheduler.extents[0] = Extent((1, 2), 2, {}) if known else None  # the folio before the contents
    monkeypatch.setattr("dingben.typeset.sections.scheduler.time.monotonic", lambda: 100.0)
    scheduler.pace = [1000.0, 1.0]
    scheduler.start_times = {3: 100.0 - (4000 - left) / 1000} if left else {}
    assert scheduler.draft_is_worthwhile(1) is worthwhile
    scheduler.started.add(("draft", 1))
    assert not scheduler.draft_is_worthwhile(1)


def with_long_contents(folder: Path) -> Path:
    """A book whose last chapter has many sections."""
    book = chapters(folder, 3)
    toml, behind = book / "source/book.toml", DIVISION.format("front", "preface", 'file = "chapters/000.md"\n')
    toml.write_text(toml.read_text("utf-8").replace(behind, ""), "utf-8")  # its folio depends on the contents
    (book / "source/chapters/000.md").unlink()
    sections = "\n\n".join(f"## 第{n}节 {{#n{n}}}\n\n海港的研究。" for n in range(SECTIONS))
    write_last(book, f"# 第三章 港 {{#c3}}\n\n见[他章](#c1)。\n\n{sections}")
    write(book, ["# 第二章 港 {#c2}", *["海港的研究，向来以档案与方志为主。" * 9] * 20])
    return book


def write_last(book: Path, text: str) -> None:
    (book / "source/chapters/03.md").write_text(f"{text}\n", "utf-8")


@pytest.mark.slow
def test_draft_of_the_contents_is_reused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = with_long_contents(tmp_path)
    without = typeset(book, jobs=1)
    monkeypatch.setattr(
        SectionScheduler, "draft_is_worthwhile", lambda scheduler, at: ("draft", at) not in scheduler.started
    )
    given: list[Any] = []
    next_job = SectionScheduler.next_job

    def recorded(scheduler: SectionScheduler) -> Any:
        found = next_job(scheduler)
        given.extend([found] if found else [])
        return found

    monkeypatch.setattr(SectionScheduler, "next_job", recorded)
    shutil.rmtree(book / "build/.cache")
    drafted = typeset(book, jobs=2)
    assert Counter(job.kind for job in given)["draft"] == 1
    assert [job.former is not None for job in given if job.kind == "layout" and job.section.contents] == [True]
    assert drafted.pdf == without.pdf


def test_only_changed_pages_of_the_contents_are_laid_out(tmp_path: Path, drawn: list[Any]) -> None:
    book = with_long_contents(tmp_path)
    typeset(book)
    assert len(pages_of_contents(drawn)) >= 4
    text = (book / "source/chapters/03.md").read_text("utf-8")
    before, last = text.split(f"## 第{SECTIONS - 12}节")
    more = "海港的研究，向来以档案与方志为主。" * 60
    write_last(book, f"{before}{more}\n\n{more}\n\n{more}\n\n## 第{SECTIONS - 12}节{last}".strip())
    drawn.clear()
    warm = typeset(book)
    assert 0 < len(pages_of_contents(drawn)) <= 2
    assert warm.pdf == cold(book).pdf


def pages_of_contents(pages: list[Any]) -> list[Any]:
    """The pages on which there are entries of the contents."""
    return [
        page for page in pages if any(is_entry(box.element) for box in page.descendants() if box.element is not None)
    ]


def is_entry(element: Any) -> bool:
    return "toc-entry" in element.get("class", "").split()
