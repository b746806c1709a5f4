"""Fork processes safely, and let them end with the process that forked them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
from pathlib import Path


def other_threads() -> frozenset[str]:
    """Return the ids of the threads of this process, except its main thread (proc_pid_task(5))."""
    return frozenset(path.name for path in Path("/proc/self/task").iterdir()) - {str(os.getpid())}


def may_fork() -> bool:
    """Return whether this process may be forked: it has one thread, or all others are idle threads of a library.

    A lock held by another thread would be copied to the child, where no thread releases it. Pango matches fonts in a
    thread: up to 1.51.1 in one for each query, which ends; since then in one for each font map, which stays
    (https://gitlab.gnome.org/GNOME/pango, pangofc-fontmap.c). While such a thread waits, it holds no lock, and only
    this thread could give it work. But a fork does not copy the thread: an existing font map cannot be used in a child.
    """
    if sys.platform != "linux":
        return False
    of_python = {str(thread.native_id) for thread in threading.enumerate()}
    return all(thread not in of_python and is_sleeping(thread) for thread in other_threads())


def is_sleeping(thread: str) -> bool:
    """Return whether a thread of this process sleeps or has ended (proc_pid_stat(5))."""
    try:
        status = (Path("/proc/self/task") / thread / "stat").read_text("utf-8", "replace")
    except OSError:
        return True
    return status.rpartition(")")[2].split()[0] == "S"


REAPERS: dict[int, tuple[int, int]] = {}
"""The shell that ends the group of programs of a process, and the pipe that it watches, by the process."""


def bound_group() -> int:
    """Return a process group for programs that are killed when this process ends, however that happens.

    The group's leader is a shell that reads from a pipe of this process, and kills the group at its end. A call of
    prctl(2) in the program's process would do the same, but needs a fork with all memory, which takes 90 ms.
    Raises OSError.
    """
    own = os.getpid()
    if own not in REAPERS or not is_running(REAPERS[own][0]):
        given, kept = os.pipe()
        null = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
        script = "trap '' HUP INT TERM; read -r _; kill -s KILL -- -$$"
        leader = os.posix_spawn(
            "/bin/sh",
            ["sh", "-c", script],
            {},
            file_actions=[(os.POSIX_SPAWN_DUP2, given, 0), *null],
            setpgroup=0,
        )
        os.close(given)
        REAPERS[own] = leader, kept
    return REAPERS[own][0]


def is_running(child: int) -> bool:
    """Return whether a child process runs; one that has ended is waited for."""
    try:
        return os.waitpid(child, os.WNOHANG)[0] == 0
    except ChildProcessError:
        return False


def end_with_parent(parent: int) -> None:
    """Let the kernel kill this process when its parent ends, however that happens (prctl(2), PR_SET_PDEATHSIG)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the call
        os._exit(1)
