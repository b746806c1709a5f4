"""The PDF made by a process that stays is that of any other build."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dingben.builder.graph import build
from dingben.live import pdf_process as standby_module
from dingben.live.messages import BuildMessage
from dingben.live.pdf_process import PdfProcess
from tests.typeset.sections.test_split import FILLER, chapters


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return chapters(tmp_path / "book")


@pytest.fixture
def standby(book: Path) -> Iterator[PdfProcess]:
    made = PdfProcess(book)
    yield made
    made.end()


def answer(standby: PdfProcess) -> BuildMessage:
    """What came of a build."""
    standby.build()
    deadline = time.monotonic() + 60
    while (found := standby.answer()) is None:
        assert standby.is_running
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def cold(book: Path, folder: Path) -> bytes:
    """The PDF of a build that knows nothing."""
    shutil.copytree(book, folder, ignore=shutil.ignore_patterns("build"))
    build(folder, ["pdf"], jobs=1)
    return (folder / "build/haigang.pdf").read_bytes()


@pytest.mark.slow
def test_persistent_process_builds_the_same_bytes(book: Path, standby: PdfProcess, tmp_path: Path) -> None:
    assert answer(standby).built == ("haigang.pdf",)
    chapter, style = book / "source/chapters/02.md", book / "styles/book.css"
    chapter.write_text(chapter.read_text("utf-8").replace("末[^2]。", f"{FILLER}\n\n末了[^2]。"), "utf-8")
    assert answer(standby).built == ("haigang.pdf",)
    assert answer(standby).built == ()
    assert (book / "build/haigang.pdf").read_bytes() == cold(book, tmp_path / "text")
    style.parent.mkdir()
    style.write_text("h2 { letter-spacing: .2em }", "utf-8")
    assert answer(standby).built == ("haigang.pdf",)
    assert (book / "build/haigang.pdf").read_bytes() == cold(book, tmp_path / "style")


@pytest.mark.slow
def test_error_is_reported_and_the_last_pdf_is_kept(book: Path, standby: PdfProcess) -> None:
    answer(standby)
    before = (book / "build/haigang.pdf").read_bytes()
    chapter = book / "source/chapters/02.md"
    good = chapter.read_text("utf-8")
    chapter.write_text(good.replace("末[^2]。", "末[^2]，见[无](#nowhere)。"), "utf-8")
    (problem,) = answer(standby).problems
    assert problem.location
    assert (problem.location.file.name, problem.location.line) == (
        "02.md",
        good.count("\n", 0, good.index("末[^2]。")) + 1,
    )
    assert (book / "build/haigang.pdf").read_bytes() == before
    chapter.write_text(good, "utf-8")
    assert answer(standby).built == ()
    assert (book / "build/haigang.pdf").read_bytes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_children_end_with_the_pdf_process(book: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    begins = (
        f"import subprocess; print(subprocess.Popen(['sleep', '99']).pid, file=open({str(file)!r}, 'w'), flush=True)"
    )
    monkeypatch.setattr(standby_module, "MAIN", f"{begins}; input()")
    made = PdfProcess(book)
    deadline = time.monotonic() + 20
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    made.end()
    status = Path(f"/proc/{file.read_text().strip()}/stat")
    with contextlib.suppress(OSError):  # it has gone
        while status.read_text().split()[2] != "Z":
            assert time.monotonic() < deadline
            time.sleep(0.02)
