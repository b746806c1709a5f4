"""Outputs checked by other programs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from dingben import verify
from dingben.errors import SourceError, ToolError, UsageError
from dingben.verify import Report


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(path)
    return path


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        verify.verify(tmp_path / "a.pdf")


def test_other_kinds_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UsageError, match="is of no kind that can be verified"):
        verify.verify(tmp_path / "a.txt")


def test_missing_checkers_are_skipped_with_their_install_line(pdf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    epub = pdf.with_suffix(".epub")
    epub.write_bytes(b"x")
    reports = [*verify.verify(pdf), *verify.verify(epub)]
    assert [r.checker for r in reports] == ["qpdf", "veraPDF", "EPUBCheck"]
    assert all(r.skipped and not r.messages for r in reports)
    assert "apt install qpdf" in str(reports[0])


def test_good_pdf_passes(pdf: Path, need: Callable[[str, str], str]) -> None:
    need("qpdf", "apt install qpdf")
    report = verify.qpdf(pdf)
    assert report.messages == ()
    assert str(report) == f"{pdf}: qpdf passed"


def test_kind_is_told_by_the_ending_in_any_case(pdf: Path) -> None:
    assert verify.verify(pdf.rename(pdf.with_suffix(".PDF")))


def test_broken_pdf_is_told(pdf: Path, need: Callable[[str, str], str]) -> None:
    need("qpdf", "apt install qpdf")
    pdf.write_bytes(pdf.read_bytes()[:-60])
    assert verify.qpdf(pdf).messages


def test_messages_of_a_checker_are_not_empty(pdf: Path, need: Callable[[str, str], str]) -> None:
    need("qpdf", "apt install qpdf")
    pdf.write_bytes(b"no PDF")
    assert all(verify.qpdf(pdf).messages)


def test_epubcheck_tells_what_is_wrong(tmp_path: Path, need: Callable[[str, str], str]) -> None:
    need("java", "apt install default-jre-headless")
    path = tmp_path / "a.epub"
    path.write_bytes(b"no EPUB")
    report = verify.epubcheck(path)
    assert any("PKG-" in message or "FATAL" in message for message in report.messages)


def test_report_is_a_line_and_a_line_for_each_message() -> None:
    report = Report("a.epub", "EPUBCheck", ("one", "two"))
    assert str(report) == "a.epub: EPUBCheck 2 messages\n  one\n  two"
    assert report.data()["messages"] == ("one", "two")


@pytest.mark.parametrize(
    ("locations", "where"), [([{"path": "a.xhtml", "line": 3}], "a.xhtml:3: "), ([], ":0: "), (None, ":0: ")]
)
def test_message_of_epubcheck_in_one_line(locations: object, where: str) -> None:
    message = {"severity": "ERROR", "ID": "RSC-005", "message": "x", "locations": locations}
    assert verify.epubcheck_line(message) == f"{where}ERROR RSC-005 x"


def test_checker_that_can_not_be_started_is_told() -> None:
    with pytest.raises(ToolError, match="no-such-command failed"):
        verify.run(["no-such-command"])


def test_checker_that_fails_is_not_hidden() -> None:
    assert verify.run([sys.executable, "-c", "import sys; sys.exit(3)"]).returncode == 3
