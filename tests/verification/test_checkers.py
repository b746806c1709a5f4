"""Outputs checked by other programs."""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from dingben.builder.graph import build
from dingben.errors import SourceError, ToolError, UsageError
from dingben.formats.press import preflight
from dingben.system import external_programs
from dingben.verification import checkers
from dingben.verification.checkers import CheckerReport

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(path)
    return path


def test_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        checkers.verify(tmp_path / "a.pdf")


def test_unknown_file_type_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UsageError, match="is of a type that cannot be verified"):
        checkers.verify(tmp_path / "a.txt")


def test_missing_checkers_are_skipped_with_an_install_hint(pdf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    epub = pdf.with_suffix(".epub")
    epub.write_bytes(b"x")
    reports = [*checkers.verify(pdf), *checkers.verify(epub)]
    assert [r.checker for r in reports] == ["qpdf", "preflight (no standard)", "EPUBCheck", "Ace"]
    assert all(r.skipped and not r.messages for r in reports if "preflight" not in r.checker)
    assert "apt install qpdf" in str(reports[0])


def test_ink_found_by_ghostscript_is_reported(
    tmp_path: Path, need: Callable[[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    need("gs", "apt install ghostscript")
    path = tmp_path / "a.pdf"
    with pikepdf.new() as document:
        for content in (b"0 0 0 1 k 9 9 99 99 re f", b"1 0 0 0 k 9 9 99 99 re f"):
            document.add_blank_page().obj.Contents = document.make_stream(content)
        document.save(path)
    assert checkers.inkcov(path).messages == ()
    monkeypatch.setattr(checkers, "read_report", lambda _: preflight.Preflight(pages=2, inks={"K": "1–2"}))
    (message,) = checkers.inkcov(path).messages
    assert message.startswith("page 2: colour (")


def test_good_pdf_passes(pdf: Path, need: Callable[[str, str], str]) -> None:
    need("qpdf", "apt install qpdf")
    report = checkers.qpdf(pdf)
    assert report.messages == ()
    assert str(report) == f"{pdf}: qpdf passed"


def test_file_type_is_detected_by_suffix(pdf: Path) -> None:
    assert checkers.verify(pdf.rename(pdf.with_suffix(".PDF")))


def test_broken_pdf_is_reported(pdf: Path, need: Callable[[str, str], str]) -> None:
    need("qpdf", "apt install qpdf")
    pdf.write_bytes(pdf.read_bytes()[:-60])
    assert checkers.qpdf(pdf).messages


def test_checker_messages_are_not_empty(pdf: Path, need: Callable[[str, str], str]) -> None:
    need("qpdf", "apt install qpdf")
    pdf.write_bytes(b"no PDF")
    assert all(checkers.qpdf(pdf).messages)


@pytest.mark.slow
def test_epubcheck_messages_are_reported(tmp_path: Path, need: Callable[[str, str], str]) -> None:
    need("java", "apt install default-jre-headless")
    path = tmp_path / "a.epub"
    path.write_bytes(b"no EPUB")
    report = checkers.epubcheck(path)
    assert any("PKG-" in message or "FATAL" in message for message in report.messages)


@pytest.mark.slow
def test_ace_messages_are_reported(built_book: Path, tmp_path: Path, need: Callable[[str, str], str]) -> None:
    """A picture without description and a text without language, which EPUBCheck lets pass."""
    need("ace-cli", "make test")
    path = tmp_path / "a.epub"
    with zipfile.ZipFile(built_book / "build/sihai.epub") as good, zipfile.ZipFile(path, "w") as bad:
        for info in good.infolist():
            data = good.read(info)
            if b"harbour" in data or b'alt="' in data:
                data = data.replace(' alt="港口的方位"'.encode(), b"").replace(
                    b'lang="zh-Hans" xml:lang="zh-Hans"', b""
                )
            bad.writestr(info, data)
    rules = [message.split(": ")[1].split()[:2] for message in checkers.ace(path).messages]
    assert ["critical", "image-alt"] in rules
    assert ["serious", "html-has-lang"] in rules


@pytest.mark.usefixtures("chromium")
def test_ace_failure_is_reported(tmp_path: Path, need: Callable[[str, str], str]) -> None:
    need("ace-cli", "make test")
    path = tmp_path / "a.epub"
    path.write_bytes(b"no EPUB")
    with pytest.raises(ToolError, match="Ace failed"):
        checkers.ace(path)


def test_form_of_a_checker_report() -> None:
    report = CheckerReport("a.epub", "EPUBCheck", ("one", "two"))
    assert str(report) == "a.epub: EPUBCheck 2 messages\n  one\n  two"
    assert report.data()["messages"] == ("one", "two")


@pytest.mark.parametrize(
    ("locations", "where"), [([{"path": "a.xhtml", "line": 3}], "a.xhtml:3: "), ([], ":0: "), (None, ":0: ")]
)
def test_epubcheck_message_has_one_line(locations: object, where: str) -> None:
    message = {"severity": "ERROR", "ID": "RSC-005", "message": "x", "locations": locations}
    assert checkers.epubcheck_line(message) == f"{where}ERROR RSC-005 x"


def test_checker_that_cannot_be_started_is_reported() -> None:
    with pytest.raises(ToolError, match="no-such-command failed"):
        external_programs.run(["no-such-command"])


def test_failed_checker_is_reported() -> None:
    assert external_programs.run([sys.executable, "-c", "import sys; sys.exit(3)"]).returncode == 3


# -- veraPDF


@pytest.fixture
def vera(need: Callable[[str, str], str]) -> Callable[[Path], CheckerReport]:
    """veraPDF; skips where neither program nor library can run, and fails in CI."""
    if not shutil.which("verapdf"):
        need("javac", "apt install default-jdk-headless")
        if not all(jar.is_file() for jar in checkers.JAXB):
            need("jaxb", "apt install libjaxb-java libjaxb-api-java")
    return checkers.verapdf


@pytest.mark.slow
def test_the_full_book_is_pdf_a_and_pdf_ua(built_book: Path, vera: Callable[[Path], CheckerReport]) -> None:
    report = vera(built_book / "build/sihai.pdf")
    assert (report.messages, report.skipped) == ((), "")


@pytest.mark.slow
def test_violations_of_pdf_a_and_pdf_ua_are_reported(
    built_book: Path, tmp_path: Path, vera: Callable[[Path], CheckerReport]
) -> None:
    broken = tmp_path / "broken.pdf"
    with pikepdf.open(built_book / "build/sihai.pdf") as document:
        del document.Root.Lang
        document.Root.MarkInfo.Marked = False
        document.save(broken)
    messages = "\n".join(vera(broken).messages)
    assert "PDF/2a 6.7.2" in messages  # ISO 19005-2: the mark that it is tagged
    assert "PDF/ua1 7.2-" in messages  # ISO 14289-1: the language of the text


@pytest.mark.slow
def test_verapdf_error_is_a_tool_error(tmp_path: Path, vera: Callable[[Path], CheckerReport]) -> None:
    (tmp_path / "a.pdf").write_bytes(b"no PDF")
    with pytest.raises(ToolError, match="veraPDF failed"):
        vera(tmp_path / "a.pdf")


def test_press_pdf_is_checked_by_preflight_only(tmp_path: Path) -> None:
    with pikepdf.new() as document:
        document.add_blank_page()
        document.docinfo["/GTS_PDFXVersion"] = "PDF/X-4"
        document.save(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert "PDF/X" in checkers.verapdf(tmp_path / "a.pdf").skipped


@pytest.mark.slow
def test_the_handbook_is_pdf_a_and_pdf_ua(tmp_path: Path, vera: Callable[[Path], CheckerReport]) -> None:
    shutil.copytree(ROOT / "source", tmp_path / "source")
    (made,) = build(tmp_path, ["pdf"]).outputs
    assert (vera(made.path).messages, vera(made.path).skipped) == ((), "")
