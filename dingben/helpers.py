"""Processes that lay out and draw the later pieces of a long part, while this one does so with the first.

Each is forked from the one before it when the part's boxes are there, so that it has them without being told
(:mod:`dingben.tails`). What they make is what one process would have made; if it comes to nothing, this one makes it
after all.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

WORTH = 100_000
"""Characters of HTML from which on a part is worth another process, and each time as many more."""


def processes_for(length: int, total: int, jobs: int) -> int:
    """How many processes set a part of so many characters of HTML, of so many in all: its share, rounded up mostly."""
    if sys.platform != "linux":
        return 1
    return max(1, min(int(jobs * length / total + 0.75), 1 + length // WORTH))


def is_alone() -> bool:
    """Whether this process has one thread, so that it may be forked.

    Pango has another one read the fonts' settings, and no lock of its may be copied: nobody would open it.
    """
    return len([*Path("/proc/self/task").iterdir()]) == 1


class HelperLostError(Exception):
    """The helper has ended without what it was told to do."""


class Helper:
    """The next process, as this one sees it; in itself ``is_me``, and it has to :meth:`hear` and to :meth:`give`."""

    def __init__(self) -> None:
        """Divide."""
        self.pipe, end = multiprocessing.Pipe()
        parent = os.getpid()
        self.is_told = False
        self.process = os.fork()
        self.is_me = self.process == 0
        if self.is_me:
            end_with(parent)
            self.pipe.close()
            self.pipe = end
        else:
            end.close()

    def tell(self, what: Any) -> bool:
        """Tell the helper what it waits for, whereupon it does its part; whether it is still there."""
        with contextlib.suppress(OSError):
            self.pipe.send(what)
            self.is_told = True
        return self.is_told

    def hear(self) -> Any:
        """In the helper: what it is told; it ends where it is told nothing."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            os._exit(0)

    def give(self, data: bytes) -> None:
        """In the helper: hand over what is made, and end."""
        with contextlib.suppress(OSError):
            self.pipe.send_bytes(data)
        os._exit(0)

    def take(self) -> bytes:
        """What the helper has made. Raises HelperLostError if it came to nothing."""
        try:
            return self.pipe.recv_bytes()
        except (EOFError, OSError) as error:
            raise HelperLostError from error
        finally:
            self.end()

    def end(self) -> None:
        """End the helper, if it is still there."""
        process, self.process = self.process, 0
        if process:
            self.pipe.close()
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)


def end_with(parent: int) -> None:
    """Have the kernel end this process with the one that it was forked from, however that ends (prctl(2))."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it has ended before that was said
        os._exit(1)
