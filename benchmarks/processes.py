"""Measure a command in its own process: seconds, processor seconds, peak memory.

Processor time is that of the command and everything it started, also of what it left
behind (on Linux this process adopts it, by prctl). Memory is the peak of the whole tree in
proportional set size, so that what processes share counts once; it is sampled, and only
where asked for, for sampling costs time.
"""

from __future__ import annotations

import ctypes
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

EVERY = 0.1
"""Seconds between two measurements of memory."""

PR_SET_CHILD_SUBREAPER = 36


class FailedError(Exception):
    """A measured command ended with an error."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: wall seconds, processor seconds (user and system), peak memory in MB (0: not measured)."""

    wall: float
    cpu: float
    memory: float = 0.0


@dataclass(frozen=True, slots=True)
class Runs:
    """Several runs of one command."""

    runs: tuple[Run, ...]

    @property
    def wall(self) -> float:
        """Median of wall seconds."""
        return statistics.median(r.wall for r in self.runs)

    @property
    def cpu(self) -> float:
        """Median of processor seconds."""
        return statistics.median(r.cpu for r in self.runs)

    @property
    def memory(self) -> float:
        """The largest peak of memory."""
        return max(r.memory for r in self.runs)

    @property
    def spread(self) -> str:
        """The fastest and the slowest run."""
        walls = [r.wall for r in self.runs]
        return f"{min(walls):.2f}–{max(walls):.2f}"


def run(commands: Sequence[Sequence[str]], folder: Path, *, memory: bool = False) -> Run:
    """Run the commands one after another in ``folder``. Raises FailedError with the end of the output."""
    adopt()
    reap()  # what an earlier command left is none of this one's
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = 0.0
    start = perf_counter()
    for command in commands:
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(command, cwd=folder, env=usual(), stdout=said, stderr=subprocess.STDOUT)
            if memory:
                peak = max(peak, watched(process))
            if process.wait():
                said.seek(0)
                raise FailedError(
                    f"{command[0]} ended with {process.returncode}: {said.read()[-400:].decode('utf-8', 'replace')}"
                )
    wall = perf_counter() - start
    reap()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall, cpu, peak / (1 << 20))


def usual() -> dict[str, str]:
    """The environment of a user, in which Python writes bytecode files."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def watched(process: subprocess.Popen[bytes]) -> float:
    """The peak memory of the process and all below it, in bytes, until it ends."""
    peak, ended = 0, threading.Event()

    def wait() -> None:
        process.wait()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    while True:
        peak = max(peak, sum(proportional(pid) for pid in tree(process.pid)))
        if ended.wait(EVERY):
            return float(peak)


def tree(root: int) -> list[int]:
    """The process and its living descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += parents.get(pid, [])
    return found


def proportional(pid: int) -> int:
    """The proportional set size of a process in bytes; 0 if it has ended or the system does not report it."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    except OSError:
        pass
    return 0


def adopt() -> None:
    """Adopt orphaned processes, so that their time is counted."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap(patience: float = 0.5) -> None:
    """Wait for adopted processes that end within ``patience`` seconds: only then their time is counted."""
    until = perf_counter() + patience
    try:
        while os.waitpid(-1, os.WNOHANG)[0] or perf_counter() < until:
            sleep(0.01)
    except ChildProcessError:
        pass
