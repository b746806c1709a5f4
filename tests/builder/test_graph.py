"""What is out of date and why; the same bytes from the same input."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dingben.book.dates import slug_of
from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.builder.graph import build
from dingben.builder.staleness import MEMORY, is_newer
from dingben.document.pandoc import PandocProcess
from dingben.errors import ToolError, UsageError
from dingben.formats.html import single_file
from tests.support.books import full_book, small_book, write
from tests.typeset.sections.test_split import chapters


def why(folder: Path, *targets: str) -> dict[str, tuple[str, ...]]:
    """Target and reasons of everything that was made."""
    return {output.target: output.why for output in build(folder, targets or ("pdf",)).outputs}


def test_output_is_rebuilt_only_for_a_reason_that_is_reported(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    assert why(book) == {"pdf": ("not built before",)}
    assert why(book) == {"pdf": ()}
    (book / "source/chapters/01.md").touch()
    assert why(book) == {"pdf": ()}
    write(book / "source/chapters/01.md", "# 第一章 改\n\n正文。\n")
    assert why(book) == {"pdf": ("source/chapters/01.md changed",)}
    write(book / "styles/book.css", ":root { --type-size: 11pt }")
    assert why(book) == {"pdf": ("styles/book.css changed",)}
    (book / "build/haigang.pdf").write_bytes(b"spoilt")
    assert why(book) == {"pdf": ("haigang.pdf changed",)}
    (book / "build/.cache/outputs.json").write_text("{damaged", "utf-8")
    assert why(book) == {"pdf": ("not built before",)}


def test_workers_start_early_if_a_source_is_newer(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    assert is_newer(book)
    build(book, ["txt"])
    assert not is_newer(book)
    chapter = book / "source/chapters/01.md"
    later = (book / MEMORY).stat().st_mtime_ns + 1
    os.utime(chapter, ns=(later, later))
    assert is_newer(book)


def test_versions_of_text_libraries_are_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = small_book(tmp_path)
    build(book, ["html"])
    monkeypatch.setattr("dingben.system.fonts.shaping_library_versions", lambda: "1.0 2.0")
    assert why(book, "html") == {"html": ("fonts or Pango changed",)}


def test_source_date_epoch_is_an_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = small_book(tmp_path)
    build(book, ["pdf"])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert why(book) == {"pdf": ("SOURCE_DATE_EPOCH changed",)}
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH"):
        build(book, ["pdf"])


def test_web_edition_contains_its_downloads(tmp_path: Path) -> None:
    assert list(why(small_book(tmp_path), "web")) == ["pdf", "epub", "html", "txt", "web"]


def digests(folder: Path) -> dict[str, str]:
    """Every output by name, memory left out."""
    files = [p for p in (folder / "build").rglob("*") if p.is_file() and ".cache" not in p.parts]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.slow
def test_bytes_do_not_depend_on_folder_time_zone_locale_and_umask(built_book: Path, tmp_path: Path) -> None:
    other = tmp_path / "else where" / "书"
    full_book(other)
    environment = {
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
    }
    script = "import os, sys; os.umask(0o077); from dingben.cli import main; sys.exit(main(sys.argv[1:]))"
    subprocess.run(
        [sys.executable, "-c", script, "build", "--book", str(other), "--quiet"], env=environment, check=True
    )
    assert digests(other) == digests(built_book)


def test_outputs_do_not_contain_the_build_path(built_book: Path) -> None:
    for path in (built_book / "build").rglob("*"):
        if path.is_file():
            assert str(built_book).encode() not in path.read_bytes(), path


def test_slug_defaults_to_pinyin_of_the_title(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    toml = book / "source/book.toml"
    toml.write_text(toml.read_text("utf-8").replace('slug = "haigang"\n', ""), "utf-8")
    assert slug_of(read_book(book)) == "hai-gang-zhi"


def test_cache_of_another_book_is_not_read(tmp_path: Path) -> None:
    one, two = small_book(tmp_path / "one"), tmp_path / "two"
    build(one, ["pdf"])
    shutil.copytree(one, two)
    assert why(two) == {"pdf": ()}


def test_missing_calibre_is_an_error_with_an_install_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dingben.cli import main

    book = small_book(tmp_path)
    build(book, ["epub"])
    monkeypatch.setattr("dingben.formats.epub.azw3.shutil.which", lambda _: None)
    assert main(["build", "azw3", "--book", str(book)]) == 4
    assert "apt install calibre" in capsys.readouterr().err
    assert "azw3" not in [output.target for output in build(book).outputs]


def test_output_prepared_by_pandoc_equals_output_built_alone(tmp_path: Path) -> None:
    for name in ("together", "alone"):
        small_book(tmp_path / name, "# 章\n\n正文[^1]。\n\n[^1]: 注。\n")
    build(tmp_path / "together", ["epub", "html", "txt"])
    for target in ("txt", "html", "epub"):
        build(tmp_path / "alone", [target])
    made = [sorted((tmp_path / name / "build").glob("haigang.*")) for name in ("together", "alone")]
    assert len(made[0]) == 3
    assert [path.read_bytes() for path in made[0]] == [path.read_bytes() for path in made[1]]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, PandocProcess | None]]:
    """What writes for editions while the PDF is read back, by edition, each time that it may be begun."""
    found: list[dict[str, PandocProcess | None]] = []
    begin = BuildContext.start_pandoc

    def watched(edition: BuildContext) -> None:
        begin(edition)
        found.append({name: writing.run for name, writing in edition._pandoc_outputs.items()})

    monkeypatch.setattr(BuildContext, "start_pandoc", watched)
    return found


@pytest.mark.slow
def test_prebuilt_outputs_have_the_same_bytes(tmp_path: Path, begun: list[dict[str, PandocProcess | None]]) -> None:
    book = chapters(tmp_path)
    build(book, ["pdf", "epub", "html", "txt"])
    early = [(book / f"build/haigang.{name}").read_bytes() for name in ("epub", "html", "txt")]
    assert [*begun[0]] == ["epub", "html", "txt"]
    assert all(run and run.process.poll() is not None for run in begun[0].values())
    for name, content in zip(("epub", "html", "txt"), early, strict=True):
        build(book, [name], force=True)
        assert (book / f"build/haigang.{name}").read_bytes() == content
    assert len(begun) == 1


def test_unused_background_tasks_are_cancelled(
    tmp_path: Path, begun: list[dict[str, PandocProcess | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    book = chapters(tmp_path)
    begin = BuildContext.start_pandoc

    def fails(edition: BuildContext) -> None:
        begin(edition)
        raise ToolError("the PDF comes to nothing")

    monkeypatch.setattr(BuildContext, "start_pandoc", fails)
    with pytest.raises(ToolError, match="comes to nothing"):
        build(book, ["pdf", "epub", "txt"])
    assert [*begun[0]] == ["epub", "txt"]
    assert all(run and run.process.poll() is not None for run in begun[0].values())


def test_background_error_is_raised_by_the_format_that_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = small_book(tmp_path, "# 章\n\n正文。\n")
    asked: list[str] = []

    def fails(*_: object) -> list[str]:
        asked.append("html")
        raise ToolError("pandoc failed")

    monkeypatch.setattr(single_file, "division_html", fails)
    with pytest.raises(ToolError, match="pandoc failed"):
        build(book, ["epub", "html"])
    assert asked == ["html", "html"]
    assert (book / "build/haigang.epub").is_file()
    assert not (book / "build/haigang.html").exists()
