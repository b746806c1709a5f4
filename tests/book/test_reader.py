"""The border: book.toml, chapters and printed contents are read, or refused with a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book.model import ContentsEntry
from dingben.book.reader import read_book
from dingben.document.model import Heading
from dingben.errors import SourceError
from dingben.theme.templates import Templates
from tests.support.books import full_book, small_book, write

DIVISION = '[[division]]\nmatter = "body"\nrole = "chapter"\nfile = "chapters/01.md"\n'


def errors_of(folder: Path) -> list[str]:
    """Each problem of the book as ``path:line:column: message | hint``, paths from the book's folder."""
    with pytest.raises(SourceError) as caught:
        read_book(folder)
    assert caught.value.exit_code == 3
    return [f"{p} | {p.hint}".replace(f"{folder}/", "") for p in caught.value.diagnostics]


def toml(folder: Path, text: str) -> Path:
    small_book(folder)
    write(folder / "source/book.toml", text)
    return folder


def test_reads_every_part_of_a_book(tmp_path: Path) -> None:
    book = read_book(full_book(tmp_path))
    assert book.title.subtitle == "兼论《海港志》"
    assert [(c.name, c.role) for c in book.contributors] == [("张某", "aut"), ("李某", "edt")]
    assert book.authors == ("张某",)
    assert book.byline == "张某 等著"
    assert book.publication.isbn == "978-7-5000-1234-4"
    assert book.imprint.phone_piracy == ("010-10000001", "010-10000002")
    assert book.format.trim == "710mm×1000mm 1/16"
    assert [d.role for d in book.divisions][:4] == ["halftitlepage", "titlepage", "imprint", "preface"]
    assert book.divisions[0].path is None
    assert book.divisions[3].text.startswith("# 前言\n")


def test_byline_defaults_to_the_authors(tmp_path: Path) -> None:
    more = '[[contributor]]\nname = "李某"\n[[contributor]]\nname = "王某"\nrole = "edt"'
    assert read_book(small_book(tmp_path, more=more)).byline == "张某、李某 著"


def test_page_size_is_two_numbers(tmp_path: Path) -> None:
    assert read_book(small_book(tmp_path, more="[format]\npage = [140, 203.5]")).format.page == (140.0, 203.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[book]\ntitle = "甲"\nsubtitel = "乙"\n' + DIVISION,
            "source/book.toml:3:1: unknown key subtitel in [book] | Did you mean subtitle?",
        ),
        (
            '[book]\ntitle = "甲"\n  slgu = "x"\n' + DIVISION,
            "book.toml:3:3: unknown key slgu in [book] | Did you mean slug?",
        ),
        (
            '[book]\ntitle = "甲"\nzzz = "x"\n' + DIVISION,
            "book.toml:3:1: unknown key zzz in [book] | [book] knows: title,",
        ),
        ("[book]\ntitle = 3\n" + DIVISION, "book.toml:2:1: title must be a string, not a number | Write: title ="),
        ('[book]\ntitle = "甲"\nslug = true\n' + DIVISION, "book.toml:3:1: slug must be a string, not a boolean"),
        ('[book]\ntitle = "甲"\nslug = 2017-11-01\n' + DIVISION, "book.toml:3:1: slug must be a string, not a date"),
        ('[book]\nslug = "x"\n' + DIVISION, 'book.toml:1:1: [book] has no title | Add: title = "…"'),
        ('[book]\ntitle = " "\n' + DIVISION, "book.toml:2:1: title is empty"),
        ('[book]\ntitle = "a\\u0007"\n' + DIVISION, "book.toml:2:1: title holds a control character U+0007"),
        (DIVISION, "book.toml:1:1: there is no [book] table"),
        ('[book]\ntitle = "甲"\n', "book.toml:1:1: the book has no [[division]]"),
        (
            '[book]\ntitle = "甲"\n\n[bok]\na = "x"\n' + DIVISION,
            "book.toml:4:1: unknown table [bok] | Known: book,",
        ),
        ('book = "甲"\n' + DIVISION, "book.toml:1:1: book must be a table | Write [book] on a line of its own."),
        (
            '[book]\ntitle = "甲"\n[contributor]\nname = "x"\n' + DIVISION,
            "book.toml:3:1: contributor must be a table | Write [[contributor]]",
        ),
        (
            '[book]\ntitle = "甲"\n[[contributor]]\nrole = "aut"\n' + DIVISION,
            "book.toml:3:1: [contributor] has no name",
        ),
        ('[book]\ntitle = "甲"\nslug = "../x"\n' + DIVISION, "book.toml:3:1: slug '../x' can't be a file name"),
        ('[book]\ntitle = "甲"\nlanguage = "中文"\n' + DIVISION, "book.toml:3:1: language '中文' is no language tag"),
        (
            '[book]\ntitle = "甲"\n[format]\npage = [170]\n' + DIVISION,
            "book.toml:4:1: page must be two numbers, width and height in mm, not a list",
        ),
        ('[book]\ntitle = "甲"\n[format]\npage = [true, 240]\n' + DIVISION, "book.toml:4:1: page must be two numbers"),
        (
            '[book]\ntitle = "甲"\n[imprint]\nphone_piracy = "010"\n' + DIVISION,
            'book.toml:4:1: phone_piracy must be a list of strings, not a string | Write: phone_piracy = ["…", "…"]',
        ),
        (
            '[book]\ntitle = "甲"\n' + DIVISION.replace('chapter"', 'chaptre"'),
            "book.toml:5:1: role 'chaptre' is unknown",
        ),
        (
            '[book]\ntitle = "甲"\n' + DIVISION.replace("body", "middle"),
            "book.toml:4:1: matter 'middle' is unknown | It is front, body or back.",
        ),
        (
            '[book]\ntitle = "甲"\n' + DIVISION.replace("file", "fiel"),
            "book.toml:6:1: unknown key fiel in [division] | Did you mean file?",
        ),
        (
            '[book]\ntitle = "甲"\n[[division]]\nmatter = "body"\nrole = "chapter"\n',
            "book.toml:5:1: a division of role chapter needs a file",
        ),
        (
            '[book]\ntitle = "甲"\n' + DIVISION.replace('"chapters/01.md"', "1"),
            "book.toml:6:1: file must be a string, not a number",
        ),
        ('[book]\ntitle = "甲"\n' + DIVISION.replace("01.md", "02.md"), "book.toml:6:1: chapters/02.md does not exist"),
        (
            '[book]\ntitle = "甲"\n' + DIVISION.replace("chapters/01.md", "/etc/passwd"),
            "book.toml:6:1: /etc/passwd is outside the book",
        ),
        ('[book]\ntitle = "甲"\n' + DIVISION.replace("chapters", "../.."), "is outside the book"),
        ('[book]\ntitle = "甲"\n' + DIVISION * 2, "book.toml:10:1: 01.md is listed twice"),
        (
            '[book]\ntitle = "甲"\n' + DIVISION + '[[division]]\nmatter = "front"\nrole = "imprint"\n',
            "book.toml:8:1: front matter comes after body matter | Order: front, body, back.",
        ),
    ],
)
def test_error_in_book_toml_has_a_place(tmp_path: Path, text: str, expected: str) -> None:
    problems = errors_of(toml(tmp_path, text))
    assert len(problems) == 1
    assert expected in problems[0]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[book]\ntitle = "甲\n', "2:"),
        ("[book]\ntitle = 甲\n", "2:9"),
        ("[book\n", "1:6"),
        ('[book]\na = "1"\na = "2"\n', "3:"),
    ],
)
def test_toml_syntax_error_has_line_and_column(tmp_path: Path, text: str, place: str) -> None:
    (problem,) = errors_of(toml(tmp_path, text))
    assert problem.startswith(f"source/book.toml:{place}")
    assert "not TOML" in problem


def test_all_errors_are_reported_in_order(tmp_path: Path) -> None:
    text = '[book]\ntitle = 1\nslgu = "x"\n[publication]\nisbm = "9"\n' + DIVISION.replace('chapter"', 'nix"')
    assert [p.split(" | ")[0].split(": ")[0] for p in errors_of(toml(tmp_path, text))] == [
        f"source/book.toml:{line}:1" for line in (2, 3, 5, 8)
    ]


def test_missing_book_hints_at_the_commands_that_create_one(tmp_path: Path) -> None:
    (problem,) = errors_of(tmp_path)
    assert "there is no book here" in problem
    assert "dingben new" in problem


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "source/chapters/01.md:1:1: the chapter is empty"),
        (b" \n\n", "source/chapters/01.md:1:1: the chapter is empty"),
        (b"# a\n\nbc\xff\n", "source/chapters/01.md:3:3: not UTF-8: byte 0xff"),
        ("# 甲\n\n正\x0c文\n".encode(), "source/chapters/01.md:3:2: control character U+000C"),
        ("# 甲\n\n\ufffe\n".encode(), "source/chapters/01.md:3:1: control character U+FFFE"),
    ],
)
def test_invalid_chapter_is_an_error_with_a_place(tmp_path: Path, content: bytes, expected: str) -> None:
    (small_book(tmp_path) / "source/chapters/01.md").write_bytes(content)
    (problem,) = errors_of(tmp_path)
    assert problem.startswith(expected)


def test_place_of_a_wrong_byte_counts_characters(tmp_path: Path) -> None:
    (small_book(tmp_path) / "source/chapters/01.md").write_bytes("正文".encode() + b"\xff")
    assert errors_of(tmp_path)[0].startswith("source/chapters/01.md:1:3: not UTF-8: byte 0xff")


def test_wrong_byte_after_a_byte_order_mark_has_the_right_place(tmp_path: Path) -> None:
    (small_book(tmp_path) / "source/chapters/01.md").write_bytes(b"\xef\xbb\xbfab\xffc")
    assert errors_of(tmp_path)[0].startswith("source/chapters/01.md:1:3: not UTF-8: byte 0xff")


def test_byte_order_mark_and_crlf_are_removed(tmp_path: Path) -> None:
    folder = small_book(tmp_path)
    for name in ("source/book.toml", "source/chapters/01.md"):
        path = folder / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_book(folder).divisions[0].text == "# 第一章 起首\n\n正文。\n"


def test_chapter_linked_from_outside_is_refused(tmp_path: Path) -> None:
    folder = small_book(tmp_path / "book")
    secret = write(tmp_path / "secret.md", "# 机密\n")
    chapter = folder / "source/chapters/01.md"
    chapter.unlink()
    chapter.symlink_to(secret)
    (problem,) = errors_of(folder)
    assert problem.startswith("source/book.toml:")
    assert "is outside the book" in problem


def test_book_toml_linked_from_outside_is_refused(tmp_path: Path) -> None:
    folder = small_book(tmp_path / "book")
    (folder / "source/book.toml").rename(tmp_path / "book.toml")
    (folder / "source/book.toml").symlink_to(tmp_path / "book.toml")
    assert "is outside the book" in errors_of(folder)[0]


def test_contents_tsv_is_read_and_page_is_optional(tmp_path: Path) -> None:
    write(small_book(tmp_path) / "source/contents.tsv", "# level text page\n1\t第一章 起首\t1\n\n2\t第一节\n")
    assert read_book(tmp_path).contents == (ContentsEntry(1, "第一章 起首", "1"), ContentsEntry(2, "第一节", ""))


@pytest.mark.parametrize("line", ["第一章", "7\t第一章\t1", "x\t第一章\t1", "1\ta\tb\tc", "1 第一章 1"])
def test_invalid_line_of_contents_tsv_is_an_error(tmp_path: Path, line: str) -> None:
    write(small_book(tmp_path) / "source/contents.tsv", f"1\t甲\t1\n{line}\n")
    (problem,) = errors_of(tmp_path)
    assert problem.startswith("source/contents.tsv:2:1: not a contents entry")


def test_errors_of_several_files_are_reported_together(tmp_path: Path) -> None:
    folder = small_book(tmp_path, "", head='zzz = "x"')
    write(folder / "source/contents.tsv", "x\n")
    assert {p.split(":")[0].rpartition("/")[2] for p in errors_of(folder)} == {"book.toml", "01.md", "contents.tsv"}


@pytest.mark.parametrize("name", ["a\\u0000b", "a" * 300], ids=["NUL", "too long"])
def test_impossible_file_name_is_an_error_of_the_book(tmp_path: Path, name: str) -> None:
    errors_of(toml(tmp_path, '[book]\ntitle = "甲"\n' + DIVISION.replace("01.md", name)))


def test_chapter_that_links_to_itself_is_an_error_of_the_book(tmp_path: Path) -> None:
    chapter = small_book(tmp_path) / "source/chapters/01.md"
    chapter.unlink()
    chapter.symlink_to("01.md")
    errors_of(tmp_path)


def test_control_character_in_the_title_of_a_division_is_refused(tmp_path: Path) -> None:
    errors_of(toml(tmp_path, '[book]\ntitle = "甲"\n' + DIVISION + 'title = "a\\u0007"\n'))


def test_depth_of_the_contents_is_one_to_six(tmp_path: Path) -> None:
    assert read_book(small_book(tmp_path, more="[format]\ntoc_depth = 2\n")).format.toc_depth == 2
    with pytest.raises(SourceError, match="toc_depth 7 is out of range"):
        read_book(small_book(tmp_path, more="[format]\ntoc_depth = 7\n"))


def test_contents_have_the_levels_of_toc_depth(tmp_path: Path) -> None:
    book = read_book(small_book(tmp_path, more="[format]\ntoc_depth = 1\n"))
    headings = [Heading(1, "a", "", "甲"), Heading(2, "b", "", "乙")]
    part = {"heading": headings[0], "headings": headings, "role": "chapter", "matter": "body"}
    html = Templates(book).render("toc.html", sections=[part])
    assert "甲" in html
    assert "乙" not in html
