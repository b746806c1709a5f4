"""Work done aside: what comes of it, and of a process that fails or is killed."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable

import pytest

from dingben import aside
from dingben.errors import SourceError

HERE = os.getpid()

WAYS: list[Callable[[aside.Work], aside.Work]] = [aside.begin]
if sys.platform == "linux":
    WAYS.append(aside.forked)


@pytest.mark.parametrize("begin", WAYS)
def test_what_comes_of_it_is_given(begin: Callable[[aside.Work], aside.Work]) -> None:
    assert begin(lambda: b"x" * 1_000_000)() == b"x" * 1_000_000


@pytest.mark.parametrize("begin", WAYS)
def test_a_fault_of_the_book_is_raised_where_it_is_waited_for(begin: Callable[[aside.Work], aside.Work]) -> None:
    def fails() -> bytes:
        raise SourceError("no such picture", hint="Draw one.")

    waiting = begin(fails)
    with pytest.raises(SourceError, match="no such picture") as caught:
        waiting()
    assert caught.value.problems[0].hint == "Draw one."


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_a_killed_or_failing_process_is_made_good() -> None:
    def killed() -> bytes:
        if os.getpid() != HERE:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"here"

    def odd() -> bytes:
        return bytes(1 // (os.getpid() == HERE)) and b"here"

    assert aside.forked(killed)() == b"here"
    assert aside.forked(odd)() == b"here"


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_no_process_is_forked_beside_a_thread() -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        assert aside.begin(lambda: str(os.getpid()).encode())() == str(HERE).encode()
    finally:
        over.set()
        thread.join()
