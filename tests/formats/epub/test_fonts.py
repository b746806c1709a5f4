"""A font inside the e-book: cut, named with its licence, or refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont

from dingben.builder.graph import build
from dingben.diagnostics import Location
from dingben.errors import RenderError
from dingben.formats.epub import fonts
from dingben.formats.epub.fonts import embed_font
from dingben.verification.checkers import epubcheck
from tests.support.books import small_book

PLACE = Location(Path("book.toml"), 9, 1)
FAMILY = "Noto Serif CJK SC"


@pytest.mark.slow
def test_epub_embeds_a_font_subset(tmp_path: Path, need: Callable[[str, str], str]) -> None:
    need("java", "apt install default-jre-headless")
    book = small_book(tmp_path, "# 章\n\n海港 Abc。\n", more=f'[format]\nembed_font = "{FAMILY}"\n')
    assert build(book, ["epub"]).diagnostics == ()
    path = tmp_path / "build/haigang.epub"
    with zipfile.ZipFile(path) as archive:
        data = archive.read("EPUB/fonts/text.otf")
        style = archive.read("EPUB/styles/stylesheet1.css").decode()
        package = archive.read("EPUB/content.opf").decode()
    characters = TTFont(io.BytesIO(data)).getBestCmap()
    assert {ord(c) for c in "海港Abc。第"} - {ord("第")} <= set(characters)
    assert ord("蟹") not in characters
    assert len(data) < 100_000
    assert f'body {{ font-family: "{FAMILY}", serif; }}' in style
    assert "SIL Open Font License" in style
    assert "SIL Open Font License" in package
    assert epubcheck(path).messages == ()


def test_font_subset_is_reproducible() -> None:
    one, two = (embed_font(FAMILY, set("港城海"), PLACE).data for _ in range(2))
    assert one == two


def test_characters_missing_in_the_font_are_reported() -> None:
    (finding,) = embed_font(FAMILY, {"海", "\U000f0000", "ꦀ"}, PLACE).findings
    assert "lacks 1 of the book's characters: ꦀ U+A980" in finding.message


def test_font_that_is_not_installed_is_an_error() -> None:
    with pytest.raises(RenderError, match="the font No Such Face is not installed"):
        embed_font("No Such Face", {"a"}, PLACE)


@pytest.mark.parametrize(
    ("kind", "allowed"), [(0, True), (4, True), (8, True), (2, False), (0x100, False), (0x200, False)]
)
def test_embedding_permissions_are_respected(
    kind: int, allowed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.ttf"
    build_font(path, kind)
    monkeypatch.setattr(fonts, "find_font_file", lambda *_: (path, 0))
    if allowed:
        assert embed_font("A", {"a"}, PLACE).name == "text.ttf"
    else:
        with pytest.raises(RenderError, match="forbids embedding"):
            embed_font("A", {"a"}, PLACE)


def build_font(path: Path, kind: int) -> None:
    """A font of one empty letter whose maker allows what ``kind`` (fsType) says."""
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "a"])
    builder.setupCharacterMap({97: "a"})
    empty = TTGlyphPen(None).glyph()
    builder.setupGlyf({".notdef": empty, "a": empty})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "a": (500, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "A", "styleName": "Regular"})
    builder.setupOS2(fsType=kind)
    builder.setupPost()
    builder.save(path)
