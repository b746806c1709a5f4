"""The raw text of pages, and where its characters stand."""

from __future__ import annotations

from dingben.scan.model import Box, Character, Page, Region, TextLine
from dingben.scan.raw_lines import write_text
from dingben.scan.xml_tree import spread


def line(text: str, left: float, top: float, size: float = 20, width: float | None = None) -> TextLine:
    box = Box(left, top, left + (size * len(text) if width is None else width), top + size)
    return TextLine(tuple(spread(text, box, None)), box)


def test_indents_blank_lines_and_pages_are_written() -> None:
    lines = (
        line("水自山中来", 60, 0),
        line("过城而东。", 20, 30),
        line("入于海。", 20, 60),
        line("潮水一日两次。", 60, 150),
    )
    page = Page((Region("text", lines),))
    text, records = write_text([page, page])
    one = "\u3000\u3000水自山中来\n过城而东。\n入于海。\n\n\u3000\u3000潮水一日两次。\n"
    assert text == f"{one}\f{one}"
    assert [(text[r.start : r.end], r.page) for r in records[3:5]] == [("潮水一日两次。", 0), ("水自山中来", 1)]


def test_other_kinds_of_regions_stand_apart() -> None:
    page = Page((Region("heading", (line("第一章", 20, 0),)), Region("text", (line("水自山中来。", 20, 30),))))
    text, records = write_text([page])
    assert text == "第一章\n\n水自山中来。\n"
    assert [record.kind for record in records] == ["heading", "text"]


def test_blanks_between_han_are_kept_where_the_page_has_room() -> None:
    def characters(*lefts: float) -> tuple[Character, ...]:
        parts: list[Character] = []
        for c, left in zip("水自山", lefts, strict=True):
            parts += [Character(" ")] if parts else []
            parts.append(Character(c, Box(left, 0, left + 20, 20)))
        return tuple(parts)

    close, wide = TextLine(characters(0, 22, 44)), TextLine(characters(0, 22, 70))
    assert write_text([Page((Region("text", (close, wide)),))])[0] == "水自山\n水自 山\n"


def test_every_character_of_a_line_has_its_record() -> None:
    odd = TextLine((Character("ab\n"), Character("\u2028c", Box(0, 0, 1, 1)), Character("\0")))
    text, (record,) = write_text([Page((Region("text", (odd,)),))], start=7)
    assert text == "ab c\n"
    assert (record.start, record.end) == (7, 11)
    assert "".join(c.text for c in record.characters) == "ab c"


def test_vertical_lines_begin_at_the_head_of_the_page() -> None:
    lines = tuple(
        TextLine(
            tuple(spread(text, Box(x, top, x + 20, top + 20 * len(text)), None, vertical=True)),
            Box(x, top, x + 20, top + 20 * len(text)),
        )
        for text, x, top in (("水自山中来", 300, 40), ("过城而东。", 270, 0), ("入于海。", 240, 0))
    )
    assert write_text([Page((Region("text", lines),))])[0] == "\u3000\u3000水自山中来\n过城而东。\n入于海。\n"
