"""Workers that lay out the sections of a book: this process, or processes of their own, each with its own WeasyPrint.

A process starts before the book is known: it imports WeasyPrint while the sources are read, and receives the layout
options. Then it forks into as many processes as needed, which share its memory. Each opens the fonts itself, since
Pango opens them in a thread, which a fork does not copy. They end with the process that started them.
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
from dingben.system import processes
from dingben.system.cache import Cache
from dingben.system.garbage_collection import tuned_garbage_collection
from dingben.typeset.options import LayoutOptions
from dingben.typeset.sections.jobs import CallJob, Job, JobResult, LayoutJob, WorkerState

CHARACTERS_PER_WORKER = 40_000
"""Characters of HTML up to which another process costs more time than it saves."""

NORMAL, LOW = 0, 1
"""Priorities of tasks."""

BYTES_PER_HAN = 3
"""Bytes of a Han character in UTF-8."""

SECTION_CACHE = "section"
"""Kind of the cache entries that hold section records."""


def cores() -> int:
    """Return how many processes may run at once."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def useful_workers(characters: int) -> int:
    """Return how many processes save time for so many characters of HTML."""
    return 1 + characters // CHARACTERS_PER_WORKER


def likely_workers(folder: Path) -> int:
    """Return how many workers the book in ``folder`` is likely to need: one if it is in the cache."""
    if Cache(folder).contains(SECTION_CACHE):
        return 1
    sizes = (path.stat().st_size for path in (folder / "source").rglob("*.md") if path.is_file())
    return useful_workers(sum(sizes) // BYTES_PER_HAN)


class Task:
    """A function called in a worker process: a future of its result."""

    def __init__(self, pool: WorkerPool, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.pool, self.function, self.arguments = pool, function, arguments
        self.reply: JobResult | None = None

    def result(self) -> Any:
        """Wait for the result and return it. Raises what the function raised.

        If the worker was lost or never took the task, the function is called in this process.
        """
        while self.reply is None and self.pool.advance(self):
            pass
        if self.reply is None:
            return self.function(*self.arguments)
        if self.reply.error:
            raise self.reply.error
        return self.reply.value


class Worker(Protocol):
    """Runs one job at a time."""

    busy: bool
    task: Task | None
    """The task that it runs, if that is not a layout job."""

    def send(self, job: Job) -> None:
        """Give it a job."""


class LocalWorker:
    """A worker in this process."""

    def __init__(self) -> None:
        self.state, self.busy = WorkerState(), False
        self.task: Task | None = None
        self.replies: deque[JobResult] = deque()

    def send(self, job: Job) -> None:
        self.busy = True
        self.replies.append(self.state.run(job))


class ProcessWorker:
    """A worker in another process, at the other end of a pipe."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe, self.busy = pipe, False
        self.task: Task | None = None

    def send(self, job: Job) -> None:
        self.busy = True
        with contextlib.suppress(OSError):  # it is gone: receive() raises the error
            self.pipe.send(job)

    def receive(self) -> JobResult:
        """Return the result of the last job. Raises ToolError if the process is gone."""
        try:
            reply: JobResult = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise ToolError(
                "a layout process was killed", hint="Too little memory? Try `dingben build --jobs 1`."
            ) from error
        return reply


class WorkerGroup:
    """``count`` worker processes forked from one; ``others`` are the pipes of workers that run already."""

    def __init__(self, count: int, others: Sequence[Connection]) -> None:
        forked = sys.platform == "linux"
        context = multiprocessing.get_context("fork" if forked else "spawn")
        pipes, ends = zip(*[context.Pipe() for _ in range(count)], strict=True)
        # a forked process inherits the parent's ends of all pipes: while it holds them, it does not see them closed
        inherited = (*others, *pipes) if forked else ()
        self.process = context.Process(target=work, args=(ends, inherited, os.getpid()), daemon=True)  # type: ignore[attr-defined]
        self.process.start()
        for end in ends:
            end.close()
        self.workers = [ProcessWorker(pipe) for pipe in pipes]

    def configure(self, options: LayoutOptions | None) -> None:
        """Send the layout options to the first process, before it forks; None if nothing is to be laid out."""
        with contextlib.suppress(OSError):  # it is gone: the first receive() raises the error
            self.workers[0].pipe.send(options)

    def end(self) -> None:
        """Kill the first process, and the others with it."""
        for worker in self.workers:
            worker.pipe.close()
        self.process.kill()


# -- in the worker processes


def work(pipes: Sequence[Connection], inherited: Sequence[Connection], parent: int) -> None:
    """Run jobs until the pipe is closed: the main function of a process. Ctrl-C is for the parent process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in inherited:
        other.close()
    if sys.platform == "linux":
        processes.end_with_parent(parent)
    with contextlib.suppress(EOFError, OSError), tuned_garbage_collection():
        state = WorkerState()
        state.load()
        state.options = pipes[0].recv()
        pipe = fork_workers(pipes)
        if state.options:
            state.warm()
        gc.collect()
        gc.freeze()  # modules, styles and fonts stay until the process ends
        while True:
            job: Job = pipe.recv()
            pipe.send(state.run(job))
            if isinstance(job, LayoutJob):
                gc.collect()  # the boxes of the section, which would slow down the next


def fork_workers(pipes: Sequence[Connection]) -> Connection:
    """Fork into as many processes as there are pipes; return the pipe of this process."""
    own = pipes[0]
    first = os.getpid()
    for pipe in pipes[1:]:
        if os.fork() == 0:
            processes.end_with_parent(first)
            own = pipe
            break
    for pipe in pipes:
        if pipe is not own:
            pipe.close()
    return own


class WorkerPool:
    """Worker processes, ``jobs`` of them at most.

    If ``jobs`` is 1, or a thread is running so that no process may be forked, all jobs run in this process.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.options: LayoutOptions | None = None
        self.configured = False
        """Whether the processes have the layout options, or know that nothing is to be laid out."""
        self.all: list[Worker] = []
        self.groups: list[WorkerGroup] = []
        self.waiting: list[tuple[int, int, Task]] = []
        """Tasks that no worker has started, with priority and number: a heap."""
        self.numbers = count()
        self.reading = RLock()
        """One thread at a time reads the results of the workers."""

    @property
    def may_start_processes(self) -> bool:
        """Whether worker processes may be started: forked on Linux, spawned on other systems."""
        return self.jobs > 1 and (sys.platform != "linux" or processes.may_fork())

    @property
    def process_count(self) -> int:
        """How many worker processes there are."""
        return sum(isinstance(worker, ProcessWorker) for worker in self.all)

    def start(self, wanted: int) -> None:
        """Start processes before there are jobs for them."""
        if self.may_start_processes:
            self.ensure_workers(wanted)

    def configure(self, options: LayoutOptions | None) -> None:
        """Send the layout options to the workers. Workers with other options are replaced by new ones."""
        if self.configured and self.options != options:
            wanted = len(self.all)
            self.end()
            self.start(wanted)
        if not self.configured:
            self.options, self.configured = options, True
            for group in self.groups:
                group.configure(options)

    def ensure_workers(self, wanted: int) -> None:
        """Start workers until there are ``wanted`` of them, at most ``jobs`` and at least one."""
        more = max(1, min(wanted, self.jobs)) - len(self.all)
        if more < 1:
            return
        if not self.may_start_processes:
            if not self.all:
                own = LocalWorker()
                own.state.options = self.options
                self.all.append(own)
            return
        for size in [more] if sys.platform == "linux" else [1] * more:
            group = WorkerGroup(size, [worker.pipe for other in self.groups for worker in other.workers])
            self.groups.append(group)
            self.all += group.workers
            if self.configured:
                group.configure(self.options)

    def replies(self) -> Iterator[tuple[Worker, JobResult]]:
        """Wait until a worker has finished a job, and yield the results."""
        self.start_tasks()
        pipes = {worker.pipe: worker for worker in self.all if isinstance(worker, ProcessWorker) and worker.busy}
        for worker in self.all:
            if isinstance(worker, LocalWorker):
                while worker.replies:
                    yield worker, worker.replies.popleft()
        for pipe in wait(list(pipes)) if pipes else ():
            other = pipes[pipe]  # type: ignore[index]
            if other.task:
                self.end_task(other, other.task)
            else:
                yield other, other.receive()

    # -- functions called in the workers

    def submit(self, function: Callable[..., Any], *arguments: Any, priority: int = NORMAL) -> Task:
        """Call a function of a module in a worker process that is idle.

        It and its arguments are pickled. Without worker processes it is called when its result is needed.
        """
        task = Task(self, function, arguments)
        with self.reading:
            heappush(self.waiting, (priority, next(self.numbers), task))
            self.start_tasks()
        return task

    def start_tasks(self) -> None:
        """Give waiting tasks to idle worker processes, those with the lowest priority number first."""
        for worker in self.all:
            if self.waiting and isinstance(worker, ProcessWorker) and not worker.busy:
                if not self.configured:
                    self.configure(None)
                _, number, worker.task = heappop(self.waiting)
                worker.send(CallJob(number, worker.task.function, worker.task.arguments))

    def end_task(self, worker: ProcessWorker, task: Task) -> None:
        """Receive the result of a task. A worker that is gone has none and is removed."""
        worker.task, worker.busy = None, False
        try:
            task.reply = worker.receive()
        except ToolError:
            self.all.remove(worker)

    def advance(self, task: Task) -> bool:
        """Wait until a worker has finished a job; False if no worker runs the task or will run it."""
        with self.reading:
            if task.reply is not None:
                return True
            for worker, _ in self.replies():  # of a layout that has failed
                worker.busy = False
            return task.reply is not None or any(worker.task is task for worker in self.all) or self.is_waiting(task)

    def is_waiting(self, task: Task) -> bool:
        """Whether a worker process will take the task; if not, it is removed from the queue."""
        if any(isinstance(worker, ProcessWorker) for worker in self.all):
            return any(waiting is task for _, _, waiting in self.waiting)
        self.waiting = [entry for entry in self.waiting if entry[2] is not task]
        heapify(self.waiting)
        return False

    def run_jobs(self, jobs: Sequence[Job]) -> dict[int, Any]:
        """Run jobs that do not depend on each other; return their results by number."""
        waiting, results = deque(jobs), dict[int, Any]()
        sent: list[Worker] = []
        while len(results) < len(jobs):
            self.ensure_workers(1)
            for worker in self.all:
                if waiting and not worker.busy:
                    worker.send(waiting.popleft())
                    sent.append(worker)
            for worker, result in self.replies():
                worker.busy = False
                if worker not in sent:  # the result of a job that was given before, which nobody waits for
                    continue
                sent.remove(worker)
                if result.error:
                    raise result.error
                results[result.number] = result.value
        return results

    def end(self) -> None:
        """Kill all processes."""
        for group in self.groups:
            group.end()
        self.groups.clear()
        self.all.clear()
        self.options, self.configured = None, False
