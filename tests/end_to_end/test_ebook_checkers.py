"""EPUBCheck and Ace report nothing on e-books of every kind."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dingben.builder.graph import build
from dingben.restore.ingest import ingest
from dingben.verification.checkers import verify
from tests.support.books import rich_book, small_book

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "raw"


@pytest.fixture(autouse=True)
def checkers(need: Callable[[str, str], str], chromium: str) -> None:  # noqa: ARG001
    need("java", "apt install default-jre-headless")
    need("ace-cli", "make test")


def messages_of(folder: Path) -> list[str]:
    """Every message of every checker on the book's EPUB."""
    (epub,) = (folder / "build").glob("*.epub")
    reports = verify(epub)
    assert [(r.checker, r.skipped) for r in reports] == [("EPUBCheck", ""), ("Ace", "")]
    return [message for report in reports for message in report.messages]


@pytest.mark.slow
def test_checkers_pass_a_book_with_every_division(built_book: Path) -> None:
    assert messages_of(built_book) == []


@pytest.mark.slow
def test_checkers_pass_all_markup_and_division_roles(tmp_path: Path) -> None:
    build(rich_book(tmp_path), ["epub"])
    assert messages_of(tmp_path) == []


@pytest.mark.slow
def test_checkers_pass_the_smallest_book(tmp_path: Path) -> None:
    build(small_book(tmp_path, "# 名 & <b>\n\n“&amp;”与<i>。\n"), ["epub"])
    assert messages_of(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh-Hant", "zh-TW", "zh", "en", "en-GB"])
def test_checkers_pass_other_languages(language: str, tmp_path: Path) -> None:
    build(rich_book(tmp_path, language), ["epub"])
    assert messages_of(tmp_path) == []


@pytest.mark.slow
def test_checkers_pass_the_handbook(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "source", tmp_path / "source")
    build(tmp_path, ["epub"])
    assert messages_of(tmp_path) == []


@pytest.mark.slow
@pytest.mark.shared
def test_checkers_pass_the_shared_book(tmp_path: Path) -> None:
    raw = sorted(SHARED.glob("*.txt"))
    if not raw:
        pytest.skip("../shared/raw is not here")
    ingest(raw, tmp_path)
    build(tmp_path, ["epub"])
    assert messages_of(tmp_path) == []


@pytest.mark.slow
def test_checkers_pass_a_split_chapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dingben.formats.epub.writer.MAX_FILE_BYTES", 3000)
    build(rich_book(tmp_path), ["epub"])
    with zipfile.ZipFile(tmp_path / "build/gang.epub") as archive:
        assert [name for name in archive.namelist() if "-02.xhtml" in name]
    assert messages_of(tmp_path) == []
