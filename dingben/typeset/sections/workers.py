"""Those who set the parts of a book: this process, or processes of their own, each with its own WeasyPrint.

A process begins before anything is known of the book: it imports WeasyPrint while the sources are
read, and is told how the book is to look; then it divides into as many processes as are wanted, which
share all that. Each opens the fonts for itself, for Pango has a thread look for them, which no fork
takes along. They end with the one that gives the orders.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dingben.errors import DingbenError, ToolError
from dingben.system import processes as helpers
from dingben.system.cache import Cache
from dingben.system.garbage_collection import quiet_collector
from dingben.typeset.engine import load as libraries
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.options import LayoutOptions
from dingben.typeset.records import SectionRecord

if TYPE_CHECKING:
    from dingben.typeset.fonts.registry import FontRegistry
    from dingben.typeset.sections.layout import SectionLayout

Job = tuple[Any, ...]
"""("lay", number, part, before, known, former), ("margins", number, part,
furniture): see PartSetter; ("cut", number, fonts, glyphs): see Faces; ("bundle", number, a quire's bytes, and what else
:func:`dingben.typeset.pdf.renumber.bundle` wants)."""

JobResult = tuple[str, int, Any]
"""("laid", number, quire), ("margins", number, margins), ("cut", number, None), ("bundle", number, bundle), or what
went wrong: ("whole" or "failed", number, error)."""


WORTH = 40_000
"""Characters of HTML up to which another process costs more time than it saves."""

BYTES = 3
"""Of a Han character in UTF-8."""


def cores() -> int:
    """How many processes may run at once."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worthwhile(characters: int) -> int:
    """How many processes are worth their while for so many characters."""
    return 1 + characters // WORTH


def likely(folder: Path) -> int:
    """How many are likely to have something to set of the book there: one, where it was set before."""
    if Cache(folder).holds("quire"):
        return 1
    sizes = (path.stat().st_size for path in (folder / "source").rglob("*.md") if path.is_file())
    return worthwhile(sum(sizes) // BYTES)


class WorkerState:
    """Where one process works."""

    def __init__(self) -> None:
        self.looks: LayoutOptions | None = None
        self.setter: SectionLayout | None = None
        self.faces: FontRegistry | None = None

    def load(self) -> None:
        """Import what sets parts. What goes wrong here, and in :meth:`warm`, is told with the first order."""
        with contextlib.suppress(Exception):
            libraries.load()
            importlib.import_module("dingben.typeset.sections.layout")

    def warm(self) -> None:
        """Have styles read and fonts opened."""
        with contextlib.suppress(Exception):
            self.set_up().warm()

    def set_up(self) -> SectionLayout:
        """What lays out parts of the book. Raises ToolError where a library is missing."""
        if self.setter is None:
            libraries.load()
            from dingben.typeset.sections.layout import SectionLayout

            assert self.looks
            self.setter = SectionLayout(self.looks)
        return self.setter

    def open_fonts(self) -> FontRegistry:
        """What cuts fonts."""
        if self.faces is None:
            from dingben.typeset.fonts.registry import FontRegistry

            assert self.looks
            self.faces = FontRegistry(self.looks)
        return self.faces

    def done(self, order: Job) -> JobResult:
        """Carry out an order."""
        number = int(order[1])
        try:
            setter = self.set_up()
            if order[0] == "bundle":
                from dingben.typeset.pdf.renumber import bundle

                return "bundle", number, bundle(SectionRecord.of(order[2]), *order[3:]).data()
            if order[0] == "cut":
                fonts, glyphs = order[2:]
                self.open_fonts().cut(fonts, glyphs, Cache(setter.looks.folder).kept)
                return "cut", number, None
            if order[0] == "margins":
                return "margins", number, setter.margins(*order[2:]).data()
            part, before, known, former = order[2:]
            quire = setter.lay(part, before, known, SectionRecord.of(former) if former else None)
            return "draft" if order[0] == "draft" else "laid", number, quire.data()
        except NotSplittableError as error:
            return "whole", number, str(error)
        except DingbenError as error:
            return "failed", number, error
        except Exception:
            return "failed", number, RuntimeError(traceback.format_exc())


class Worker(Protocol):
    """Carries out one order at a time."""

    busy: bool

    def send(self, order: Job) -> None:
        """Give it an order."""


class LocalWorker:
    """Works in this process."""

    def __init__(self) -> None:
        self.bench, self.busy = WorkerState(), False
        self.replies: deque[JobResult] = deque()

    def send(self, order: Job) -> None:
        self.busy = True
        self.replies.append(self.bench.done(order))


class ProcessWorker:
    """Works in another process, at the other end of a pipe."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe, self.busy = pipe, False

    def send(self, order: Job) -> None:
        self.busy = True
        with contextlib.suppress(OSError):  # it is gone: that is told when the reply is waited for
            self.pipe.send(order)

    def receive(self) -> JobResult:
        """What came of the last order. Raises ToolError where the process is gone."""
        try:
            reply: JobResult = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise ToolError(
                "a process that set the book was ended", hint="Too little memory? Try `dingben build --jobs 1`."
            ) from error
        return reply


class WorkerGroup:
    """Processes that come of one: ``count`` hands; ``others`` are pipes to those who are there already."""

    def __init__(self, count: int, others: Sequence[Connection]) -> None:
        forked = sys.platform == "linux"
        context = multiprocessing.get_context("fork" if forked else "spawn")
        pipes, ends = zip(*[context.Pipe() for _ in range(count)], strict=True)
        # a forked process has our ends of all pipes too: while it held them, no end of ours could be seen
        inherited = (*others, *pipes) if forked else ()
        self.process = context.Process(target=work, args=(ends, inherited, os.getpid()), daemon=True)  # type: ignore[attr-defined]
        self.process.start()
        for end in ends:
            end.close()
        self.hands = [ProcessWorker(pipe) for pipe in pipes]

    def show(self, looks: LayoutOptions) -> None:
        """Tell the first how the book is to look, before it becomes more."""
        with contextlib.suppress(OSError):  # it is gone: that is told with the first reply
            self.hands[0].pipe.send(looks)

    def end(self) -> None:
        """End the first process, whatever it does, and the others with it. None is given time for leave-taking."""
        for hand in self.hands:
            hand.pipe.close()
        self.process.kill()


# -- in the other processes


def work(pipes: Sequence[Connection], inherited: Sequence[Connection], parent: int) -> None:
    """What a process does: carry out orders until the pipe is closed. Ctrl-C is for the one that gives the orders."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in inherited:
        other.close()
    if sys.platform == "linux":
        helpers.end_with(parent)
    with contextlib.suppress(EOFError, OSError), quiet_collector():
        bench = WorkerState()
        bench.load()
        bench.looks = pipes[0].recv()
        pipe = divided(pipes)
        bench.warm()
        gc.collect()
        gc.freeze()  # what is there now stays
        while True:
            order: Job = pipe.recv()
            pipe.send(bench.done(order))
            if order[0] in ("lay", "draft"):
                gc.collect()  # what is left of a part's boxes: among dead ones the next is laid out slowly


def divided(pipes: Sequence[Connection]) -> Connection:
    """Become as many processes as there are pipes; in each its own is told."""
    mine = pipes[0]
    first = os.getpid()
    for pipe in pipes[1:]:
        if os.fork() == 0:
            helpers.end_with(first)
            mine = pipe
            break
    for pipe in pipes:
        if pipe is not mine:
            pipe.close()
    return mine


class WorkerPool:
    """As many as are wanted; ``jobs`` of them at most.

    Where there is but one job, or a thread beside which no process may be forked, all is done in this process.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.looks: LayoutOptions | None = None
        self.all: list[Worker] = []
        self.families: list[WorkerGroup] = []

    @property
    def may_be_others(self) -> bool:
        """Whether other processes than this may begin: they are forked or, elsewhere, started afresh."""
        return self.jobs > 1 and (sys.platform != "linux" or helpers.may_fork())

    def begin(self, wanted: int) -> None:
        """Start processes for work that is still to come."""
        if self.may_be_others:
            self.enough(wanted)

    def show(self, looks: LayoutOptions) -> None:
        """Tell how the book is to look. Those who were told something else before are sent away."""
        if self.looks is not None and self.looks != looks:
            wanted = len(self.all)
            self.end()
            self.begin(wanted)
        if self.looks is None:
            self.looks = looks
            for family in self.families:
                family.show(looks)

    def enough(self, wanted: int) -> None:
        """Have at least so many, and one at any rate."""
        more = max(1, min(wanted, self.jobs)) - len(self.all)
        if more < 1:
            return
        if not self.may_be_others:
            if not self.all:
                own = LocalWorker()
                own.bench.looks = self.looks
                self.all.append(own)
            return
        for count in [more] if sys.platform == "linux" else [1] * more:
            family = WorkerGroup(count, [hand.pipe for other in self.families for hand in other.hands])
            self.families.append(family)
            self.all += family.hands
            if self.looks is not None:
                family.show(self.looks)

    def replies(self) -> Iterator[tuple[Worker, JobResult]]:
        """What has been done, as soon as something is."""
        pipes = {hand.pipe: hand for hand in self.all if isinstance(hand, ProcessWorker) and hand.busy}
        for hand in self.all:
            if isinstance(hand, LocalWorker):
                while hand.replies:
                    yield hand, hand.replies.popleft()
        for pipe in wait(list(pipes)) if pipes else ():
            other = pipes[pipe]  # type: ignore[index]
            yield other, other.receive()

    def each(self, orders: Sequence[Job]) -> dict[int, Any]:
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
        for family in self.families:
            family.end()
        self.families.clear()
        self.all.clear()
        self.looks = None
