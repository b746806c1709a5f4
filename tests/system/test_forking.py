"""No process is forked beside a thread: a lock that it held would be copied, and nobody would open it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dingben.builder.graph import build
from dingben.formats.pdf import read_text
from dingben.system import processes
from dingben.typeset.sections import workers
from tests.support.books import PARAGRAPH, small_book, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")

PROGRAM = """
import os, sys
from dingben.typeset.sections import workers as workers_module; from dingben.system import processes as helpers; from dingben.formats.pdf import read_text as pdftext
from dingben.__main__ import run

workers_module.CHARACTERS_PER_WORKER, pdftext.MANY = 1000, 10

told = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
os.register_at_fork(before=lambda: os.write(told, b"yes\\n" if helpers.may_fork() else b"NO\\n"))
run()
"""
"""The command line, telling of every fork whether all other threads were at rest; little is worth another process."""


def long_book(folder: Path) -> Path:
    """A book with a chapter of some pages that can be divided, and another."""
    text = "".join(f"\n{PARAGRAPH * 5}[^{n}]\n\n[^{n}]: {PARAGRAPH}\n" for n in range(20))
    more = '[[division]]\nmatter = "body"\nrole = "chapter"\nfile = "chapters/02.md"\n'
    small_book(folder, f"# 第一章 港\n{text}")
    write(folder / "source/book.toml", (folder / "source/book.toml").read_text("utf-8") + more)
    write(folder / "source/chapters/02.md", f"# 第二章 城\n\n{PARAGRAPH}\n")
    return folder


def forks(folder: Path, *arguments: str) -> list[str]:
    """Of every fork of a build that is watched on a terminal, whether all other threads were at rest."""
    told = folder / "told"
    terminal, stderr = pty.openpty()
    command = [sys.executable, "-c", PROGRAM, str(told), "build", *arguments, "--book", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr) as process:
        os.close(stderr)
        said = read(terminal)
    assert process.returncode == 0
    assert b"pdf" in said
    found = told.read_text().split()
    told.unlink()
    return found


def read(terminal: int) -> bytes:
    """What is said on a terminal, until nobody can say anything any more."""
    said = b""
    with open(terminal, "rb", buffering=0) as stream:
        while True:
            try:
                said += stream.read(4096)
            except OSError:  # EIO: the other end is closed
                return said


@pytest.mark.slow
def test_no_fork_while_a_thread_is_working(tmp_path: Path) -> None:
    book = long_book(tmp_path)
    cold = forks(book, "pdf", "epub", "--jobs", "2")
    write(book / "source/chapters/02.md", f"# 第二章 城\n\n{PARAGRAPH}{PARAGRAPH}\n")
    again = forks(book, "--jobs", "2")
    assert set(cold) == set(again) == {"yes"}
    assert len(cold) >= 2  # the workers


@pytest.mark.slow
def test_build_in_a_thread_uses_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, worth in ((workers, "CHARACTERS_PER_WORKER", 1000), (read_text, "MANY", 10)):
        monkeypatch.setattr(module, name, worth)
    book = long_book(tmp_path)
    forked: list[str] = []
    os.register_at_fork(before=lambda: forked.append("forked"))
    build(book, ["pdf", "epub"], jobs=2)
    made = {path: path.read_bytes() for path in (book / "build").glob("haigang.*")}
    assert forked
    forked.clear()
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        build(book, ["pdf", "epub"], jobs=2, force=True)
    finally:
        over.set()
        thread.join()
    assert not forked
    assert made == {path: path.read_bytes() for path in (book / "build").glob("haigang.*")}


def test_python_thread_prevents_forks() -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        assert not processes.may_fork()
    finally:
        over.set()
        thread.join()


PAUSE = """
import ctypes, os, time
from dingben.system import processes as helpers

library, thread = ctypes.CDLL(None), ctypes.c_ulong()
library.pthread_create(ctypes.byref(thread), None, ctypes.cast(library.pause, ctypes.c_void_p), None)
deadline = time.monotonic() + 10
while not helpers.may_fork() and time.monotonic() < deadline:
    time.sleep(0.001)
print(len(helpers.other_threads()), helpers.may_fork(), flush=True)
os._exit(0)
"""


def test_sleeping_library_thread_allows_forks() -> None:
    assert subprocess.run([sys.executable, "-c", PAUSE], capture_output=True, check=True).stdout == b"1 True\n"
    assert not processes.is_sleeping(str(os.getpid()))  # it works
