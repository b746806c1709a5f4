"""Trim size and type area."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dingben.book.model import Format
from dingben.errors import SourceError
from dingben.theme.page_geometry import POINTS, PageGeometry, page_geometry, points, trim_size

SOURCE = Path("source/book.toml")


def made(width: float, height: float, **variables: str) -> PageGeometry:
    return page_geometry(
        Format(page=(width, height)), {f"--{k.replace('_', '-')}": v for k, v in variables.items()}, SOURCE
    )


@pytest.mark.parametrize(
    ("trim", "size"),
    [
        ("710mm×1000mm 1/16", (170, 240)),
        ("787×1092 1/16", (185, 260)),
        ("850mm×1168mm 1/32", (140, 203)),
        ("880 x 1230mm 1 / 32", (140, 203)),
        ("890*1240 1/32", (148, 210)),
        ("16开", (170, 240)),
        ("999mm×1000mm 1/16", (170, 240)),
        (None, (170, 240)),
    ],
)
def test_printed_trim_gives_the_page_size(trim: str | None, size: tuple[float, float]) -> None:
    assert trim_size(Format(trim=trim))[:2] == size


def test_page_in_mm_overrides_the_printed_trim() -> None:
    assert trim_size(Format(trim="710mm×1000mm 1/16", page=(148, 210))) == (148, 210, "[format] page")


def test_origin_says_where_the_size_comes_from() -> None:
    assert trim_size(Format(trim="710×1000 1/16"))[2] == "[format] trim 710×1000 1/16"
    assert trim_size(Format(trim="16开"))[2] == "default"


@pytest.mark.parametrize("trim", ["787毫米×1092毫米 1/16", "787mm×1092mm 1／16"])
def test_trim_with_other_characters(trim: str) -> None:
    assert trim_size(Format(trim=trim))[:2] == (185, 260)


@pytest.mark.parametrize(
    ("size", "type_area"), [((170, 240), (32, 28)), ((140, 203), (26, 25)), ((148, 210), (27, 26))]
)
def test_type_area_of_usual_sizes(size: tuple[float, float], type_area: tuple[int, int]) -> None:
    page = made(*size)
    assert (page.measure, page.lines) == type_area


@settings(max_examples=100)
@given(st.floats(105, 300), st.floats(148, 420), st.floats(8, 12), st.floats(1.2, 2))
def test_margins_and_type_area_add_up_to_the_page(width: float, height: float, size: float, leading: float) -> None:
    page = made(width, height, type_size=f"{size:.3f}pt", line=f"{size * leading:.3f}pt")
    assert page.inner + page.text_width + page.outer == pytest.approx(width * POINTS)
    assert page.head + page.lines * page.line + page.foot == pytest.approx(height * POINTS)
    assert page.inner < page.outer
    assert page.head < page.foot
    assert min(page.inner, page.head) > 9 * POINTS


def test_styles_set_the_type_area() -> None:
    page = made(170, 240, measure="30", lines="26", type_size="11pt", line="19pt")
    assert (page.measure, page.lines, page.size, page.line) == (30, 26, 11, 19)
    assert page.text_width == pytest.approx(330.1)


@pytest.mark.parametrize("size", [(60, 90), (0, 0), (-170, 240), (40, 240), (170, 60), (1001, 1001), (1e9, 1e9)])
def test_page_without_room_for_text_is_an_error(size: tuple[float, float]) -> None:
    with pytest.raises(SourceError, match=r"no room for|no page is") as caught:
        made(*size)
    assert caught.value.diagnostics[0].location
    assert caught.value.diagnostics[0].location.file == SOURCE


@pytest.mark.parametrize("variables", [{"measure": "60"}, {"lines": "60"}, {"measure": "0"}, {"lines": "5"}])
def test_type_area_without_margin_or_text_is_an_error(variables: dict[str, str]) -> None:
    with pytest.raises(SourceError, match=r"no room for|no page is"):
        made(170, 240, **variables)


@pytest.mark.parametrize("size", [float("inf"), float("nan")])
def test_size_must_be_a_number(size: float) -> None:
    with pytest.raises(SourceError):
        made(size, size)


@pytest.mark.parametrize(("value", "expected"), [("10.5pt", 10.5), (" 25.4mm ", 72.0), ("16px", 12.0)])
def test_lengths_in_points(value: str, expected: float) -> None:
    assert points(value, "--line") == pytest.approx(expected)


@pytest.mark.parametrize("value", ["18", "2em", "-1pt", "calc(1pt + 1pt)", "", "pt"])
def test_invalid_length_is_an_error(value: str) -> None:
    with pytest.raises(SourceError, match="style variable --line is not a length"):
        points(value, "--line")


def test_number_with_two_points_is_not_a_length() -> None:
    with pytest.raises(SourceError):
        points("1.2.3pt", "--line")


@pytest.mark.parametrize("value", ["30em", "-3", "²"])
def test_measure_must_be_a_whole_number(value: str) -> None:
    with pytest.raises(SourceError):
        made(170, 240, measure=value)


@pytest.mark.parametrize(("size", "line"), [("0pt", "18pt"), ("12pt", "10pt")])
def test_lines_may_not_overlap(size: str, line: str) -> None:
    with pytest.raises(SourceError, match="--line must be at least"):
        made(170, 240, type_size=size, line=line)
