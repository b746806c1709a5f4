"""Processes that lay out and draw the later pieces of a long part, while this one does so with the first.

Each is forked from the one before it when the part's boxes are there, so that it has them without being told
(:mod:`dingben.typeset.paged.split_layout`). What they make is what one process would have made; if it comes to
nothing, this one makes it after all.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

WORTH = 100_000
"""Characters of HTML from which on a part is worth another process, and each time as many more."""


def processes_for(length: int, total: int, jobs: int) -> int:
    """How many processes set a part of so many characters of HTML, of so many in all: its share, rounded up mostly."""
    if sys.platform != "linux":
        return 1
    return max(1, min(int(jobs * length / total + 0.75), 1 + length // WORTH))


def others() -> frozenset[str]:
    """The threads of this process beside its first, by their numbers (proc_pid_task(5))."""
    return frozenset(path.name for path in Path("/proc/self/task").iterdir()) - {str(os.getpid())}


def may_fork() -> bool:
    """Whether this process may be forked: it has one thread, or others that wait to be asked for fonts.

    A lock that another one held would be copied, and nobody would open it. Pango has fontconfig match fonts in a
    thread: up to 1.51.1 in one for each question, which ends; since then in one for each font map, which stays
    (https://gitlab.gnome.org/GNOME/pango, pangofc-fontmap.c). While such a thread waits, it holds no lock, and only
    this thread could ask it. But no fork takes it along: a font map of before wants another one after it.
    """
    if sys.platform != "linux":
        return False
    of_python = {str(thread.native_id) for thread in threading.enumerate()}
    return all(thread not in of_python and sleeps(thread) for thread in others())


def sleeps(thread: str) -> bool:
    """Whether a thread of this process sleeps, or has ended (proc_pid_stat(5))."""
    try:
        told = (Path("/proc/self/task") / thread / "stat").read_text("utf-8", "replace")
    except OSError:
        return True
    return told.rpartition(")")[2].split()[0] == "S"


class HelperLostError(Exception):
    """The helper has ended without what it was told to do."""


class Helper:
    """The next process, as this one sees it; in itself ``is_me``, and it has to :meth:`hear` and to :meth:`give`."""

    def __init__(self) -> None:
        """Divide."""
        self.pipe, end = multiprocessing.Pipe()
        parent = os.getpid()
        self.is_told = False
        with warnings.catch_warnings():  # Python can't know of the other threads that they are at rest
            warnings.simplefilter("ignore", DeprecationWarning)
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
