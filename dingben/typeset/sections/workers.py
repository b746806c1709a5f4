"""Those who set the parts of a book: this process, or processes of their own, each with its own WeasyPrint.

A process begins before anything is known of the book: it imports WeasyPrint while the sources are
read, and is told how the book is to look; then it divides into as many processes as are wanted, which
share all that. Each opens the fonts for itself, for Pango has a thread look for them, which no fork
takes along. They end with the one that gives the orders.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import count
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import RLock
from typing import Any, Protocol

from dingben.errors import ToolError
from dingben.system import processes as helpers
from dingben.system.cache import Cache
from dingben.system.garbage_collection import tuned_garbage_collection
from dingben.typeset.options import LayoutOptions
from dingben.typeset.sections.jobs import Job, JobResult, WorkerState

WORTH = 40_000
"""Characters of HTML up to which another process costs more time than it saves."""

NORMAL, LOW = 0, 1
"""Priorities of tasks."""

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
    if Cache(folder).contains("quire"):
        return 1
    sizes = (path.stat().st_size for path in (folder / "source").rglob("*.md") if path.is_file())
    return worthwhile(sum(sizes) // BYTES)


class Task:
    """A function called in a worker process: a future of its result."""

    def __init__(self, pool: WorkerPool, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.pool, self.function, self.arguments = pool, function, arguments
        self.reply: JobResult | None = None

    def result(self) -> Any:
        """Wait for the result and return it. Raises what the function raised.

        Where the worker was lost or has never taken the task, the function is called in this process.
        """
        while self.reply is None and self.pool.advance(self):
            pass
        if self.reply is None:
            return self.function(*self.arguments)
        kind, _, content = self.reply
        if kind == "failed":
            raise content
        return content


class Worker(Protocol):
    """Carries out one order at a time."""

    busy: bool
    task: Task | None
    """The task that it is at, if that is no order of the layout."""

    def send(self, order: Job) -> None:
        """Give it an order."""


class LocalWorker:
    """Works in this process."""

    def __init__(self) -> None:
        self.bench, self.busy = WorkerState(), False
        self.task: Task | None = None
        self.replies: deque[JobResult] = deque()

    def send(self, order: Job) -> None:
        self.busy = True
        self.replies.append(self.bench.done(order))


class ProcessWorker:
    """Works in another process, at the other end of a pipe."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe, self.busy = pipe, False
        self.task: Task | None = None

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

    def show(self, looks: LayoutOptions | None) -> None:
        """Tell the first how the book is to look, before it becomes more; None where nothing is to be laid out."""
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
        helpers.end_with_parent(parent)
    with contextlib.suppress(EOFError, OSError), tuned_garbage_collection():
        bench = WorkerState()
        bench.load()
        bench.looks = pipes[0].recv()
        pipe = divided(pipes)
        if bench.looks:
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
            helpers.end_with_parent(first)
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
        self.shown = False
        """Whether the processes have been told how the book is to look, or that nothing is to be laid out."""
        self.all: list[Worker] = []
        self.families: list[WorkerGroup] = []
        self.waiting: list[tuple[int, int, Task]] = []
        """Tasks that no worker has begun, with priority and number: a heap."""
        self.numbers = count()
        self.pumping = RLock()
        """One thread at a time reads what the workers answer."""

    @property
    def may_be_others(self) -> bool:
        """Whether other processes than this may begin: they are forked or, elsewhere, started afresh."""
        return self.jobs > 1 and (sys.platform != "linux" or helpers.may_fork())

    @property
    def processes(self) -> int:
        """How many worker processes there are."""
        return sum(isinstance(hand, ProcessWorker) for hand in self.all)

    def begin(self, wanted: int) -> None:
        """Start processes for work that is still to come."""
        if self.may_be_others:
            self.enough(wanted)

    def show(self, looks: LayoutOptions | None) -> None:
        """Tell how the book is to look. Those who were told something else before are sent away."""
        if self.shown and self.looks != looks:
            wanted = len(self.all)
            self.end()
            self.begin(wanted)
        if not self.shown:
            self.looks, self.shown = looks, True
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
        for size in [more] if sys.platform == "linux" else [1] * more:
            family = WorkerGroup(size, [hand.pipe for other in self.families for hand in other.hands])
            self.families.append(family)
            self.all += family.hands
            if self.shown:
                family.show(self.looks)

    def replies(self) -> Iterator[tuple[Worker, JobResult]]:
        """What has been done, as soon as something is."""
        self.start_tasks()
        pipes = {hand.pipe: hand for hand in self.all if isinstance(hand, ProcessWorker) and hand.busy}
        for hand in self.all:
            if isinstance(hand, LocalWorker):
                while hand.replies:
                    yield hand, hand.replies.popleft()
        for pipe in wait(list(pipes)) if pipes else ():
            other = pipes[pipe]  # type: ignore[index]
            if other.task:
                self.end_task(other, other.task)
            else:
                yield other, other.receive()

    # -- functions called in the workers

    def submit(self, function: Callable[..., Any], *arguments: Any, priority: int = NORMAL) -> Task:
        """Call a function of a module in a worker process that has nothing to lay out.

        It and its arguments are pickled. Where there are no worker processes it is called when its result is needed.
        """
        task = Task(self, function, arguments)
        with self.pumping:
            heappush(self.waiting, (priority, next(self.numbers), task))
            self.start_tasks()
        return task

    def start_tasks(self) -> None:
        """Give waiting tasks to idle worker processes, those of a low priority number first."""
        for hand in self.all:
            if self.waiting and isinstance(hand, ProcessWorker) and not hand.busy:
                if not self.shown:
                    self.show(None)
                _, number, hand.task = heappop(self.waiting)
                hand.send(("call", number, hand.task.function, hand.task.arguments))

    def end_task(self, hand: ProcessWorker, task: Task) -> None:
        """Receive the result of a task. A worker that is gone has none, and is not used again."""
        hand.task, hand.busy = None, False
        try:
            task.reply = hand.receive()
        except ToolError:
            self.all.remove(hand)

    def advance(self, task: Task) -> bool:
        """Wait until a worker has finished something; False where no worker is at the task or will be."""
        with self.pumping:
            if task.reply is not None:
                return True
            for hand, _ in self.replies():  # of a layout that has failed
                hand.busy = False
            return task.reply is not None or any(hand.task is task for hand in self.all) or self.is_waiting(task)

    def is_waiting(self, task: Task) -> bool:
        """Whether a worker process will take the task; if not, it is taken from the queue."""
        if any(isinstance(hand, ProcessWorker) for hand in self.all):
            return any(waiting is task for _, _, waiting in self.waiting)
        self.waiting = [entry for entry in self.waiting if entry[2] is not task]
        heapify(self.waiting)
        return False

    def each(self, orders: Sequence[Job]) -> dict[int, Any]:
        """What comes of orders that need nothing of each other, by number."""
        waiting, made = deque(orders), dict[int, Any]()
        while len(made) < len(orders):
            self.enough(1)
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
        self.looks, self.shown = None, False
