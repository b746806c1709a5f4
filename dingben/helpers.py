"""A process that draws the first pages of a long part while this one lays out the rest.

It is forked when they are laid out, so that it has their boxes without being told. What it makes is what this
process would have made; if it comes to nothing, this one makes it after all.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys

LONG = 100_000
"""Characters of HTML from which on a part is worth a helper."""

MOST = 0.6
"""Of all that is to be laid out: else there is enough to do for all without one."""

SHARE = 0.75
"""Of the text, for the pages that the helper draws: it takes as long as to lay out and draw the rest."""


def is_helped(length: int, total: int, jobs: int) -> bool:
    """Whether a part of so many characters of HTML, of so many in all, is drawn with a helper."""
    return sys.platform == "linux" and jobs > 1 and length >= LONG and length > MOST * total


class Helper:
    """The other process, as this one sees it; in itself ``is_me``, and all it has to do is to :meth:`give`."""

    def __init__(self, pages: int) -> None:
        """Divide. ``pages``: how many the helper has."""
        self.pages = pages
        self.pipe, end = multiprocessing.Pipe(duplex=False)
        parent = os.getpid()
        self.process = os.fork()
        self.is_me = self.process == 0
        if self.is_me:
            end_with(parent)
            self.pipe.close()
            self.pipe = end
        else:
            end.close()

    def give(self, data: bytes) -> None:
        """In the helper: hand over what is made, and end."""
        with contextlib.suppress(OSError):
            self.pipe.send_bytes(data)
        os._exit(0)

    def take(self) -> bytes | None:
        """What the helper has made; None if it came to nothing."""
        try:
            return self.pipe.recv_bytes()
        except (EOFError, OSError):
            return None
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
