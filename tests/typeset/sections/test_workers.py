"""Functions called in worker processes: their results, errors, order, and what happens when a worker is lost."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dingben.errors import SourceError
from dingben.typeset.sections.workers import LOW, NORMAL, WorkerPool

HERE = os.getpid()

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    """A pool with one process."""
    made = WorkerPool(2)
    made.start(1)
    yield made
    made.end()


def large(size: int) -> bytes:
    return b"x" * size


def process() -> int:
    return os.getpid()


def faulty() -> None:
    raise SourceError("no such picture", hint="Draw one.")


def killed() -> int:
    if os.getpid() != HERE:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def note(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def count_slowly(path: Path) -> None:
    for _ in range(100):
        note(path, "x")
        time.sleep(0.02)


def test_result_of_another_process(pool: WorkerPool) -> None:
    assert pool.submit(process).result() != HERE
    assert pool.submit(large, 1_000_000).result() == large(1_000_000)


def test_error_of_a_task_is_raised_by_its_result(pool: WorkerPool) -> None:
    task = pool.submit(faulty)
    with pytest.raises(SourceError, match="no such picture") as caught:
        task.result()
    assert caught.value.diagnostics[0].hint == "Draw one."


def test_tasks_of_higher_priority_come_first(pool: WorkerPool, tmp_path: Path) -> None:
    path = tmp_path / "order"
    first = pool.submit(time.sleep, 0.2)
    tasks = [pool.submit(note, path, text, priority=p) for text, p in (("l", LOW), ("a", NORMAL), ("b", NORMAL))]
    for task in (*tasks, first):
        task.result()
    assert path.read_text() == "abl"


def test_task_of_a_lost_worker_runs_in_this_process(pool: WorkerPool) -> None:
    assert pool.submit(killed).result() == HERE
    assert pool.process_count == 0
    assert pool.submit(process).result() == HERE


def test_ended_pool_runs_nothing(pool: WorkerPool, tmp_path: Path) -> None:
    path = tmp_path / "seen"
    pool.submit(count_slowly, path)
    pool.end()
    time.sleep(0.1)
    before = path.stat().st_size if path.exists() else 0
    time.sleep(0.1)
    assert before == (path.stat().st_size if path.exists() else 0)


def test_task_without_processes_runs_in_this_process() -> None:
    pool = WorkerPool(1)
    pool.start(1)
    assert pool.submit(process).result() == HERE


def test_pool_beside_a_thread_starts_no_process() -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    pool = WorkerPool(2)
    try:
        pool.start(2)
        assert pool.submit(process).result() == HERE
    finally:
        over.set()
        thread.join()
        pool.end()
