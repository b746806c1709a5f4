"""Records of pages: serialized and read back; folios of sections that follow each other."""

from __future__ import annotations

from dingben.typeset.records import (
    UNKNOWN_FOLIO_BASE,
    Extent,
    FontUsage,
    Item,
    PageRecord,
    RunningHead,
    RunningHeadSet,
    SectionRecord,
    extent_of,
    glyphs_from_json,
    glyphs_to_json,
    merge_glyphs,
)

GLYPHS = {"F1": {1: "海", 700: "港"}, "F2": {3: "fi"}}


def page(counter: int = 1, anchors: tuple[str, ...] = ()) -> PageRecord:
    items = [Item(5, b"<</Length 3>>", b"a\nb"), Item(6, b"<</K []>>"), Item(7, b"<<>>", b"")]
    return PageRecord(
        items, 6, 7, 100.0, {3: "pages"}, "[]", ["[]"], [("a", "[6 0 R /XYZ 1 2 0]")], list(anchors), [], ["b"],
        glyphs_to_json(GLYPHS), page_counter=counter, start={"path": [0]}, forced_side=True, shift=2.5,
    )  # fmt: skip


def test_section_record_round_trip() -> None:
    record = SectionRecord(
        [page()], {"F1": FontUsage("Noto 12", "0 1 ab", {1: 1000})}, GLYPHS, True, ["d"], ["w"], ["x"]
    )
    data = record.to_bytes()
    read = SectionRecord.from_bytes(data)
    assert (read.fonts, read.glyphs) == (record.fonts, GLYPHS)
    (own,) = read.pages
    assert (own.items, own.shared, own.glyphs) == (page().items, {3: "pages"}, GLYPHS)
    assert (own.start, own.forced_side, own.shift) == ({"path": [0]}, True, 2.5)
    assert (read.ambiguous, read.blocks, read.warnings, read.missing_characters) == (True, ["d"], ["w"], ["x"])
    assert read.data == data == read.to_bytes()
    assert read.digest


def test_running_head_set_round_trip() -> None:
    heads = RunningHeadSet([RunningHead(b"abc", GLYPHS, {"a1": "<<>>"}), RunningHead(b"", {}, {})], {}, ["w"], ["x"])
    read = RunningHeadSet.from_bytes(heads.to_bytes())
    assert (read.pages, read.fonts, read.warnings, read.missing_characters) == (heads.pages, {}, ["w"], ["x"])


def test_glyphs_round_trip() -> None:
    assert glyphs_to_json(GLYPHS) == {"F1": ("000102bc", "海港"), "F2": ("0003", ["fi"])}
    assert glyphs_from_json(glyphs_to_json(GLYPHS)) == GLYPHS


def test_merged_glyphs_keep_the_first_text() -> None:
    assert merge_glyphs([{"F": {1: "a"}}, {"F": {2: "b"}}]) == ({"F": {1: "a", 2: "b"}}, False)
    assert merge_glyphs([{"F": {1: "a"}}, {"F": {1: "b"}}]) == ({"F": {1: "a"}}, True)


def test_extent_of_a_section_that_continues_folios() -> None:
    extent = extent_of([page(UNKNOWN_FOLIO_BASE + 1, ("a",)), page(UNKNOWN_FOLIO_BASE + 2, ("a", "b"))])
    assert extent == Extent((1, 2), 2, {"a": 0, "b": 1})
    assert (extent.folio(1, 10), extent.last(10), extent.last(None)) == (12, 12, None)


def test_extent_of_a_section_that_restarts_folios() -> None:
    extent = extent_of([page(UNKNOWN_FOLIO_BASE + 1), page(1)])
    assert extent == Extent((1, 1), 1, {})
    assert (extent.folio(0, 10), extent.folio(1, 10), extent.last(None)) == (11, 1, 1)


def test_page_that_opens_the_body() -> None:
    assert SectionRecord([page(), page(anchors=("opens-body",))], {}, {}).body_start == 1
    assert SectionRecord([page()], {}, {}).body_start is None
