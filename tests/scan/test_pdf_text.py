"""The text layer of a PDF."""

from __future__ import annotations

import pytest
import weasyprint

from dingben.scan import pdf_text

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEANl9ngAAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    style = "<style>@page { size: 200pt 300pt; margin: 20pt } * { margin: 0 } p { font: 10pt/15pt 'Noto Serif CJK SC' }</style>"
    body = f"<p>水自山中来，</p><p>过城而东𠀀。</p><p style='break-before: page'><img width=50 src='{PIXEL}'></p>"
    return bytes(weasyprint.HTML(string=style + body).write_pdf() or b"")


def test_lines_have_their_boxes_from_the_head_of_the_page(pdf: bytes) -> None:
    (page, _), _ = pdf_text.read(pdf)
    lines = page.regions[0].lines
    assert [line.text for line in lines] == ["水自山中来，", "过城而东𠀀。"]
    first, second = lines[0].box, lines[1].box
    assert first is not None
    assert second is not None
    assert 20 <= first.top < first.bottom <= 36
    assert 14 <= second.top - first.top <= 16
    assert all(character.box is not None for character in lines[0].characters)


def test_a_page_that_is_a_picture_is_a_fault(pdf: bytes) -> None:
    _, faults = pdf_text.read(pdf)
    assert faults == [(1, "it is a picture without text: it has to be recognised first")]
