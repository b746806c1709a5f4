"""Work done aside: what comes of it, and of a process that fails or is killed."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dingben.errors import SourceError
from dingben.system import background

HERE = os.getpid()

WAYS: list[Callable[[background.Work], background.BackgroundTask]] = [background.InThread]
if sys.platform == "linux":
    WAYS.append(background.InProcess)


@pytest.mark.parametrize("begin", WAYS)
def test_what_comes_of_it_is_given(begin: Callable[[background.Work], background.BackgroundTask]) -> None:
    assert begin(lambda: b"x" * 1_000_000)() == b"x" * 1_000_000


@pytest.mark.parametrize("begin", WAYS)
def test_a_fault_of_the_book_is_raised_where_it_is_waited_for(
    begin: Callable[[background.Work], background.BackgroundTask],
) -> None:
    def fails() -> bytes:
        raise SourceError("no such picture", hint="Draw one.")

    waiting = begin(fails)
    with pytest.raises(SourceError, match="no such picture") as caught:
        waiting()
    assert caught.value.diagnostics[0].hint == "Draw one."


@pytest.mark.parametrize("begin", WAYS)
def test_after_its_end_nothing_of_it_goes_on(
    begin: Callable[[background.Work], background.BackgroundTask], tmp_path: Path
) -> None:
    seen = tmp_path / "seen"

    def slow() -> bytes:
        for _ in range(20):
            seen.open("ab").write(b"x")
            time.sleep(0.02)
        return b""

    work = begin(slow)
    work.end()
    before = seen.stat().st_size if seen.exists() else 0
    time.sleep(0.1)
    assert before == (seen.stat().st_size if seen.exists() else 0)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_a_killed_or_failing_process_is_made_good() -> None:
    def killed() -> bytes:
        if os.getpid() != HERE:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"here"

    def odd() -> bytes:
        return bytes(1 // (os.getpid() == HERE)) and b"here"

    assert background.InProcess(killed)() == b"here"
    assert background.InProcess(odd)() == b"here"


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_no_process_is_forked_beside_a_thread() -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        assert background.begin(lambda: str(os.getpid()).encode())() == str(HERE).encode()
    finally:
        over.set()
        thread.join()
