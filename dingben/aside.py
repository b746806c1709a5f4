"""Work done aside, in a process of its own, while this one goes on."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from dingben.errors import DingbenError
from dingben.helpers import is_alone

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Work = Callable[[], bytes]


def begin(work: Work) -> Work:
    """Have the work done, and get a function that waits for what comes of it. Errors are raised where it is called."""
    if may_fork():
        return forked(work)
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(1)
    done = pool.submit(work)
    pool.shutdown(wait=False)
    return done.result


def may_fork() -> bool:
    """Whether work can be done in another process: else a lock of another thread's might be copied."""
    return sys.platform == "linux" and is_alone()


def forked(work: Work) -> Work:
    """Do the work in a process forked for it; what goes wrong there beyond a fault of the book is done again here."""
    import multiprocessing

    context = multiprocessing.get_context("fork")
    pipe, end = context.Pipe(duplex=False)
    process = context.Process(target=do, args=(work, end), daemon=True)
    process.start()
    end.close()

    def result() -> bytes:
        found: bytes | DingbenError | None = None
        with contextlib.suppress(EOFError, OSError), pipe:
            found = pipe.recv()
        process.join()
        if isinstance(found, DingbenError):
            raise found
        return work() if found is None else found

    return result


def do(work: Work, pipe: Connection) -> None:
    """What the process does. It gives way to its parent, which is waited for by then, and leaves Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(19)
    with contextlib.suppress(Exception):
        try:
            pipe.send(work())
        except DingbenError as error:
            pipe.send(error)
