"""Files from strangers: no checker fetches a DTD, reads a local file or expands entities without end."""

from __future__ import annotations

import io
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from dingben.formats.archive.bagit import make_bag
from dingben.verification.checkers import CheckerReport, verify
from dingben.verification.untrusted import active_content, epub_faults, xml_faults

CANARY = "do-not-read-this-file"
TEI = '<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader/>{}</TEI>'


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server on loopback that nobody may connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.fixture
def doctypes(listener: socket.socket, tmp_path: Path) -> dict[str, str]:
    """Document types by kind; the root element calls ``&e;``."""
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    return {
        "external DTD": f'<!DOCTYPE TEI SYSTEM "{url}.dtd">',
        "file entity": f'<!DOCTYPE TEI [<!ENTITY e SYSTEM "{canary.as_uri()}">]>',
        "network entity": f'<!DOCTYPE TEI [<!ENTITY e SYSTEM "{url}">]>',
        "parameter entity": f'<!DOCTYPE TEI [<!ENTITY % p SYSTEM "{url}"> %p; <!ENTITY e "">]>',
        "many entities": f'<!DOCTYPE TEI [<!ENTITY e0 "ha">{laughs}<!ENTITY e "&e8;">]>',
    }


KINDS = ("external DTD", "file entity", "network entity", "parameter entity", "many entities")


def epub(package: bytes) -> bytes:
    """An EPUB with a package document and hardly anything else."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="p.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        )
        archive.writestr("p.opf", package)
    return out.getvalue()


def pdf(metadata: bytes) -> bytes:
    """A PDF of one empty page that claims PDF/A in its XMP metadata."""
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.Root.Metadata = pikepdf.Stream(
            document, metadata, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
        )
        document.save(out)
    return out.getvalue()


def check_refused(reports: tuple[CheckerReport, ...]) -> None:
    said = "\n".join(map(str, reports))
    assert CANARY not in said
    for report in reports:
        assert report.skipped or report.messages or report.checker.startswith(("qpdf", "bag", "preflight")), said


@pytest.mark.parametrize("kind", KINDS)
def test_tei_with_declarations_is_refused(tmp_path: Path, doctypes: dict[str, str], kind: str) -> None:
    file = tmp_path / "book.xml"
    file.write_text(doctypes[kind] + TEI.format("" if kind == "external DTD" else "&e;"), "utf-8")
    check_refused(verify(file))


@pytest.mark.parametrize("kind", KINDS)
def test_epub_with_declarations_is_refused(tmp_path: Path, doctypes: dict[str, str], kind: str) -> None:
    call = "" if kind == "external DTD" else "&e;"
    package = f'<package xmlns="http://www.idpf.org/2007/opf" version="3.0">{call}</package>'
    file = tmp_path / "book.epub"
    file.write_bytes(epub((doctypes[kind].replace("TEI", "package") + package).encode()))
    assert epub_faults(file)
    check_refused(verify(file))


@pytest.mark.parametrize("kind", ["file entity", "network entity"])
def test_pdf_metadata_with_declarations_is_refused(tmp_path: Path, doctypes: dict[str, str], kind: str) -> None:
    file = tmp_path / "book.pdf"
    rdf = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="2" pdfaid:conformance="A">'
        "&e;</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    file.write_bytes(pdf((doctypes[kind].replace("TEI", "xmpmeta") + rdf).encode()))
    check_refused(verify(file))


def test_refused_file_is_refused_in_a_bag(tmp_path: Path, doctypes: dict[str, str]) -> None:
    tei = (doctypes["file entity"] + TEI.format("&e;")).encode()
    payload = {"data/editions/book.xml": tei, "data/editions/book.epub": epub(tei)}
    tags = {"metadata/onix.xml": tei, "metadata/premis.xml": tei}
    bag = tmp_path / "bag"
    for name, content in make_bag(payload, tags, [("Bagging-Date", "2020-01-01")]).items():
        (bag / name).parent.mkdir(parents=True, exist_ok=True)
        (bag / name).write_bytes(content)
    check_refused(tuple(report for report in verify(bag) if not report.checker.startswith("bag")))


def test_declaration_in_utf_16_is_found() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'
    assert xml_faults(text.encode("utf-16"))


@pytest.mark.parametrize(
    "document",
    [
        b'<?xml version="1.0"?><a/>',
        b"<!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'/>",
        b'<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd"><ncx/>',
    ],
)
def test_usual_publications_are_accepted(document: bytes) -> None:
    assert xml_faults(document, public_doctype=True) == []


def test_decompression_bomb_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "book.epub"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("text.xhtml", bytes(5_000_000))
    assert "5,000,000 bytes from" in epub_faults(file)[0]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"<html><script>alert(1)</script></html>", "has a script"),
        (b'<html><p onclick="x()"/></html>', "has a script"),
        (b'<html><img src="https://example.org/a.png"/></html>', "names a file on the network"),
        (b'<html><a href="https://example.org/">link</a></html>', ""),
    ],
)
def test_active_content_is_found(tmp_path: Path, content: bytes, found: str) -> None:
    file = tmp_path / "book.epub"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("text.xhtml", content)
    assert active_content(file) == (f"text.xhtml {found}" if found else "")
