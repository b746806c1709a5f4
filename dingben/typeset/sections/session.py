"""A layout session: the worker processes that lay out books, kept over one build or over many.

A build starts its workers before anything else, so that they import WeasyPrint while the sources are read. A process
that builds again and again (``dingben watch``) keeps them: what they have imported, read and opened is there for the
next build.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dingben.typeset.sections.workers import Task, WorkerPool


@dataclass(slots=True)
class LayoutSession:
    """The worker pool of one build or, if ``persistent``, of every build of this process."""

    persistent: bool = False
    workers: WorkerPool | None = None

    def start_workers(self, folder: Path, jobs: int) -> WorkerPool:
        """Return the worker pool, with as many processes as the book in ``folder`` is likely to need.

        ``jobs``: how many processes may run at once (0: one for each core).
        """
        from dingben.typeset.sections.workers import likely_workers

        workers = self.pool(jobs)
        workers.start(likely_workers(folder))
        return workers

    def submit(self, jobs: int, function: Callable[..., Any], *arguments: Any) -> Task:
        """Call a function in a worker process, of which one is started if there is none, with low priority."""
        from dingben.typeset.sections.workers import LOW

        workers = self.pool(jobs)
        workers.start(1)
        return workers.submit(function, *arguments, priority=LOW)

    def pool(self, jobs: int) -> WorkerPool:
        """Return the worker pool of at most ``jobs`` processes (0: one for each core), which may have none yet."""
        from dingben.typeset.sections.workers import WorkerPool, cores

        if self.workers is None:
            self.workers = WorkerPool(jobs or cores())
        return self.workers

    def finish(self) -> None:
        """The book is laid out: stop the workers, unless the session is persistent."""
        if not self.persistent:
            self.close()

    def close(self) -> None:
        """Stop the workers, whatever they are doing."""
        if self.workers:
            self.workers.end()
        self.workers = None
