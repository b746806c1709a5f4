"""Work done aside, in a process of its own, while this one goes on."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from dingben.errors import DingbenError
from dingben.system import processes

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Work = Callable[[], bytes]


class BackgroundTask(Protocol):
    """Work that has been begun."""

    def __call__(self) -> bytes:
        """What comes of it, waited for. Raises what went wrong with it."""

    def end(self) -> None:
        """Nobody wants it any more; after this nothing of it goes on."""


def begin(work: Work) -> BackgroundTask:
    """Have the work done aside."""
    return InProcess(work) if processes.may_fork() else InThread(work)


class InThread:
    """Work done by a thread. WeasyPrint can't lay out two things at once in one process."""

    def __init__(self, work: Work) -> None:
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(1)
        self.done = pool.submit(work)
        pool.shutdown(wait=False)

    def __call__(self) -> bytes:
        """What comes of it."""
        return self.done.result()

    def end(self) -> None:
        """A thread can't be stopped: it is waited for, or what comes next would disturb it."""
        if not self.done.cancel():
            self.done.exception()


class InProcess:
    """Work done by a process forked for it; what goes wrong there beyond a fault of the book is done again here."""

    def __init__(self, work: Work) -> None:
        import multiprocessing

        context = multiprocessing.get_context("fork")
        self.work = work
        self.pipe, end = context.Pipe(duplex=False)
        self.process = context.Process(target=do, args=(work, end, self.pipe, os.getpid()), daemon=True)
        self.process.start()
        end.close()

    def __call__(self) -> bytes:
        """What comes of it."""
        found: bytes | DingbenError | None = None
        with contextlib.suppress(EOFError, OSError), self.pipe:
            found = self.pipe.recv()
        self.process.join()
        if isinstance(found, DingbenError):
            raise found
        return self.work() if found is None else found

    def end(self) -> None:
        """Stop it, if it isn't done."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def do(work: Work, pipe: Connection, other: Connection, parent: int) -> None:
    """What the process does. It gives way to its parent, which is waited for by then, and leaves Ctrl-C to it.

    ``other``: the parent's end of the pipe, whose copy is of no use here.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    processes.end_with(parent)
    other.close()
    os.nice(19)
    with contextlib.suppress(Exception):
        try:
            pipe.send(work())
        except DingbenError as error:
            pipe.send(error)
