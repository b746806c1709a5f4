"""Pictures are what they say, or are refused."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from PIL import Image

from dingben.diagnostics import Location
from dingben.document.images import Picture, raster_images, read_picture
from dingben.errors import SourceError

PLACE = Location(Path("01.md"), 3, 1)


def read(path: Path) -> Picture:
    return read_picture(path, path.name, PLACE)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("GIF", "image/gif"), ("WEBP", "image/webp")],
)
def test_image_type_is_detected_by_content(tmp_path: Path, kind: str, media_type: str) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (4, 3)).save(path, kind)
    assert read(path).media_type == media_type


def test_data_uri_contains_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (4, 3)).save(path)
    head, _, data = read(path).data_uri().partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(data) == path.read_bytes()


@pytest.mark.parametrize("kind", ["BMP", "TIFF"])
def test_image_type_not_allowed_in_ebooks_is_an_error(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (4, 3)).save(path, kind)
    with pytest.raises(SourceError, match=f"is {kind}"):
        read(path)


@pytest.mark.parametrize("length", [0, 4, 20, 200])
def test_truncated_image_is_an_error(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.png"
    Image.frombytes("L", (64, 64), hashlib.shake_256().digest(4096)).save(path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(SourceError, match="is broken or of an unknown kind") as caught:
        read(path)
    assert caught.value.diagnostics[0].location == PLACE


def test_huge_image_is_refused_before_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster_images, "MAX_PIXELS", 99)
    path = tmp_path / "a.png"
    Image.new("1", (10, 10)).save(path)
    with pytest.raises(SourceError, match="is larger than"):
        read(path)


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.jpg"])
def test_image_file_of_80_megabytes_is_not_opened(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(80_000_000)
    with pytest.raises(SourceError, match="is 80 MB, more than 32"):
        read_picture(path, name, Location(path))
