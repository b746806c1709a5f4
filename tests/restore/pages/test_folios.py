"""Numbers that rise with the text, and other numbers."""

from __future__ import annotations

import pytest

from dingben.restore.pages import folios
from dingben.restore.pages.folios import Number, Run


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("12", (False, 12)),
        ("— 13 —", (False, 13)),
        ("第 3 页", (False, 3)),
        ("第 3 页 共 12 页", (False, 3)),
        ("Page 4 of 20", (False, 4)),
        ("xiv", (True, 14)),
        ("l2", (False, 12)),
    ],
)
def test_folio_on_its_own_line(text: str, page: tuple[bool, int]) -> None:
    numbers = folios.read_numbers(0, text)
    assert [number.page for number in numbers] == [page]
    assert numbers[0].head == ""


def test_folio_at_either_end_of_a_running_head() -> None:
    assert [(n.head, n.value) for n in folios.read_numbers(0, "2　山水志")] == [("山水志", 2)]
    assert [(n.head, n.value) for n in folios.read_numbers(0, "THE RIVER TOWNS. 3")] == [("THE RIVER TOWNS.", 3)]
    assert folios.read_numbers(0, "山水志") == []


@pytest.mark.parametrize("text", ["1. 水自山中来。", "水过城下，　3", "2. The river runs to the sea."])
def test_label_of_a_sentence_is_not_a_folio(text: str) -> None:
    assert folios.read_numbers(0, text) == []


def test_folio_run_skips_numbers_of_the_text() -> None:
    values = [12, 13, 1958, 14, 2, 15]
    numbers = [Number(line, False, value) for line, value in enumerate(values)]
    best = folios.find_runs(numbers, [100 * line for line in range(len(values))])[0]
    assert [number.value for number in best.numbers] == [12, 13, 14, 15]


def test_page_numbers_are_regular_and_section_numbers_are_not() -> None:
    run = Run([Number(line, False, line + 1) for line in range(8)])
    assert folios.are_even(run, [900 * n for n in range(8)])
    assert not folios.are_even(run, [0, 100, 2000, 2300, 7000, 7100, 12000, 12100])


def test_figures_by_their_places_are_page_numbers_in_chinese() -> None:
    assert [(n.value, n.labelled, n.han) for n in folios.read_numbers(0, "　一四")] == [(14, True, True)]
    assert [(n.value, n.labelled) for n in folios.read_numbers(0, "十四")] == [(14, False)]


def test_pages_rise_with_the_sheets_and_chapters_do_not() -> None:
    run = Run([Number(line, False, line + 1) for line in range(4)])
    assert folios.count_sheets(run, [0, 1, 2, 3])
    assert folios.count_sheets(run, [0, 0, 1, 1])
    assert not folios.count_sheets(run, [0, 4, 8, 12])
