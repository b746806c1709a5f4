"""Raw bytes: encodings told apart, bad input refused with its place, lines with their fields."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dingben.book import encodings, raw_text
from dingben.cli import main
from dingben.errors import SourceError
from dingben.language.script import detect_language
from dingben.restore.audit import audit
from dingben.restore.ingest import ingest

HANS = "第一章 山水\n\n山水清音，何必丝竹？这个时候我们都在说话，他们也来了。\n"
HANT = "第一章 山水\n\n山水清音，何必絲竹？這個時候我們都在說話，他們也來了。\n"


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        (HANS, "utf-8", "utf-8"),
        (HANS, "utf-8-sig", "utf-8"),
        (HANS, "utf-16", "utf-16-le"),
        (HANS, "utf-16-le", "utf-16-le"),
        (HANS, "utf-16-be", "utf-16-be"),
        (HANS, "gb18030", "gb18030"),
        (HANT, "big5", "big5"),
        ("plain words\n", "ascii", "utf-8"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_are_detected_and_bytes_rebuilt(
    tmp_path: Path, text: str, encoding: str, expected: str, newline: str
) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_bytes(text.replace("\n", newline).encode(encoding))
    read = raw_text.read([raw])
    assert read.files[0].encoding == expected
    assert read.text.replace("\r\n", "\n") == text
    ingest([raw], tmp_path / "book")
    assert audit(tmp_path / "book") == ()


def test_encoding_can_be_chosen(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_bytes("山水".encode("gb18030"))
    assert raw_text.read([raw], "gbk").text == "山水"
    with pytest.raises(SourceError, match="there is no encoding"):
        raw_text.read([raw], "klingon")


def test_character_with_two_codes_is_rebuilt() -> None:
    content = b"\xa1\xc3\xa4\x40" * 3  # Big5 has two codes for one overline
    text, used, _ = raw_text.decode(content, Path("raw.txt"), "big5")
    assert encodings.encode(text, used, encodings.irregular(content, used)) == content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\n\t\n", "is empty"),
        ("山".encode() + b"\0\0", "NUL"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe\xfd", ""),
        ("第一章 山水清音\n".encode() + b"\xff\xff", ""),
    ],
)
def test_binary_file_is_an_error(tmp_path: Path, content: bytes, message: str) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_bytes(content)
    with pytest.raises(SourceError, match=message or None) as error:
        ingest([raw], tmp_path / "book")
    place = error.value.diagnostics[0].location
    assert place is not None
    assert place.file == raw
    assert error.value.diagnostics[0].hint
    assert not (tmp_path / "book").exists()


def test_missing_file_and_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        raw_text.read([tmp_path / "none.txt"])
    with pytest.raises(SourceError, match="is a folder"):
        raw_text.read([tmp_path])


def test_huge_or_special_file_is_not_read(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    with raw.open("wb") as stream:
        stream.truncate(200_000_000)
    with pytest.raises(SourceError, match="200 MB"):
        raw_text.read([raw])


def test_places_in_several_raw_files(tmp_path: Path) -> None:
    for name, text in (("a.txt", "第一章 山水\n\n山水清音"), ("b.txt", "，何必丝竹。\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    raw = raw_text.read([tmp_path / "a.txt", tmp_path / "b.txt"])
    assert str(raw.place(raw.text.index("何"))) == f"{tmp_path / 'b.txt'}:1:2"
    ingest([tmp_path / "a.txt", tmp_path / "b.txt"], tmp_path / "book")
    assert audit(tmp_path / "book") == ()
    assert "山水清音，何必丝竹。" in (tmp_path / "book/source/chapters/01-chapter.md").read_text(encoding="utf-8")


def test_language_of_the_text_is_detected() -> None:
    assert detect_language(HANS) == "zh-Hans"
    assert detect_language(HANT) == "zh-Hant"
    assert detect_language("It was a dark night, and the two of them went home. 山水") == "en"


def test_file_name_may_not_be_utf_8(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xffraw.txt"))
    path.write_text("第一章 起首\n正文从这里开始。\n", encoding="utf-8")
    assert main(["ingest", str(path), "--book", str(tmp_path / "book"), "--quiet"]) == 0
    assert (tmp_path / "book/source/ocr/_raw.txt").is_file()
    assert main(["audit", "--book", str(tmp_path / "book"), "--quiet"]) == 0


def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(SourceError, match="no raw text"):
            raw_text.read([path])
