"""Which files a build may read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dingben.book.resources import find, inside, is_present, packaged, read_style, read_text
from dingben.errors import SourceError
from tests.support.books import write


def test_templates_and_styles_are_packaged() -> None:
    assert (packaged("templates") / "book.html").is_file()
    assert (packaged("styles") / "base.css").is_file()


def test_files_of_the_book_override_packaged_ones(tmp_path: Path) -> None:
    assert find(tmp_path, "templates", "book.html") == packaged("templates") / "book.html"
    own = write(tmp_path / "templates/book.html", "x")
    assert find(tmp_path, "templates", "book.html") == own


def test_unknown_file_is_none_and_unknown_style_is_empty(tmp_path: Path) -> None:
    assert find(tmp_path, "templates", "nix.html") is None
    assert read_style(tmp_path, "nix.css") == ""


@pytest.mark.parametrize("name", ["../../secret", "../../book/../secret", "/etc/passwd", "link"])
def test_path_outside_the_book_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path / "secret", "x")
    folder = tmp_path / "book"
    (folder / "templates").mkdir(parents=True)
    (folder / "templates/link").symlink_to(tmp_path / "secret")
    with pytest.raises(SourceError, match="is outside the book"):
        find(folder, "templates", name)


def test_path_outside_the_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is outside the book"):
        find(tmp_path, "styles", "../templates/book.html")


def test_link_inside_the_book_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "a", "x")
    (tmp_path / "b").symlink_to("a")
    assert inside(tmp_path, tmp_path / "b") == tmp_path / "b"


def test_sibling_folder_with_a_longer_name_is_outside(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        inside(tmp_path / "book", tmp_path / "book2/a")


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="can't be read: No such file"):
        read_text(tmp_path / "nix")


@pytest.mark.parametrize(("raw", "text"), [(b"\xef\xbb\xbfa\r\nb\rc\n", "a\nb\nc\n"), (b"a\tb", "a\tb"), (b"", "")])
def test_text_is_read_with_normal_line_ends_and_no_byte_order_mark(tmp_path: Path, raw: bytes, text: str) -> None:
    (tmp_path / "a").write_bytes(raw)
    assert read_text(tmp_path / "a") == text


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x0b", "\uffff"])
def test_control_character_is_refused_with_its_place(tmp_path: Path, character: str) -> None:
    (tmp_path / "a").write_text(f"甲\n乙{character}", encoding="utf-8")
    with pytest.raises(SourceError, match=f"control character U\\+{ord(character):04X}") as caught:
        read_text(tmp_path / "a")
    assert str(caught.value.diagnostics[0]).startswith(f"{tmp_path / 'a'}:2:2:")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_an_optional_file_that_is_no_file_is_an_error(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "emendations.toml"
    assert not is_present(path)
    make(path)
    with pytest.raises(SourceError, match="not a file"):
        is_present(path)
