"""Encodings: detected with a confidence, decoded and encoded back byte for byte."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingben.book import encodings, raw_text
from dingben.errors import SourceError

HANS = "雨停了，他把行李放在门边，老人说我们的船来了。\n"
HANT = "雨停了，他把行李放在門邊，老人說我們的船來了。\n"
JAPANESE = "船はまだ来ていなかった。「もう来ないのだろうか」と彼は言った。\n"
KOREAN = "날이 점점 어두워졌다. 노인은 창밖을 바라보며 배가 왔다고 말했다.\n"
GERMAN = "Über der Brücke stand ein größeres Gebäude; für Kähne war es zu früh.\n"


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        (HANS, "utf-8", "utf-8"),
        (HANS, "gb2312", "gb18030"),
        (HANS, "utf-16-le", "utf-16-le"),
        (HANS, "utf-16-be", "utf-16-be"),
        (HANT, "big5", "big5"),
        (HANT, "gbk", "gb18030"),
        (JAPANESE, "shift_jis", "cp932"),
        (JAPANESE * 8, "euc_jp", "euc_jp"),
        (KOREAN, "euc_kr", "cp949"),
        (GERMAN, "latin-1", "cp1252"),
        ("“It is late,” he said — and went home.\n", "cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_detected(text: str, written: str, found: str) -> None:
    assert encodings.detect(text.encode(written)) == found


def test_undecodable_bytes_are_an_error(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_bytes(bytes((7 * n * n + 131 * n) % 255 + 1 for n in range(4000)))
    with pytest.raises(SourceError):
        raw_text.read([raw])


def test_ambiguous_encoding_is_an_error_with_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_bytes(HANS.encode("gb18030"))
    monkeypatch.setattr(encodings, "MARGIN", 2.0)
    with pytest.raises(SourceError, match="gb18030: “雨停了") as error:
        raw_text.read([raw])
    assert "--encoding gb18030" in error.value.diagnostics[0].hint


def test_damaged_byte_is_reported_with_the_likely_encoding(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    content = (HANS * 40).encode("gb18030")
    raw.write_bytes(content + b"\xff\n" + content)
    with pytest.raises(SourceError, match=rf"byte {len(content)} \(0xff\) is no gb18030") as error:
        raw_text.read([raw])
    assert str(error.value.diagnostics[0]).startswith(f"{raw}:41:")


def test_chosen_encoding_keeps_damaged_bytes_as_gaps(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    content = (HANS * 40).encode("gb18030")
    raw.write_bytes(content + b"\xff" + content)
    read = raw_text.read([raw], "gb18030")
    file = read.files[0]
    assert read.text == HANS * 40 + "\ufffd" + HANS * 40
    assert file.odd == ((len(HANS) * 40, "ff"),)
    assert encodings.encode(read.text, file.encoding, file.odd) == raw.read_bytes()


def test_chosen_encoding_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_bytes((HANS * 40).encode("gb18030"))
    with pytest.raises(SourceError, match="is no utf-8"):
        raw_text.read([raw], "utf-8")


def test_codec_without_text_is_an_error(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text(HANS, "utf-8")
    with pytest.raises(SourceError, match="there is no encoding 'zlib'"):
        raw_text.read([raw], "zlib")


@given(st.binary(max_size=200), st.sampled_from(["gb18030", "big5", "cp932", "euc_jp", "cp949", "utf-8", "utf-16-le"]))
def test_any_bytes_are_decoded_and_encoded_back(body: bytes, encoding: str) -> None:
    text, gaps = encodings.decode_with_gaps(body, encoding)
    assert [text[at] for at, _ in gaps] == [encodings.GAP] * len(gaps)
    assert encodings.encode(text, encoding, encodings.irregular(body, encoding)) == body


def test_decoding_many_gaps_takes_linear_time() -> None:
    body = "雨".encode("gb18030") + b"\xff"
    assert len(encodings.undecodable_spans(body * 100_000, "gb18030")) == 100_000


def test_error_handler_does_not_change_strict_decoding() -> None:
    encodings.decode_with_gaps(b"\xff", "utf-8")
    with pytest.raises(UnicodeDecodeError):
        codecs.decode(b"\xff", "utf-8")
