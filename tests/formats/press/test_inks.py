"""Colours converted by an ICC profile, and profiles that can't be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book.resources import packaged
from dingben.builder.graph import build
from dingben.errors import SourceError
from dingben.formats.press.inks import read_printing_condition
from tests.support.books import small_book

PROFILE = packaged("styles") / "FOGRA39L_coated.icc"


def test_icc_profile_must_be_for_printing(tmp_path: Path) -> None:
    from PIL import ImageCms

    folder = small_book(tmp_path, more='[print]\nprofile = "mine.icc"\n')
    (folder / "styles").mkdir()
    (folder / "styles/mine.icc").write_bytes(b"no profile")
    with pytest.raises(SourceError, match="this is not an ICC profile") as caught:
        build(folder, ["print"])
    assert str(caught.value.diagnostics[0].location).endswith("mine.icc")
    screen = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    (folder / "styles/mine.icc").write_bytes(screen)
    with pytest.raises(SourceError, match="this ICC profile is for mntr for RGB"):
        build(folder, ["print"])


def test_black_stays_pure_and_colors_are_converted() -> None:
    inks = read_printing_condition(PROFILE)
    assert inks.ink(0, 0, 0) == (0, 0, 0, 1)
    assert inks.ink(0.5, 0.5, 0.505)[:3] == (0, 0, 0)
    cyan, magenta, yellow, _ = inks.ink(0.6, 0.2, 0.16)
    assert cyan < 0.3 < min(magenta, yellow)
    assert inks.ink(2, 2, 2) == (0, 0, 0, 0)
