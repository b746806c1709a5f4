"""Pictures are what they say, or are refused."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from PIL import Image

from dingben import pictures
from dingben.errors import Place, SourceError
from dingben.pictures import Picture, read_picture

PLACE = Place(Path("01.md"), 3, 1)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="2" height="2"'


def read(path: Path) -> Picture:
    return read_picture(path, path.name, PLACE)


def svg(folder: Path, text: str) -> Path:
    path = folder / "a.svg"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("GIF", "image/gif"), ("WEBP", "image/webp")],
)
def test_kind_is_told_by_the_content(tmp_path: Path, kind: str, media_type: str) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (4, 3)).save(path, kind)
    assert read(path).media_type == media_type


def test_data_uri_holds_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (4, 3)).save(path)
    head, _, data = read(path).data_uri().partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(data) == path.read_bytes()


@pytest.mark.parametrize("kind", ["BMP", "TIFF"])
def test_kind_that_no_ebook_may_hold_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (4, 3)).save(path, kind)
    with pytest.raises(SourceError, match=f"is {kind}"):
        read(path)


@pytest.mark.parametrize("length", [0, 4, 20, 200])
def test_truncated_picture_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.png"
    Image.frombytes("L", (64, 64), hashlib.shake_256().digest(4096)).save(path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(SourceError, match="is broken or of an unknown kind") as caught:
        read(path)
    assert caught.value.problems[0].place == PLACE


def test_huge_picture_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 99)
    path = tmp_path / "a.png"
    Image.new("1", (10, 10)).save(path)
    with pytest.raises(SourceError, match="is larger than"):
        read(path)


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<text>甲</text>",
        '<rect fill="url(#a)"/>',
        '<use xlink:href="#a"/>',
        '<image href="data:image/png;base64,AA"/>',
        "<style>a{fill:red}</style>",
        "<!-- <script/> -->",
    ],
)
def test_svg_of_shapes_and_text_is_taken(tmp_path: Path, inside: str) -> None:
    assert read(svg(tmp_path, f"{SVG}>{inside}</svg>")).media_type == "image/svg+xml"


@pytest.mark.parametrize(
    "text",
    [
        f"{SVG}><script>x</script></svg>",
        f'{SVG} onload="x"/>',
        f'{SVG}><rect ONCLICK="x"/></svg>',
        f"{SVG}><foreignObject/></svg>",
        f"{SVG}><animate/></svg>",
        f'{SVG}><image xlink:href="https://example.org/a.png"/></svg>',
        f'{SVG}><image href="a.png"/></svg>',
        f'{SVG}><a href="javascript:x"/></svg>',
        f'{SVG}><rect fill="url(https://example.org/#a)"/></svg>',
        f"{SVG}><rect style=\"fill: url('https://example.org/')\"/></svg>",
        f"{SVG}><style>@import 'x.css'</style></svg>",
        f"{SVG}><style>a{{fill:url(https://example.org/)}}</style></svg>",
        f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>{SVG}><text>&a;</text></svg>',
        "<svg/>",
        "<html/>",
        "<svg",
        "",
    ],
)
def test_svg_that_is_more_than_a_picture_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(svg(tmp_path, text))
    assert caught.value.problems[0].place == PLACE


@pytest.mark.parametrize(
    "text",
    [
        f"{SVG}><style>@IMPORT 'x.css'</style></svg>",
        f"{SVG}><style>@im\\port 'x.css'</style></svg>",
        f'{SVG}><rect style="fill: URL(https://example.org/)"/></svg>',
        f"{SVG}><style>a <!-- x -->{{fill:url(https://example.org/)}}</style></svg>",
        f'<?xml-stylesheet href="https://example.org/x.css"?>{SVG}/>',
    ],
    ids=["capital @IMPORT", "escaped @import", "capital URL", "comment inside style", "stylesheet instruction"],
)
def test_svg_that_names_a_style_outside_by_a_trick_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError):
        read(svg(tmp_path, text))


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.jpg"])
def test_a_file_of_80_megabytes_is_refused_unopened(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(80_000_000)
    with pytest.raises(SourceError, match="is 80 MB, more than 32"):
        read_picture(path, name, Place(path))
