"""Killed builds, killed ingests and full disks leave whole outputs and untouched sources."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dingben.builder.graph import build
from dingben.cli import main
from dingben.formats.archive.bagit import open_bag
from dingben.restore.audit import audit
from dingben.restore.ingest import ingest
from dingben.system.atomic import update_folder
from tests.support.books import full_book

DATA = Path(__file__).parents[1] / "data" / "ocr"
DINGBEN = [sys.executable, "-m", "dingben"]


def contents(folder: Path) -> dict[str, str]:
    """Digest of every file that is not hidden, by name."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    named = [(p.relative_to(folder), p) for p in files]
    shown = [(n, p) for n, p in named if not any(part.startswith(".") for part in n.parts) and n.parts[0] != "reports"]
    return {n.as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for n, p in shown}


def killed(command: list[str], when: Callable[[], bool]) -> bool:
    """Run a command and kill it with SIGKILL as soon as ``when`` says; whether it was still running."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None and not when():
        time.sleep(0.001)
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return alive


def moments(folder: Path, name: str, number: int) -> Iterator[Callable[[], bool]]:
    """Random moments, and those at which something half written called ``name`` stands in ``folder``."""
    chance = random.Random(7)  # noqa: S311
    for index in range(number):
        if index % 2:
            seen = chance.randrange(1, 4)
            yield lambda seen=seen: sum(1 for _ in folder.glob(f".{name}*/**/*")) >= seen  # type: ignore[misc]
        else:
            end = time.monotonic() + chance.uniform(0.1, 4)
            yield lambda end=end: time.monotonic() > end  # type: ignore[misc]


@pytest.mark.slow
def test_killed_build_leaves_whole_editions(tmp_path: Path) -> None:
    book, other = full_book(tmp_path / "book"), tmp_path / "other"
    build(book)
    old = contents(book / "build")
    chapter = book / "source/chapters/02-change.md"
    chapter.write_text(chapter.read_text("utf-8").replace("海港", "港口"), "utf-8")
    shutil.copytree(book, other)
    build(other)
    new = contents(other / "build")
    sources = contents(book / "source")
    hits = 0
    for when in moments(book / "build", "", 16):
        hits += killed([*DINGBEN, "build", "--book", str(book)], when)
        now = contents(book / "build")
        assert contents(book / "source") == sources
        for part in ("sihai.pdf", "sihai.epub", "sihai.html", "sihai.txt", "sihai.xml", "sihai-archive.zip"):
            assert now[part] in (old[part], new[part]), part
        for folder in ("web/", "sihai-archive/"):
            mine = {n: d for n, d in now.items() if n.startswith(folder)}
            assert mine in [{n: d for n, d in state.items() if n.startswith(folder)} for state in (old, new)], folder
        open_bag(book / "build/sihai-archive")
        open_bag(book / "build/sihai-archive.zip")
        if now == new:  # done: begin again from the old text
            shutil.rmtree(book / "build")
            (book / "build").mkdir()
            shutil.copytree(other / "build", book / "build", dirs_exist_ok=True)
            old = new
            shutil.rmtree(book / "build/.cache")
    assert hits >= 8
    assert main(["build", "--book", str(book), "--quiet"]) == 0
    assert contents(book / "build") == new


@pytest.mark.slow
def test_killed_ingest_leaves_old_or_new_sources(tmp_path: Path) -> None:
    raw = tmp_path / "hans.txt"
    text = (DATA / "hans.txt").read_text("utf-8")
    body = "\n\n".join(line for line in text.splitlines() if len(line) > 20)
    states = {}
    for name, more in (("old", ""), ("new", f"\n\n{body * 60}")):
        raw.write_text(text + more, "utf-8")
        ingest([raw], tmp_path / name)
        states[name] = contents(tmp_path / name / "source")
    book = tmp_path / "book"
    shutil.copytree(tmp_path / "old/source", book / "source")
    hits = 0
    for when in moments(book, "source", 16):
        hits += killed([*DINGBEN, "ingest", str(raw), "--book", str(book)], when)
        now = contents(book / "source")
        assert now in states.values()
        assert audit(book) == ()
        if now == states["new"]:
            shutil.rmtree(book / "source")
            shutil.copytree(tmp_path / "old/source", book / "source")
    assert hits >= 8
    assert main(["ingest", str(raw), "--book", str(book), "--quiet"]) == 0
    assert contents(book / "source") == states["new"]


def test_ingest_keeps_other_files_and_removes_stale_ones(tmp_path: Path) -> None:
    ingest([DATA / "hans.txt"], tmp_path)
    source = tmp_path / "source"
    (source / "images").mkdir()
    (source / "images/a.png").write_bytes(b"a")
    (source / "link").symlink_to("images/a.png")
    stale = source / "chapters/01-chapter.md"
    ingest([DATA / "novel.txt"], tmp_path)
    assert (source / "images/a.png").read_bytes() == b"a"
    assert (source / "link").is_symlink()
    assert (source / "ocr/novel.txt").is_file()
    assert stale.is_file() is ("chapters/01-chapter.md" in (source / "ledger.jsonl").read_text("utf-8"))
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".source")] == []


def test_files_are_renamed_one_by_one_without_renameat2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dingben.system.directory.Directory.exchange", lambda *_: False)
    folder = tmp_path / "source"
    update_folder(tmp_path, "source", {"a": b"1", "b/c": b"1", "d": b"1"})
    update_folder(tmp_path, "source", {"a": b"2", "e/f": [b"2", b"2"]}, ["d"])
    assert {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == {
        "a": b"2",
        "b/c": b"1",
        "e/f": b"22",
    }


def test_kept_files_are_hard_links_never_written_through(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    update_folder(tmp_path, "source", {"a": b"1", "b": b"1"})
    before = (folder / "a").open("rb")
    update_folder(tmp_path, "source", {"a": b"2"})
    assert before.read() == b"1"
    before.close()
    assert (folder / "b").read_bytes() == b"1"


# -- full disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Makes a folder on a disk of so many kB; where that isn't allowed, on a disk whose files may not grow larger."""
    mounted: list[Path] = []

    def make(size: int) -> Path:
        folder = tmp_path / "disk"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(folder)], capture_output=True, check=False
        )
        if done.returncode == 0:
            mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def limited(folder: Path, size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, whose files may not grow beyond ``size`` bytes where ``folder`` is no small disk."""
    code = "import sys; from dingben.cli import main; sys.exit(main(sys.argv[1:]))"
    if not os.path.ismount(folder):
        code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n{code}"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_full_disk_leaves_the_last_bag_whole(built_book: Path, small_disk: Callable[[int], Path]) -> None:
    size = sum(p.stat().st_size for p in built_book.rglob("*") if p.is_file() and ".cache" not in p.parts)
    disk = small_disk(size // 1024 + 1200)
    book = disk / "book"
    shutil.copytree(built_book, book, ignore=shutil.ignore_patterns(".cache"))
    before, sources = contents(book / "build"), contents(book / "source")
    chapter = book / "source/chapters/02-change.md"
    chapter.write_text(chapter.read_text("utf-8").replace("海港", "港口"), "utf-8")
    sources = contents(book / "source")
    done = limited(disk, 30_000, "build", "archive", "--book", str(book))
    assert done.returncode == 4
    assert "can't be written: the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(book / "source") == sources
    now = contents(book / "build")
    for name in ("sihai-archive.zip", "sihai-archive/bagit.txt", "sihai-archive/data/source/chapters/02-change.md"):
        assert now[name] == before[name]
    open_bag(book / "build/sihai-archive")
    open_bag(book / "build/sihai-archive.zip")
    assert [p.name for p in (book / "build").iterdir() if p.name.startswith(".sihai")] == []


def test_full_disk_leaves_the_sources_unchanged(tmp_path: Path, small_disk: Callable[[int], Path]) -> None:
    disk = small_disk(400)
    book = disk / "book"
    ingest([DATA / "hans.txt"], book)
    before = contents(book)
    raw = tmp_path / "long.txt"
    raw.write_text("第一章　起首\n\n" + "海港的研究，向来以档案与方志为主。\n\n" * 8000, "utf-8")
    done = limited(disk, 100_000, "ingest", str(raw), "--book", str(book))
    assert done.returncode == 4
    assert "the disk is full" in done.stderr
    assert contents(book) == before
    assert audit(book) == ()
    assert [p.name for p in book.iterdir() if p.name.startswith(".source")] == []


def test_no_pandoc_outlives_a_killed_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = full_book(tmp_path)
    (book / "source/chapters/02-chapter.md").write_text(f"# 第一章\n\n{'[](' * 500}\n", encoding="utf-8")
    monkeypatch.setenv("STARTED_BY", str(tmp_path))
    assert killed([*DINGBEN, "build", "html", "--quiet", "--book", str(book)], lambda: bool(pandocs(tmp_path)))
    end = time.monotonic() + 5
    while pandocs(tmp_path) and time.monotonic() < end:
        time.sleep(0.05)
    assert not pandocs(tmp_path)


def pandocs(folder: Path) -> set[str]:
    """Return the processes of pandoc that were started with the folder in their environment."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_ours = f"STARTED_BY={folder}\0".encode() in (process / "environ").read_bytes()
            if is_ours and (process / "comm").read_text("utf-8").startswith("pandoc"):
                found.add(process.name)
    return found
