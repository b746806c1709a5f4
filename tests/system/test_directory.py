"""Nothing outside the book's folder is written or deleted: links below it are not followed."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from dingben.book import source_state
from dingben.cli import main
from dingben.errors import DingbenError, SourceError, ToolError
from dingben.restore import ingest
from dingben.system import atomic, cache
from dingben.system.cache import Cache, lock
from dingben.system.directory import Directory, LinkError, opened
from tests.support.books import small_book, write

RAW = Path(__file__).parents[1] / "data" / "ocr" / "novel.txt"
OLD = (1, 1)
"""Times of a file that a sweep of abandoned files would take."""

Snapshot = dict[str, tuple[int, int, int, int, bytes]]


def snapshot(folder: Path) -> Snapshot:
    """Number, mode, times and content of everything in a folder and of the folder itself."""
    found = {}
    for path in (folder, *folder.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        name = path.relative_to(folder).as_posix()
        found[name] = (status.st_ino, status.st_mode, status.st_mtime_ns, status.st_ctime_ns, content)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book that was ingested and built."""
    book = tmp_path_factory.mktemp("made") / "book"
    assert main(["ingest", str(RAW), "--book", str(book), "--quiet"]) == 0
    assert main(["build", "txt", "--book", str(book), "--quiet"]) == 0
    return book


@pytest.fixture
def book(made: Path, tmp_path: Path) -> Path:
    """A copy of that book."""
    return shutil.copytree(made, tmp_path / "book")


def link_away(book: Path, place: str, victim: Path) -> Path:
    """Put a link in the place of a folder of the book, whose files now are a person's in the folder it leads to."""
    if (book / place).is_dir():
        (book / place).rename(victim)
    for name in ("thesis.docx", "Documents/thesis.docx", "Documents/.half", ".a.abcdefgh", ".cache/page/a"):
        write(victim / name, "mine")
    for path in (*victim.rglob("*"), victim):
        os.utime(path, OLD)
    (book / place).parent.mkdir(parents=True, exist_ok=True)
    (book / place).symlink_to(os.path.relpath(victim, (book / place).parent))
    return victim


INGEST = ("ingest", str(RAW), "--force")
BUILD = ("build", "txt", "--force")
ARCHIVE = ("build", "archive")
CASES = [
    ("source", INGEST, 3),
    ("source/ocr", INGEST, 3),
    ("source/chapters", INGEST, 3),
    ("build", INGEST, 4),
    ("build/reports", INGEST, 4),
    ("build", BUILD, 4),
    ("build", ARCHIVE, 4),
    ("build/web", ("build", "web"), 4),
    ("build/{slug}-archive", ARCHIVE, 4),
]


@pytest.mark.parametrize(("place", "arguments", "code"), CASES)
def test_linked_folder_is_refused(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, arguments: tuple[str, ...], code: int
) -> None:
    place = place.format(slug=tomllib.loads((book / "source/book.toml").read_text("utf-8"))["book"]["slug"])
    victim = link_away(book, place, tmp_path / "victim")
    before, sources = snapshot(victim), snapshot(book / "source")
    assert main([*arguments, "--book", str(book), "--quiet"]) == code
    first, *hints = capsys.readouterr().err.splitlines()
    assert first == f"{book / place}: is a link; nothing is written behind it"
    assert [hint[:2] for hint in hints] == ["  "]
    assert snapshot(victim) == before
    assert snapshot(book / "source") == sources
    assert (book / place).is_symlink()


@pytest.mark.parametrize(("place", "arguments", "code"), CASES[:6])
def test_folder_replaced_by_a_link_after_the_check_is_refused(
    book: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
    arguments: tuple[str, ...],
    code: int,
) -> None:
    monkeypatch.setattr(atomic, "refuse_links", lambda *_: None)
    for module in (ingest, source_state):
        monkeypatch.setattr(module, "inside", lambda _, path: path)
    victim = link_away(book, place, tmp_path / "victim")
    before = snapshot(victim)
    assert main([*arguments, "--book", str(book), "--quiet"]) == code
    assert capsys.readouterr().err.startswith(f"{book / place}: is a link; ")
    assert snapshot(victim) == before


@pytest.mark.parametrize("place", ["build/.cache", "build/.cache/blocks"])
def test_linked_cache_is_not_used_and_reported(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.setattr(cache, "LARGEST", 0)  # all is trimmed
    victim = link_away(book, place, tmp_path / "victim")
    before = snapshot(victim)
    for force in ([], ["--force"]):
        assert main(["build", "txt", *force, "--book", str(book), "--quiet"]) == 0
        told = capsys.readouterr().err.splitlines()
        assert f"{book / place}: warning: is a link; the cache behind it is not used" in told
    assert snapshot(victim) == before


@pytest.mark.parametrize("name", ["lock", "outputs.json", "blocks/entry"])
def test_linked_cache_entries_are_not_followed(book: Path, tmp_path: Path, name: str) -> None:
    target = write(tmp_path / "victim/thesis.docx", "mine")
    os.utime(target, OLD)
    before = snapshot(target.parent)
    entries = (
        list((book / "build/.cache/blocks").iterdir()) if name == "blocks/entry" else [book / "build/.cache" / name]
    )
    for entry in entries:
        entry.unlink()
        entry.symlink_to(target)
    chapter = next((book / "source/chapters").iterdir())
    chapter.write_text(chapter.read_text("utf-8") + "\n又一段。\n", "utf-8")
    assert main(["build", "txt", "--book", str(book), "--quiet"]) == 0
    assert main(["build", "txt", "--force", "--book", str(book), "--quiet"]) == 0
    assert snapshot(target.parent) == before


def test_linked_cache_entry_is_created_again(tmp_path: Path) -> None:
    Cache(tmp_path).put("page", ("a",), b"mine")
    (entry,) = (tmp_path / "build/.cache/page").iterdir()
    entry.rename(tmp_path / "victim")
    os.utime(tmp_path / "victim", OLD)
    entry.symlink_to(tmp_path / "victim")
    assert Cache(tmp_path).get("page", ("a",)) is None
    Cache(tmp_path).put("page", ("a",), b"anew")
    assert Cache(tmp_path).get("page", ("a",)) == b"anew"
    assert (tmp_path / "victim").read_bytes().endswith(b"mine")
    assert (tmp_path / "victim").stat().st_mtime == OLD[1]


def test_pipe_in_the_cache_does_not_block_a_build(tmp_path: Path) -> None:
    Cache(tmp_path).put("page", ("a",), b"x")
    (entry,) = (tmp_path / "build/.cache/page").iterdir()
    for path in (entry, tmp_path / "build/.cache/lock"):
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    assert Cache(tmp_path).get("page", ("a",)) is None
    with lock(tmp_path):
        pass


def test_linked_output_is_replaced(book: Path, tmp_path: Path) -> None:
    (text,) = (book / "build").glob("*.txt")
    target = write(tmp_path / "victim/thesis.docx", "mine")
    text.unlink()
    text.symlink_to(target)
    before = snapshot(target.parent)
    assert main(["build", "txt", "--book", str(book), "--quiet"]) == 0
    assert not text.is_symlink()
    assert "mine" not in text.read_text("utf-8")
    assert snapshot(target.parent) == before


def test_linked_chapter_is_replaced_or_refused(book: Path, tmp_path: Path) -> None:
    chapter = next((book / "source/chapters").iterdir())
    target = write(tmp_path / "victim/thesis.docx", "mine")
    chapter.unlink()
    chapter.symlink_to(target)
    before = snapshot(target.parent)
    assert main([*INGEST[:2], "--book", str(book), "--quiet"]) == 3
    assert main([*INGEST, "--book", str(book), "--quiet"]) == 0
    assert not chapter.is_symlink()
    assert snapshot(target.parent) == before


@pytest.mark.parametrize("name", ["ledger.jsonl", "emendations.toml"])
def test_ingest_reads_only_inside_the_book(book: Path, tmp_path: Path, name: str) -> None:
    path = book / "source" / name
    path.rename(tmp_path / name)
    path.symlink_to(tmp_path / name)
    with pytest.raises(SourceError, match="is outside the book"):
        ingest.ingest([RAW], book, force=True)


@pytest.mark.parametrize("place", ["source", "source/ocr", "source/chapters"])
def test_audit_does_not_follow_links(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    victim = link_away(book, place, tmp_path / "victim")
    before = snapshot(victim)
    assert main(["audit", "--book", str(book), "--quiet"]) == 3
    assert "is outside the book" in capsys.readouterr().err.splitlines()[0]
    assert snapshot(victim) == before


@pytest.mark.parametrize(("place", "code"), [("build", 2), ("build/.cache", 0), ("build/web", 0)])
def test_clean_does_not_follow_links(book: Path, tmp_path: Path, place: str, code: int) -> None:
    victim = link_away(book, place, tmp_path / "victim")
    before = snapshot(victim)
    assert main(["clean", "--book", str(book), "--quiet"]) == code
    assert snapshot(victim) == before


def test_new_project_does_not_follow_links(tmp_path: Path) -> None:
    write(tmp_path / "victim/thesis.docx", "mine")
    (tmp_path / "book").symlink_to("victim")
    before = snapshot(tmp_path / "victim")
    assert main(["new", str(tmp_path / "book"), "--quiet"]) == 2
    assert snapshot(tmp_path / "victim") == before


def test_preflight_report_does_not_follow_links(tmp_path: Path) -> None:
    book = small_book(tmp_path / "book")
    victim = link_away(book, "build/reports", tmp_path / "victim")
    before = snapshot(victim)
    with pytest.raises(ToolError, match="is a link"):
        atomic.write_file(book, "build/reports/preflight-print.json", b"{}")
    assert snapshot(victim) == before


def test_link_inside_the_same_book_is_refused(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    (book / "made").mkdir()
    (book / "build").symlink_to("made")
    with pytest.raises(ToolError, match="is a link") as caught:
        atomic.write_file(book, "build/haigang.txt", b"x")
    assert caught.value.diagnostics[0].location is not None
    assert caught.value.diagnostics[0].location.file == book / "build"
    assert not list((book / "made").iterdir())


def test_book_folder_may_be_a_link(book: Path, tmp_path: Path) -> None:
    (tmp_path / "shelf").symlink_to("book")
    there = ["--book", str(tmp_path / "shelf"), "--quiet"]
    assert main([*INGEST, *there]) == 0
    assert main([*BUILD, *there]) == 0
    assert main(["audit", *there]) == 0
    assert main(["clean", *there]) == 0
    assert list((book / "build").iterdir()) == []


def test_open_folder_is_independent_of_its_name(tmp_path: Path) -> None:
    folder = opened(tmp_path, "build", create=True)
    (tmp_path / "build").rename(tmp_path / "moved")
    (tmp_path / "victim").mkdir()
    (tmp_path / "build").symlink_to("victim")
    folder.write_atomically("a", b"x")
    folder.write_new("b/c", b"x")
    assert sorted(p.name for p in (tmp_path / "moved").iterdir()) == ["a", "b"]
    assert not list((tmp_path / "victim").iterdir())


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/a"])
def test_parent_path_is_refused(tmp_path: Path, name: str) -> None:
    book = tmp_path / "book"
    write(tmp_path / "a", "mine")
    folder = Directory.of(book, create=True)
    doings: list[Callable[[], object]] = [
        lambda: folder.write_atomically(name, b"x"),
        lambda: folder.write_new(name, b"x"),
        lambda: folder.unlink(name),
        lambda: folder.subdirectory(name, create=True),
    ]
    for doing in doings:
        with pytest.raises(OSError, match="is outside its folder"):
            doing()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "book"]


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is Linux's")
def test_race_with_links_is_never_followed(tmp_path: Path) -> None:
    book = tmp_path / "book"
    (book / "build/web").mkdir(parents=True)
    write(tmp_path / "victim/web/thesis.docx", "mine")
    (book / "other").symlink_to("../victim")
    before, done = snapshot(tmp_path / "victim"), threading.Event()

    def exchange() -> None:
        with Directory.of(book) as folder:
            while not done.is_set():
                folder.exchange("build", folder, "other")

    thread = threading.Thread(target=exchange)
    thread.start()
    refused = 0
    for number in range(300):
        try:
            atomic.write_file(book, "build/a.txt", b"%d" % number)
            atomic.write_folder(book, "build/web", {"index.html": b"x"})
        except DingbenError:
            refused += 1
        with contextlib.suppress(OSError):
            opened(book, "build").remove("web")
    done.set()
    thread.join()
    assert refused
    assert snapshot(tmp_path / "victim") == before


def test_folder_copy_uses_hard_links_and_keeps_symbolic_links(tmp_path: Path) -> None:
    one, two = opened(tmp_path, "one", create=True), opened(tmp_path, "two", create=True)
    one.write_new("a/b", b"x")
    (tmp_path / "one/link").symlink_to("../elsewhere")
    one.share_with(two)
    assert (tmp_path / "one/a/b").samefile(tmp_path / "two/a/b")
    assert (tmp_path / "two/link").readlink() == Path("../elsewhere")


def test_files_are_copied_without_hard_link_support(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError

    one, two = opened(tmp_path, "one", create=True), opened(tmp_path, "two", create=True)
    one.write_new("a", b"x")
    (tmp_path / "one/a").chmod(0o600)
    os.utime(tmp_path / "one/a", OLD)
    monkeypatch.setattr(os, "link", refuse)
    one.share_with(two)
    status = (tmp_path / "two/a").stat()
    assert (status.st_mode & 0o777, status.st_mtime, (tmp_path / "two/a").read_bytes()) == (0o600, OLD[1], b"x")


def test_directory_handles_are_closed(tmp_path: Path) -> None:
    def handles() -> int:
        return len(list(Path("/dev/fd").iterdir()))

    before = handles()
    for number in range(20):
        atomic.write_file(tmp_path, f"build/a/{number}.txt", b"x")
        atomic.update_folder(tmp_path, "source", {"chapters/a": b"x"})
        atomic.write_folder(tmp_path, "build/web", {"a/b": b"x"})
        Cache(tmp_path).get_or_create("page", (str(number),), lambda: b"x")
        with lock(tmp_path):
            pass
        (tmp_path / f"link{number}").symlink_to("build")
        with pytest.raises(LinkError):
            opened(tmp_path, f"link{number}/a")
    assert handles() == before
