"""The cache: right or absent, never wrong; bounded; safe beside others and in death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.builder.graph import build
from dingben.errors import ToolError
from dingben.system import cache as cache_module
from dingben.system.cache import Cache, lock
from dingben.system.digests import digest_of
from tests.support.books import small_book


def entries(book: Path) -> list[Path]:
    return [p for p in (book / "build/.cache").glob("*/*") if not p.name.startswith(".")]


def test_entry_is_created_once_for_its_inputs(tmp_path: Path) -> None:
    made: list[str] = []

    def make(text: str) -> bytes:
        made.append(text)
        return text.encode()

    for _ in range(2):
        assert Cache(tmp_path).get_or_create("page", ("a", "b"), lambda: make("ab")) == b"ab"
        assert Cache(tmp_path).get_or_create("page", ("ab", ""), lambda: make("x")) == b"x"
        assert Cache(tmp_path).get_or_create("leaf", ("a", "b"), lambda: make("y")) == b"y"
    assert made == ["ab", "x", "y"]
    assert digest_of("a", "b") != digest_of("ab", "")


@pytest.mark.parametrize("damage", [b"", b"\n", b"junk", b"0" * 64 + b"\nvalue"])
def test_damaged_entry_is_created_again(tmp_path: Path, damage: bytes) -> None:
    Cache(tmp_path).get_or_create("page", ("a",), lambda: b"value")
    (entry,) = entries(tmp_path)
    entry.write_bytes(damage)
    assert Cache(tmp_path).get_or_create("page", ("a",), lambda: b"again") == b"again"
    assert Cache(tmp_path).get_or_create("page", ("a",), lambda: b"not asked") == b"again"


def test_program_version_is_part_of_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Cache(tmp_path).get_or_create("page", ("a",), lambda: b"old")
    monkeypatch.setattr(cache_module, "program_version", lambda: "another")
    assert Cache(tmp_path).get_or_create("page", ("a",), lambda: b"new") == b"new"


def test_least_recently_used_entries_are_deleted_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "LARGEST", 2_500)
    for number, name in enumerate("abc"):
        Cache(tmp_path).get_or_create("page", (name,), lambda: b"x" * 1000)
        for entry in entries(tmp_path):
            os.utime(entry, (number, number)) if entry.stat().st_mtime > 100 else None
    Cache(tmp_path).get_or_create("page", ("a",), lambda: b"")  # used again
    Cache(tmp_path).trim()
    assert len(entries(tmp_path)) == 2
    assert Cache(tmp_path).get_or_create("page", ("a",), lambda: b"") == b"x" * 1000
    assert Cache(tmp_path).get_or_create("page", ("b",), lambda: b"gone") == b"gone"


def test_partial_entries_of_dead_builds_are_removed(tmp_path: Path) -> None:
    Cache(tmp_path).get_or_create("page", ("a",), lambda: b"x")
    left = tmp_path / "build/.cache/page/.half"
    young = tmp_path / "build/.cache/page/.young"
    left.write_bytes(b"x")
    young.write_bytes(b"x")
    os.utime(left, (1, 1))
    Cache(tmp_path).trim()
    assert not left.exists()
    assert young.exists()


def test_unwritable_cache_does_not_stop_a_build(tmp_path: Path) -> None:
    (tmp_path / "build").write_bytes(b"a file where the folder should be")
    assert Cache(tmp_path).get_or_create("page", ("a",), lambda: b"x") == b"x"
    with lock(tmp_path):
        pass


def test_lock_is_exclusive(tmp_path: Path) -> None:
    order: list[str] = []

    def other() -> None:
        with lock(tmp_path):
            order.append("other")

    with lock(tmp_path):
        thread = threading.Thread(target=other)
        thread.start()
        time.sleep(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "other"]


def test_parsed_chapter_is_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = small_book(tmp_path)
    first = BuildContext(read_book(book), []).fragments

    def no_pandoc() -> str:
        raise ToolError("pandoc was called")

    monkeypatch.setattr("dingben.document.pandoc.executable", no_pandoc)
    monkeypatch.setattr("dingben.document.pandoc_pool.executable", no_pandoc)
    assert BuildContext(read_book(book), []).fragments == first
    (book / "source/chapters/01.md").write_text("# 另一章\n\n正文。\n", "utf-8")
    with pytest.raises(ToolError, match="pandoc was called"):
        _ = BuildContext(read_book(book), []).fragments


def test_forced_build_does_not_use_the_cache(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    build(book, ["txt"])
    for entry in entries(book):
        entry.write_bytes(digest_of("wrong").encode())
    before = (book / "build/haigang.txt").read_bytes()
    (output,) = build(book, ["txt"], force=True).outputs
    assert output.why == ("--force",)
    assert (book / "build/haigang.txt").read_bytes() == before


COMMAND = [sys.executable, "-m", "dingben", "build", "epub", "html", "--quiet", "--book"]


@pytest.mark.slow
def test_killed_builds_leave_a_usable_cache(tmp_path: Path) -> None:
    good = small_book(tmp_path / "good")
    subprocess.run([*COMMAND, str(good)], check=True)
    whole = {name: (good / "build" / name).read_bytes() for name in ("haigang.epub", "haigang.html")}
    book = small_book(tmp_path / "book")
    for tenths in range(1, 25, 2):
        process = subprocess.Popen([*COMMAND, str(book)])
        time.sleep(tenths / 10)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for name, data in whole.items():
            path = book / "build" / name
            assert not path.exists() or path.read_bytes() == data
    subprocess.run([*COMMAND, str(book)], check=True)
    assert {name: (book / "build" / name).read_bytes() for name in whole} == whole


@pytest.mark.slow
def test_concurrent_builds(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    command = [sys.executable, "-m", "dingben", "build", "--force", "--quiet", "--book", str(book)]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert all(not output.why for output in build(book).outputs)
