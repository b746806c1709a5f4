"""Designs: the built-in one and those of plugins; files of the book come first, then those of its design."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from dingben.book.designs import DEFAULT, Design, designs, load
from dingben.book.reader import read_book
from dingben.book.resources import find, packaged
from dingben.builder.staleness import reasons
from dingben.errors import SourceError, ToolError
from dingben.formats.archive.writer import design_files
from dingben.system.plugins import Entry
from dingben.theme.stylesheets import check_styles, stylesheet, variables
from tests.support.books import small_book, write
from tests.support.plugins import dingben, install

CODE = """
from pathlib import Path
from dingben.book.designs import Design
SLATE = Design("slate", Path(__file__).parent / "slate", "Slate headings")
EMPTY = Design("empty", Path(__file__).parent / "nothing")
TWICE = Design("default", None)
OTHER = "slate"
SHOUTED = Design("Slate", None)
"""


@pytest.fixture
def design(tmp_path: Path) -> Design:
    write(tmp_path / "slate/design.css", ":root { --accent: #345 }\n")
    write(tmp_path / "slate/templates/colophon.html", "<p>石板</p>\n")
    return Design("slate", tmp_path / "slate", "Slate headings")


def test_default_design_has_no_files() -> None:
    assert DEFAULT.files() == {}
    assert DEFAULT.file("styles", "design.css") is None
    assert designs()["default"][0] is DEFAULT


def test_files_of_the_book_then_of_the_design_then_packaged(tmp_path: Path, design: Design) -> None:
    book = tmp_path / "book"
    assert find(book, "templates", "colophon.html", design) == tmp_path / "slate/templates/colophon.html"
    assert find(book, "templates", "book.html", design) == packaged("templates") / "book.html"
    own = write(book / "templates/colophon.html", "<p>自己</p>\n")
    assert find(book, "templates", "colophon.html", design) == own
    assert find(book, "styles", "print.css", design) == packaged("styles") / "print.css"


def test_design_style_is_between_packaged_and_book_styles(tmp_path: Path, design: Design) -> None:
    book = tmp_path / "book"
    assert variables(stylesheet(book, "print", design=design))["--accent"] == "#345"
    write(book / "styles/book.css", ":root { --accent: #678 }\n")
    assert variables(stylesheet(book, "print", design=design))["--accent"] == "#678"


def test_external_resource_in_a_design_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "bad/design.css", "body { background: url(https://example.org/a.png) }\n")
    with pytest.raises(SourceError, match="external resource") as caught:
        check_styles(tmp_path / "book", Design("bad", tmp_path / "bad"))
    assert str(caught.value.diagnostics[0].location) == f"{tmp_path}/bad/design.css:1:8"


def test_changed_design_makes_outputs_stale(design: Design, tmp_path: Path) -> None:
    before = design.digests()
    write(tmp_path / "slate/design.css", ":root { --accent: #346 }\n")
    assert reasons(design.digests(), before) == ["design slate/styles/design.css changed"]


def test_unknown_design_is_an_error_with_a_place(tmp_path: Path) -> None:
    book = small_book(tmp_path, more='[format]\ndesign = "defualt"\n')
    with pytest.raises(SourceError, match="design 'defualt' is not installed") as caught:
        read_book(book)
    (problem,) = caught.value.diagnostics
    assert problem.hint == "Did you mean default?"
    assert problem.location is not None
    assert problem.location.line == 1 + (book / "source/book.toml").read_text("utf-8").split("\n").index(
        'design = "defualt"'
    )


def test_book_with_its_own_design_style_needs_no_installed_design(tmp_path: Path) -> None:
    book = small_book(tmp_path, more='[format]\ndesign = "slate"\n')
    write(book / "styles/design.css", ":root { --accent: #345 }\n")
    assert read_book(book).design is DEFAULT
    assert variables(stylesheet(book, "print"))["--accent"] == "#345"


def test_archive_contains_the_files_of_the_design(tmp_path: Path, design: Design) -> None:
    import dataclasses

    book = dataclasses.replace(read_book(small_book(tmp_path / "book")), design=design)
    files = design_files(book)
    assert files["styles/design.css"] == b":root { --accent: #345 }\n"
    assert files["templates/colophon.html"] == "<p>石板</p>\n".encode()
    assert "styles/print.css" in files


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("EMPTY", "has neither design.css nor templates/"),
        ("TWICE", "name 'default' is taken"),
        ("OTHER", "it is not a dingben.book.designs.Design"),
        ("SHOUTED", "'Slate' is not a name"),
        ("MISSING", "AttributeError"),
    ],
)
def test_invalid_design_plugin_is_an_error_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, fault: str
) -> None:
    write(tmp_path / "looks_of_test.py", CODE)
    monkeypatch.syspath_prepend(tmp_path)
    entries = [Entry("dingben.book.designs:DEFAULT"), Entry(f"looks_of_test:{name}", "looks")]
    with pytest.raises(ToolError, match=fault) as caught:
        load(entries)
    assert "of looks cannot be used" in str(caught.value)


def test_book_is_built_with_an_installed_design(tmp_path: Path) -> None:
    site = tmp_path / "site"
    install(site, "looks", CODE, "dingben.designs", "SLATE")
    write(site / "slate/design.css", "h1 { color: #345678 }\n")
    assert "slate         looks         Slate headings\n" in dingben(site, "designs").stdout
    book = small_book(tmp_path / "book", more='[format]\ndesign = "slate"\n')
    done = dingben(site, "build", "epub", "--book", book)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(book / "build/haigang.epub") as epub:
        assert any(b"color: #345678" in epub.read(name) for name in epub.namelist() if name.endswith(".css"))
