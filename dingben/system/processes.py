"""Fork processes safely, and let them end with the process that forked them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
from pathlib import Path


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


def end_with(parent: int) -> None:
    """Have the kernel end this process with the one that it was forked from, however that ends (prctl(2))."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it has ended before that was said
        os._exit(1)
