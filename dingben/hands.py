"""Those who set the parts of a book: this process, or processes of their own, each with its own WeasyPrint.

A process begins to read styles and fonts as soon as it is there, before it has anything to
set. It ends with the one that gives the orders.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from dingben.bundles import bundle
from dingben.collector import quiet_collector
from dingben.errors import DingbenError, ToolError
from dingben.laying import PartSetter
from dingben.parts import WholeBookError
from dingben.quires import Quire
from dingben.typeset import Looks

Order = tuple[Any, ...]
"""("lay", number, part, before, known, former), ("margins", number, part, furniture): see PartSetter; ("bundle",
number, and what :func:`dingben.bundles.bundle` wants)."""

Reply = tuple[str, int, Any]
"""("laid", number, quire), ("margins", number, margins), ("bundle", number, bundle), or what went wrong: ("whole" or
"failed", number, error)."""


def cores() -> int:
    """How many processes may run at once."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Bench:
    """Where one process works."""

    def __init__(self, looks: Looks) -> None:
        self.looks = looks
        self.setter: PartSetter | None = None

    def warm(self) -> None:
        """Get ready. What goes wrong now goes wrong again with the first order, and is told then."""
        with contextlib.suppress(Exception):
            self.setter = PartSetter(self.looks)
            self.setter.warm()

    def done(self, order: Order) -> Reply:
        """Carry out an order."""
        number = int(order[1])
        try:
            self.setter = self.setter or PartSetter(self.looks)
            if order[0] == "bundle":
                return "bundle", number, bundle(*order[2:]).data()
            if order[0] == "margins":
                return "margins", number, self.setter.margins(*order[2:]).data()
            part, before, known, former = order[2:]
            return "laid", number, self.setter.lay(part, before, known, Quire.of(former) if former else None).data()
        except WholeBookError as error:
            return "whole", number, str(error)
        except DingbenError as error:
            return "failed", number, error
        except Exception:
            return "failed", number, RuntimeError(traceback.format_exc())


class Hand(Protocol):
    """Carries out one order at a time."""

    busy: bool

    def send(self, order: Order) -> None:
        """Give it an order."""


class OwnHand:
    """Works in this process."""

    def __init__(self, looks: Looks) -> None:
        self.bench, self.busy = Bench(looks), False
        self.replies: deque[Reply] = deque()

    def send(self, order: Order) -> None:
        self.busy = True
        self.replies.append(self.bench.done(order))


class OtherHand:
    """Works in a process of its own, which ends with the pipe to it."""

    def __init__(self, looks: Looks, others: Sequence[Connection]) -> None:
        forked = sys.platform == "linux"
        context = multiprocessing.get_context("fork" if forked else "spawn")
        self.pipe, end = context.Pipe()
        # a forked process has our ends of all pipes too: while it held them, no end of ours could be seen
        inherited = (*others, self.pipe) if forked else ()
        self.process = context.Process(target=work, args=(end, inherited, looks), daemon=True)  # type: ignore[attr-defined]
        self.process.start()
        end.close()
        self.busy = False

    def send(self, order: Order) -> None:
        self.busy = True
        self.pipe.send(order)

    def receive(self) -> Reply:
        """What came of the last order. Raises ToolError where the process is gone."""
        try:
            reply: Reply = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise ToolError(
                "a process that set the book was ended", hint="Too little memory? Try `dingben build --jobs 1`."
            ) from error
        return reply

    def end(self) -> None:
        """End the process, whatever it does. It is given no time for leave-taking, and none is waited for."""
        self.pipe.close()
        self.process.kill()


def work(pipe: Connection, inherited: Sequence[Connection], looks: Looks) -> None:
    """What a process does: carry out orders until the pipe is closed. Ctrl-C is for the one that gives the orders."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in inherited:
        other.close()
    if sys.platform == "linux":
        end_with_parent()
    with contextlib.suppress(EOFError, OSError), quiet_collector():
        bench = Bench(looks)
        bench.warm()
        while True:
            pipe.send(bench.done(pipe.recv()))
            gc.collect()  # a part leaves 50,000 boxes behind, and among dead ones the next is laid out slowly


def end_with_parent() -> None:
    """Have the kernel end this process with the one that gives the orders, however that ends (prctl(2))."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Hands:
    """As many as are wanted; ``jobs`` of them at most. Without more than one job all is done in this process."""

    def __init__(self, looks: Looks, jobs: int) -> None:
        self.looks, self.jobs = looks, jobs
        self.all: list[Hand] = []

    def begin(self, wanted: int) -> None:
        """Start processes for work that is still to come."""
        if self.jobs > 1:
            self.enough(wanted)

    def enough(self, wanted: int) -> None:
        """Have at least so many, and one at any rate."""
        while len(self.all) < max(1, min(wanted, self.jobs)):
            if self.jobs < 2:
                self.all.append(OwnHand(self.looks))
            else:
                pipes = [hand.pipe for hand in self.all if isinstance(hand, OtherHand)]
                self.all.append(OtherHand(self.looks, pipes))

    def replies(self) -> Iterator[tuple[Hand, Reply]]:
        """What has been done, as soon as something is."""
        pipes = {hand.pipe: hand for hand in self.all if isinstance(hand, OtherHand) and hand.busy}
        for hand in self.all:
            if isinstance(hand, OwnHand):
                while hand.replies:
                    yield hand, hand.replies.popleft()
        for pipe in wait(list(pipes)) if pipes else ():
            other = pipes[pipe]  # type: ignore[index]
            yield other, other.receive()

    def each(self, orders: Sequence[Order]) -> dict[int, Any]:
        """What comes of orders that need nothing of each other, by number."""
        self.enough(1)
        waiting, made = deque(orders), dict[int, Any]()
        while len(made) < len(orders):
            for hand in self.all:
                if waiting and not hand.busy:
                    hand.send(waiting.popleft())
            for hand, (kind, number, content) in self.replies():
                hand.busy = False
                if kind == "failed":
                    raise content
                made[number] = content
        return made

    def end(self) -> None:
        """End all processes, whatever they do."""
        for hand in self.all:
            if isinstance(hand, OtherHand):
                hand.end()
        self.all.clear()
