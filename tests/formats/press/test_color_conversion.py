"""Colour operators of content streams, converted to CMYK."""

from __future__ import annotations

import functools
import io
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from dingben.book.resources import packaged
from dingben.formats.press.block import PressOptions, make_press
from dingben.formats.press.inks import read_printing_condition

PROFILE = packaged("styles") / "FOGRA39L_coated.icc"


def plates(content: bytes, spaces: dict[str, pikepdf.Object] | None = None) -> str:
    """A page's content for the press, without the marks round it."""
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(300, 300))
        page.obj.Resources = pikepdf.Dictionary({"/ColorSpace": spaces or {}})
        page.obj.Contents = document.make_stream(content)
        out = io.BytesIO()
        document.save(out)
    job = PressOptions("t", None, "t", read_printing_condition(PROFILE), datetime(2020, 1, 1, tzinfo=UTC), specimen())
    with pikepdf.open(io.BytesIO(make_press(out.getvalue(), job).pdf)) as made:
        text = made.pages[0].Contents.read_bytes().decode("latin-1")
    return " ".join(text.split(" cm\n", 1)[1].rsplit("\nQ\nq [] 0 d", 1)[0].split())


@functools.cache
def specimen() -> bytes:
    from dingben.typeset import LayoutOptions, typeset_page

    return typeset_page(
        "<html lang='en'><head><title>s</title></head><body>0123456789</body></html>", LayoutOptions(Path(), ())
    ).pdf


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("0 0 0 rg @", "/OverFill gs 0 0 0 1 k @"),
        ("1 1 1 rg @", "/Knock gs 0 0 0 0 k @"),
        (".8 g @", "/Knock gs 0 0 0 0.2 k @"),
        ("0 G #", "/OverStroke gs 0 0 0 1 K #"),
        ("0 0 0 rg @ 1 g @", "/OverFill gs 0 0 0 1 k @ /Knock gs 0 0 0 0 k @"),
        ("0 g q 1 g @ Q @ 0 g @", "q /Knock gs 0 0 0 0 k @ Q /OverFill gs 0 0 0 1 k @ @"),
        ("/DeviceRGB cs .5 .5 .5 sc @", "/Knock gs 0 0 0 0.5 k @"),
        ("1 0 0 rg 0 0 9 9 re W n 0 g 0 0 9 9 re f", "0 0 9 9 re W n /OverFill gs 0 0 0 1 k 0 0 9 9 re f"),
        ("1 g 0 G 0 0 m 9 9 l B", "/Knock gs 0 0 0 0 k /OverStroke gs 0 0 0 1 K 0 0 m 9 9 l B"),
        (
            "0 G 1 g BT 1 Tr (a) Tj 0 Tr (b) Tj ET",
            "BT 1 Tr /OverStroke gs 0 0 0 1 K (a) Tj 0 Tr 0 0 0 0 k (b) Tj ET",
        ),
        (".15 g BT (a) Tj ET @", "BT /OverFill gs 0 0 0 1 k (a) Tj ET /Knock gs 0 0 0 0.85 k @"),
        (".5 g BT (a) Tj ET", "BT /Knock gs 0 0 0 0.5 k (a) Tj ET"),
        ("1 0 0 0 k @", "/Knock gs 1 0 0 0 k @"),
        ("/Span <</MCID 1>> BDC 0 g @ EMC", "/OverFill gs 0 0 0 1 k @"),
        ("/Artifact BMC .99 1 .995 rg @ EMC", "/Knock gs 0 0 0 0.005 k @"),
    ],
)
def test_color_operators(before: str, after: str) -> None:
    shapes = {"@": "0 0 9 9 re f", "#": "0 0 m 9 9 l S"}
    for sign, shape in shapes.items():
        before, after = before.replace(sign, shape), after.replace(sign, shape)
    assert plates(before.encode()) == after


def test_lab_colors_are_converted() -> None:
    lab = pikepdf.Array(
        [pikepdf.Name.Lab, pikepdf.Dictionary(WhitePoint=[0.9643, 1, 0.8251], Range=[-125, 125, -125, 125])]
    )
    made = plates(b"/lab cs 50 0 0 sc 0 0 9 9 re f /lab cs 50 70 50 sc 0 0 9 9 re f", {"/lab": lab}).split(
        " 0 0 9 9 re f"
    )
    assert made[0].endswith("0 0 0 0.534 k")
    cyan, magenta, yellow, _ = (float(v) for v in made[1].split()[-5:-1])
    assert cyan < 0.3 < 0.8 < min(magenta, yellow) + 0.01
