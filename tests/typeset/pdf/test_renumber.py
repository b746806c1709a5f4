"""Objects of a page get the numbers, keys and positions that they have in the file."""

from __future__ import annotations

import pytest

from dingben.typeset.pdf.renumber import (
    KEY_STEP,
    NUMBER_STEP,
    ObjectBundle,
    add_content_stream,
    add_graphics_states,
    bundle_objects,
    count_keys,
    count_numbers,
    renumberer,
    reserve_keys,
    reserve_numbers,
    shift_right,
    to_unicode,
)
from dingben.typeset.records import Item, PageRecord, RunningHead, RunningHeadSet, SectionRecord


def test_reserved_numbers_leave_room() -> None:
    assert reserve_numbers(1) == NUMBER_STEP
    assert reserve_numbers(NUMBER_STEP) == 2 * NUMBER_STEP
    assert [reserve_keys(n) for n in (0, 1, KEY_STEP, KEY_STEP + 1)] == [0, KEY_STEP, KEY_STEP, 2 * KEY_STEP]


@pytest.mark.parametrize(
    ("data", "renumbered"),
    [
        (b"<</P 3 0 R /K [4 0 R]>>", b"<</P 103 0 R /K [104 0 R]>>"),
        (b"/StructParents 0 /StructParent 2", b"/StructParents 50 /StructParent 52"),
        (b"/T (3 0 R)", b"/T (3 0 R)"),
        (b"/T (a\\) 3 0 R)", b"/T (a\\) 3 0 R)"),
        (b"/ID (dingben:4)", b"/ID (e104)"),
    ],
)
def test_references_keys_and_identifiers(data: bytes, renumbered: bytes) -> None:
    assert renumberer({3: 103, 4: 104}, 50)(data) == renumbered


@pytest.mark.parametrize(
    ("data", "shifted"),
    [
        (b"/Subtype /Link/Rect [1 2 3 4]", b"/Subtype /Link/Rect [6.5 2 8.5 4]"),
        (b"[6 0 R /XYZ 1 2 0]", b"[6 0 R /XYZ 6.5 2 0]"),
        (b"<</K [1 2 3 4]>>", b"<</K [1 2 3 4]>>"),
    ],
)
def test_positions_are_shifted(data: bytes, shifted: bytes) -> None:
    assert shift_right(data, 0.0) == data
    assert shift_right(data, 5.5).replace(b"6.500000", b"6.5") == shifted


def test_content_stream_and_graphics_states_are_added() -> None:
    assert add_content_stream(b"<</Contents 5 0 R>>", 9) == b"<</Contents [5 0 R 9 0 R]>>"
    states = {"a1": "<</ca 1>>", "a2": "<</ca 2>>"}
    assert add_graphics_states(b"<</ExtGState <</a1 <</ca 1>>>>>>", states) == (
        b"<</ExtGState <</a2 <</ca 2>>/a1 <</ca 1>>>>>>"
    )


def test_to_unicode_map() -> None:
    cmap = to_unicode({2: "港", 1: "fi"})
    assert b"2 beginbfchar\n<0001> <00660069>\n<0002> <6e2f>\nendbfchar" in cmap
    assert to_unicode(dict.fromkeys(range(150), "a")).count(b"beginbfchar") == 2


def test_bundle_of_a_section() -> None:
    items = [
        Item(5, b"<</Type /Page /Contents 7 0 R /Resources 6 0 R /Parent 1 0 R>>"),
        Item(6, b"<</ExtGState <<>>>>"),
        Item(7, b"<</Length 1>>", b"q"),
    ]
    page = PageRecord(
        items, 5, 6, 100, {1: "pages"}, "[6 0 R]", ["[6 0 R]"], [("a", "[5 0 R /XYZ 1 2 0]")], [], [], [], {}
    )
    record, heads = SectionRecord([page], {}, {}), RunningHeadSet([RunningHead(b"h", {}, {})], {})
    bundle = bundle_objects(record, heads, 512, 64, {"pages": 2}, {}, {})
    assert (bundle.first, bundle.pages, bundle.kids, bundle.counts) == (512, [512], b"513 0 R", [1])
    assert bundle.destinations == [("a", b"[512 0 R /XYZ 1 2 0]")]
    assert (
        len(bundle.rows) // 7 == count_numbers(record, heads, {}, {}) == 6
    )  # three objects, head, leaf, object stream
    assert count_keys(record) == 1
    assert b"514 0 obj\n<</Length 1>>\nstream\nq" in bundle.content
    assert ObjectBundle.from_bytes(bundle.to_bytes()).table(10) == bundle.table(10)
