"""Where images stand on a page, and their effective resolution."""

from __future__ import annotations

import pikepdf

from dingben.formats.press.image_placement import placed_images


def page_with_image(content: bytes) -> pikepdf.Pdf:
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(300, 300))
    image = document.make_stream(b"\0" * 100, Width=10, Height=10, BitsPerComponent=8)
    image.Type, image.Subtype, image.ColorSpace = pikepdf.Name.XObject, pikepdf.Name.Image, pikepdf.Name.DeviceGray
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
    page.obj.Contents = document.make_stream(content)
    return document


def test_resolution_depends_on_the_placed_size() -> None:
    with page_with_image(b"q 2 0 0 2 0 0 cm 36 0 0 72 10 20 cm /I Do Q 72 0 0 72 0 0 cm /I Do") as document:
        first, second = placed_images(document)
    assert first.box == (20, 40, 92, 184)
    assert first.ppi == 5
    assert (second.ppi, second.size_mm) == (10, (25.4, 25.4))


def test_page_without_images_has_no_placements() -> None:
    with page_with_image(b"0 0 9 9 re f") as document:
        assert placed_images(document) == []
