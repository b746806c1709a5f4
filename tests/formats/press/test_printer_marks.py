"""Page boxes and marks of a press sheet."""

from __future__ import annotations

from dingben.formats.press.printer_marks import GAP, SLUG, PressSheet, crop_marks, fold_marks, printer_marks

SHEET = PressSheet(width=400, height=600, bleed=10)


def test_page_boxes_are_nested() -> None:
    media, bleed, trim = (list(map(float, SHEET.box(beyond))) for beyond in (SHEET.margin, SHEET.bleed, 0))
    assert media == [0, 0, round(400 + 2 * SHEET.margin, 4), round(600 + 2 * SHEET.margin, 4)]
    assert (bleed[0], trim[0]) == (round(SLUG, 4), round(SLUG + 10, 4))


def test_crop_marks_are_outside_the_bleed() -> None:
    marks = crop_marks(SHEET)
    left, low, right, high = (float(v) for v in SHEET.box(SHEET.bleed))
    assert len(marks) == 8
    assert all(
        not (left - GAP / 2 < x < right + GAP / 2 and low - GAP / 2 < y < high + GAP / 2) for x, y, _, _ in marks
    )


def test_fold_marks_have_three_dashes() -> None:
    assert len(fold_marks(PressSheet(400, 600, 10, folds=(200.0,)))) == 6


def test_registration_marks_on_color_pages_only() -> None:
    assert b"/All CS" in printer_marks(SHEET, colour=True)
    assert b" c S" not in printer_marks(SHEET, colour=False)
