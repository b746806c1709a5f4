"""Where lines end and how they are spaced: the compositor's rules, on widths alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dingben.typeset.inline import char_classes as ch
from dingben.typeset.inline.linebreak import EPSILON, Line, LineBreaker

EM = 10.0
HALVED = frozenset(ch.OPENING_MARKS + ch.CLOSING_MARKS + "，。、；：")


def measured(text: str, **more: object) -> LineBreaker:
    """The text set in 10 px, Western characters half as wide."""
    classes = ch.classes(text)
    narrow = ch.WESTERN_KINDS.replace(ch.UNIT, "") + ch.BLANK
    widths = [0.0 if c in ch.ZERO + ch.BREAK + ch.HELD else EM / 2 if c in narrow else EM for c in classes]
    halves = {i: (EM / 2, EM / 2 if c in ch.OPENING_MARKS else 0.0) for i, c in enumerate(text) if c in HALVED}
    return LineBreaker(classes, widths, halves, EM, 0.25, lambda i: text[i - 1] in "-/", **more)  # type: ignore[arg-type]


def broken(text: str, room: float) -> list[str]:
    """The text's lines in a measure of ``room`` em."""
    return [text[line.start : line.end] for line in measured(text).breaks(0, lambda _: room * EM)]


@pytest.mark.parametrize(
    ("text", "room", "made"),
    [
        ("海港城市档案方志商人", 5, ["海港城市档", "案方志商人"]),
        # a mark that may not begin a line is pushed in, its own half and another's taken
        ("海港城市档，案方志商", 5.5, ["海港城市档，", "案方志商"]),
        ("海，港城市档。案方志商", 6, ["海，港城市档。", "案方志商"]),
        # where no half is to be had, the character before goes with it
        ("海港城市档！案方志商", 5, ["海港城市", "档！案方志", "商"]),
        ("海港城市（案方志商）", 5, ["海港城市", "（案方志商）"]),
        # two marks take one and a half em
        ("海港。”案方志商人船队", 4.5, ["海港。”案", "方志商人", "船队"]),
        # —— and …… are whole
        ("海港城市——案方志商人", 5, ["海港城市", "——案方志", "商人"]),
        ("海港城……案方志商人船", 4, ["海港", "城……案", "方志商人", "船"]),
        # words stay whole, and what is longer than a line is cut
        ("海港Venice城市档案", 5, ["海港", "Venice城", "市档案"]),
        ("海港abc-defghi城市档案", 5, ["海港abc-", "defghi城", "市档案"]),
        ("abcdefghijklmnop海", 5, ["abcdefghij", "klmnop海"]),
        # no single character on the last line
        ("海港城市档案方志商人船队河口潮水城", 8, ["海港城市档案方志", "商人船队河口潮", "水城"]),
        ("海，港，城市档。", 6.5, ["海，港，城市档。"]),
        ("海港\n城市", 5, ["海港\n", "城市"]),
        ("海港\n 城市", 5, ["海港\n", "城市"]),
        ("the sea port and", 4, ["the sea ", "port and"]),
    ],
)
def test_line_breaks_and_widths(text: str, room: float, made: list[str]) -> None:
    assert broken(text, room) == made


TEXT = st.text(st.sampled_from("海港城市之于以为“”‘’（）《》，。；：？！——……·Aeb5 -%℃々"), min_size=1, max_size=120)


@settings(max_examples=300)
@given(TEXT, st.integers(4, 20))
def test_lines_contain_every_character_and_fit(text: str, room: int) -> None:
    whole = measured(text)
    lines = whole.breaks(0, lambda _: room * EM)
    at = 0
    for line in lines:
        assert text[at : line.start].strip(" ") == ""
        assert line.end > line.start
        at = line.end
        assert line.width - whole.reserve(line.start, line.end) <= line.room + EPSILON
    assert text[at:].strip(" ") == ""


@settings(max_examples=200)
@given(TEXT, st.floats(-3, 3))
def test_lines_narrower_than_a_character(text: str, room: float) -> None:
    lines = measured(text).breaks(0, lambda _: room * EM)
    assert all(line.end > line.start for line in lines)
    assert [line.start for line in lines] == sorted({line.start for line in lines})
    assert not text[lines[-1].end if lines else 0 :].strip(" ")


@settings(max_examples=300)
@given(TEXT, st.integers(6, 20))
def test_full_lines_have_the_width_of_the_measure(text: str, room: int) -> None:
    whole = measured(text)
    for line in whole.breaks(0, lambda _: room * EM):
        spacing = whole.spacing(line, justified=True)
        width = sum(whole.advances[line.start : line.end]) + sum(spacing.after.values())
        assert set(spacing.after) <= set(range(line.start, line.end))
        if line.width > line.room + EPSILON or (not line.forced and has_a_gap(whole, line)):
            assert width == pytest.approx(line.room, abs=2 * EPSILON)
        else:
            assert width <= line.room + EPSILON


def has_a_gap(whole: LineBreaker, line: Line) -> bool:
    kinds = whole.kinds[line.start : line.end - 1]
    classes = whole.classes[line.start : line.end]
    letters = any(a in ch.WESTERN_KINDS and b in ch.WESTERN_KINDS for a, b in pairwise(classes))
    return any(kinds) or letters


@settings(max_examples=300)
@given(TEXT, st.integers(8, 20))
def test_prohibited_marks_at_line_edges(text: str, room: int) -> None:
    whole = measured(text)
    lines = whole.breaks(0, lambda _: room * EM)
    for before, after in pairwise(lines):
        if before.end in whole.ends:  # else a run of marks longer than a line was cut
            assert text[after.start] not in ch.CLOSING_MARKS + "，。；：？！·…%℃々"
            assert text[before.end - 1] not in ch.OPENING_MARKS


def test_order_of_stretching() -> None:
    whole = measured("海，港A城市档案")

    def given_away(slack: float) -> list[float]:
        line = Line(0, 8, 0.0, slack)
        made = whole.spacing(Line(0, 8, 70.0, 70.0 + slack), justified=True)
        assert line.end == 8
        return [round(made.after.get(i, 0.0), 2) for i in range(8)]

    assert given_away(1.0) == [0, 1.0, 0, 0, 0, 0, 0, 0]
    assert given_away(3.25) == [0, 1.25, 1, 1, 0, 0, 0, 0]
    assert given_away(9.75) == [0, 2.25, 2.25, 2.25, 1, 1, 1, 0]


def test_push_in_shrinks_the_last_mark_first() -> None:
    whole = measured("海，“港”城，")
    line = Line(0, 7, whole.width(0, 7), whole.width(0, 7) - 8.0)
    made = whole.spacing(line, justified=True)
    assert made.after[6] == pytest.approx(-5.0)
    taken = {i: v for i, v in made.after.items() if i < 6}
    assert sum(taken.values()) == pytest.approx(-3.0)
    assert set(made.back) >= {2}


def test_mark_at_the_line_end_loses_its_half() -> None:
    whole = measured("海港城，市档，")
    line = Line(0, 7, 70.0, 67.0)
    made = whole.spacing(line, justified=True)
    even = 0.75 / 4
    assert made.after == pytest.approx({6: -5.0, 0: even, 1: even, 3: 1.25 + even, 4: even})


def test_no_word_gap_at_line_ends() -> None:
    whole = measured("海港ab城市")
    assert [line.width for line in whole.breaks(0, lambda _: 33.0)] == [32.5, 20.0]


def test_lines_resumed_on_the_next_page_are_equal() -> None:
    text = "海港城市，档案“方志”商人。船队河口潮水（城墙）市舶关税航路货物港湾灯塔码头行会书信账册"
    whole = measured(text)
    lines = whole.breaks(0, lambda _: 80.0)
    for n, line in enumerate(lines):
        assert [(li.start, li.end) for li in whole.breaks(line.start, lambda _: 80.0)] == [
            (li.start, li.end) for li in lines[n:]
        ]


def test_hyphenation_only_for_loose_lines() -> None:
    text = "海港城市international档案"
    whole = measured(text, hyphens=lambda low, _: [low + 5], hyphen_width=5.0)
    lines = whole.breaks(0, lambda _: 80.0)
    assert [(text[li.start : li.end], li.hyphen) for li in lines[:2]] == [
        ("海港城市inter", True),
        ("national档案", False),
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://doc.example.org/a/b", ["https://doc", ".example", ".org", "/a/b"]),
        ("SOURCE_DATE_EPOCH", ["SOURCE_", "DATE_", "EPOCH"]),
        ("readFileSync", ["read", "File", "Sync"]),
        ("internationalization", ["internationalization"]),
    ],
)
def test_addresses_and_identifiers_are_divided_at_signs(text: str, parts: list[str]) -> None:
    places = [0, *ch.divisions(text), len(text)]
    pieces = [text[a:b] for a, b in pairwise(places)]
    assert [piece for piece in parts if piece not in "".join(pieces)] == []
    assert "https://" not in pieces
    assert pieces[0] == parts[0] or text.startswith("http")


def test_identifier_is_divided_rather_than_han_spread() -> None:
    text = "海港this_is_a_very_long_identifier"
    lines = measured(text, signs=lambda low, high: [low + p for p in ch.divisions(text[low:high])])
    assert [text[line.start : line.end] for line in lines.breaks(0, lambda _: 8 * EM)] == [
        "海港this_is_a_",
        "very_long_",
        "identifier",
    ]


def test_letters_of_a_word_are_never_spaced() -> None:
    lines = measured("abcdefghij klmnopqrstuvwxyz")
    line = Line(0, 10, 5 * EM, 9 * EM)
    assert lines.spacing(line, justified=True).after == {}
