"""What a file is, by its first bytes."""

from __future__ import annotations

import io
import zipfile

import pytest

from dingben.scan.file_kinds import foreign_kind, hint_for, layout_kind


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\xff\xd8\xff\xe0", "a JPEG picture"),
        (b"II*\0\x08", "a TIFF picture"),
        (b"AT&TFORM\0\0", "a DjVu document"),
        (rb"{\rtf1\ansi", "an RTF document"),
        (b"\x7fELF\x02", "a program"),
        (zipped("META-INF/container.xml"), "an EPUB"),
        (zipped("word/document.xml"), "a Word document"),
        (zipped("1.png", "2.png"), "a ZIP archive of page pictures"),
        (b"PK\x03\x04 and no more", "a damaged ZIP archive"),
        (b'[{"type": "text", "text": "x", "page_idx": 0}]', "JSON of an OCR engine"),
        (b"", ""),
        ("水自山中来".encode(), ""),
        (b'{"a poem": "in braces"}', ""),
    ],
)
def test_files_that_are_no_text_are_named(content: bytes, kind: str) -> None:
    assert foreign_kind(content) == kind
    assert layout_kind(content) is None
    assert hint_for(kind)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.4", "pdf"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><!-- by x --><alto xmlns='a'>", "alto"),
        (b"<pc:PcGts xmlns:pc='p'>", "page-xml"),
        (b"<html><body><p>a web page</p></body></html>", None),
        (b"<TEI xmlns='t'>", None),
        (b"< 3 and more", None),
    ],
)
def test_page_layout_formats_are_told_by_their_root(content: bytes, kind: str | None) -> None:
    assert layout_kind(content) == kind
