"""The PDF while a person writes: made by a process that stays, with all at hand that doesn't change.

WeasyPrint is imported, styles are read, fonts are opened, and chapters that are as they were are
in memory: what is left to do after a save are the pages that it has changed. The process is
told on its standard input to build, answers with a line of JSON, and ends with its input.
The file and the memory of the build are those of ``dingben build pdf``, so that the build of the
other editions finds the PDF up to date.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dingben import fonts
from dingben.collector import quiet_collector
from dingben.errors import DingbenError, Problem

if TYPE_CHECKING:
    from dingben.fragment import Known
    from dingben.hands import Hands


@dataclass(slots=True)
class Standing:
    """What is begun before it is asked for: those who set the parts. In a process that builds again and again it stays.

    ``stays``: whether it does; then fragments of chapters stay too, as ``known``.
    """

    stays: bool = False
    known: Known = field(default_factory=dict)
    hands: Hands | None = None

    def hands_for(self, folder: Path, jobs: int) -> Hands:
        """The hands that are there, or new ones, that get ready for the book. ``jobs``: at most (0: one a core)."""
        from dingben.hands import Hands, cores, likely

        if self.hands is None:
            self.hands = Hands(jobs or cores())
        self.hands.begin(likely(folder))
        return self.hands

    def done(self) -> None:
        """The book is set."""
        if not self.stays:
            self.dismiss()

    def dismiss(self) -> None:
        """Send the hands away, whatever they do."""
        if self.hands:
            self.hands.end()
        self.hands = None


# -- the process


def main() -> None:
    """Build the PDF of the book that is named with every line that is read, until there is no more."""
    folder, standing = Path(sys.argv[1]), Standing(stays=True)
    installed = fonts.fonts_digest()
    get_ready(folder, standing)
    for _ in sys.stdin:
        fonts.listing.cache_clear()
        if fonts.fonts_digest() != installed:  # a process has the fonts that were there when it began
            break
        with quiet_collector():
            answer = built(folder, standing)
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()
    standing.dismiss()


def get_ready(folder: Path, standing: Standing) -> None:
    """Import, read and open what the first build will want; what is wrong is told by that build."""
    from dingben import libraries
    from dingben.making import Edition
    from dingben.source import read_book

    with contextlib.suppress(DingbenError, OSError):
        from dingben import pdf

        book = read_book(folder)
        pdf.get_ready(book, standing)
        assert Edition(book, [], standing.known).fragments
        libraries.load()
        importlib.import_module("dingben.binding")


def built(folder: Path, standing: Standing) -> dict[str, Any]:
    """What came of one build, for JSON."""
    from dingben.build import Builder, wanted

    start = time.perf_counter()
    try:
        made = Builder(folder, standing=standing).run(wanted(["pdf"]))
    except (DingbenError, OSError) as error:  # a file may go away while it is read: the next save tells
        standing.dismiss()
        problems = error.problems if isinstance(error, DingbenError) else [Problem(f"can't be read: {error}")]
        return {"problems": [told(problem) for problem in problems]}
    names = [output.path.name for output in made.outputs if output.why]
    findings = [told(problem) for problem in made.findings]
    return {"made": names, "findings": findings, "seconds": time.perf_counter() - start}


def told(problem: Problem) -> dict[str, Any]:
    """A problem for JSON."""
    place = problem.place
    where = {"file": str(place.file), "line": place.line, "column": place.column} if place else {}
    return {**where, "message": problem.message, "hint": problem.hint}


# -- the one who tells it


class Standby:
    """The process, as the watch sees it."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", "from dingben.standby import main; main()", str(folder.absolute())]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.busy = False
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """Take every answer as it comes."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.answers.put(json.loads(line))

    def build(self) -> None:
        """Have the PDF built; while one is built, the next waits in the pipe."""
        assert self.process.stdin
        with contextlib.suppress(OSError):
            self.process.stdin.write("build\n")
            self.process.stdin.flush()
            self.busy = True

    def answer(self) -> dict[str, Any] | None:
        """What came of a build, if one has ended since it was asked last."""
        try:
            found = self.answers.get_nowait()
        except queue.Empty:
            return None
        self.busy = False
        return found

    @property
    def lives(self) -> bool:
        """Whether the process is there and can be told to build."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.wait()
