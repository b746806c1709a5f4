"""Watches a book: the pages are new a moment after a save, the other editions follow.

The web edition is made here and shown by ``serve``, the PDF at the same time by a process that
stays (``standby``). The other editions are made by a build of its own process, which is stopped
and begun anew when something is saved meanwhile: a build may die at any moment.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Protocol, TypeVar

from dingben.diagnostics import Diagnostic, printable, printable_diagnostic
from dingben.errors import ToolError, to_diagnostics
from dingben.live.messages import BuildMessage, read_build
from dingben.live.page_store import PageStore
from dingben.live.pdf_process import PdfProcess, end_group
from dingben.live.preview import Preview
from dingben.live.server import serve

WATCHED = ("source", "templates", "styles")
PAUSE = 0.1
"""Seconds between looks; polling works on every file system, network drives too."""

State = dict[Path, tuple[int, ...]]
Result = TypeVar("Result")


class Reporter(Protocol):
    """Told what happens; the command line prints it."""

    def note(self, text: str) -> None:
        """Something went well."""

    def wrong(self, problems: Sequence[Diagnostic]) -> None:
        """Something is wrong with the book."""


def state(folder: Path) -> State:
    """Time, size and mode of every watched file and folder: enough to see a save. Opens nothing, raises nothing.

    Links to folders are not followed, so that a circle of them ends.
    """
    found: State = {}
    folders = [folder / name for name in WATCHED]
    while folders:
        try:
            entries = list(os.scandir(folders.pop()))
        except (OSError, ValueError):  # there is none, it may not be read, or it has gone away
            continue
        for entry in entries:
            with contextlib.suppress(OSError, ValueError):  # it went away between listing and looking
                status = entry.stat()
                found[Path(entry.path)] = (status.st_mtime_ns, status.st_size, status.st_mode)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
    return found


class Watcher:
    """One watched book. Whatever the book holds, it goes on: each step has a border (:meth:`attempt`)."""

    def __init__(self, folder: Path, teller: Reporter, *, port: int | None = None) -> None:
        self.folder, self.teller = folder.absolute(), teller
        self.preview, self.shown = Preview(self.folder), PageStore()
        self.troubles: queue.SimpleQueue[Diagnostic] = queue.SimpleQueue()
        """What requests have raised, to be told by the thread that watches."""
        self.server = serve(self.shown, port, self.troubles.put)
        self.build: subprocess.Popen[bytes] | None = None
        self.standby: PdfProcess | None = None
        self.slow = False
        """Whether it has been told that the PDF takes long."""
        self.saved = 0.0
        """When the last change was seen."""
        self.said: IO[bytes] = io.BytesIO()
        self.found: set[str] = set()
        """What the builds since the last change have found."""
        self.seen: State | None = None

    def run(self) -> None:
        """Until interrupted."""
        elsewhere = f" (port {self.server.taken} is in use)" if self.server.taken else ""
        self.teller.note(printable(f"watching {self.folder}: {self.server.url}{elsewhere}"))
        try:
            while True:
                self.look()
                time.sleep(PAUSE)
        finally:
            self.close()

    def close(self) -> None:
        """Stop the builds and the server."""
        self.stop_build()
        if self.standby:
            self.standby.end()
        self.shown.close()
        self.server.shutdown()
        self.server.server_close()

    def look(self) -> None:
        """Make what is new since the last look."""
        now = state(self.folder)
        if now != self.seen:
            self.seen, self.saved = now, time.perf_counter()
            self.found.clear()
            self.attempt("starting a build", self.start_builds)
            self.refresh("web")
        elif self.standby and self.standby.busy:
            self.look_for_pdf(self.standby)
        elif self.build and self.build.poll() is not None:
            self.finish_build()
        while not self.troubles.empty():
            self.teller.wrong([self.troubles.get()])

    def attempt(self, step: str, work: Callable[[], Result]) -> Result | None:
        """What ``work`` gives; None where it raises anything, which is told: nothing in a book ends the watch."""
        try:
            return work()
        except Exception as error:
            self.fail(to_diagnostics(error, step))
            return None

    def refresh(self, name: str) -> bool:
        """Make the pages and show them; where that fails, say why and let the last good ones stand."""
        start = time.perf_counter()
        changed = self.attempt("making the pages", lambda: self.shown.show(self.preview.pages()))
        if changed is None:
            return False
        pages = f"{len(changed)} page{'s' * (len(changed) != 1)} changed" if changed else "no page changed"
        self.teller.note(f"{name}: {pages} ({time.perf_counter() - start:.2f} s)")
        return True

    def fail(self, problems: Sequence[Diagnostic]) -> None:
        """Tell what is wrong, on the page and in the terminal."""
        clean = [printable_diagnostic(problem) for problem in problems]
        self.shown.fail("\n".join(f"{p}\n  {p.hint}" if p.hint else str(p) for p in map(self.near, clean)))
        self.teller.wrong(clean)

    def near(self, problem: Diagnostic) -> Diagnostic:
        """The problem with its file as seen from the book."""
        location = problem.location
        if location and location.file.is_relative_to(self.folder):
            near = dataclasses.replace(location, file=location.file.relative_to(self.folder))
            return dataclasses.replace(problem, location=near)
        return problem

    # -- the editions on disk

    def start_builds(self) -> None:
        """Have the PDF made, before all other editions."""
        self.stop_build()
        self.slow = False
        if self.standby and not self.standby.lives:
            self.end_pdf()
        if self.standby is None:
            self.standby = PdfProcess(self.folder)
        if not self.standby.build():
            self.end_pdf()
            self.start_build()

    def end_pdf(self) -> None:
        """End the process that makes the PDF; the next save has another."""
        if self.standby:
            self.standby.end()
            self.standby = None

    def look_for_pdf(self, standby: PdfProcess) -> None:
        """Tell what came of the PDF, if it has ended, and go on to the other editions."""
        try:
            answer = standby.answer()
        except ToolError as error:
            self.end_pdf()
            self.fail(error.diagnostics)
            return
        if answer is None:
            if not standby.lives:
                self.end_pdf()
                self.attempt("starting a build", self.start_build)  # it makes the PDF too, and tells what is wrong
            elif standby.stuck:
                self.hurry(standby)
        elif self.tell(answer):
            self.attempt("starting a build", self.start_build)

    def hurry(self, standby: PdfProcess) -> None:
        """Begin anew where the build that takes so long is out of date; else say once that it takes long."""
        if standby.out_of_date:
            self.end_pdf()
            self.attempt("starting a build", self.start_builds)
        elif not self.slow:
            self.slow = True
            hint = "Something in it may not come to an end: the next save begins anew."
            self.fail([Diagnostic("the PDF is still being made", hint)])

    def tell(self, answer: BuildMessage) -> bool:
        """Tell what came of a build, what it found once after each save; False where it made nothing."""
        if answer.problems:
            self.fail(answer.problems)
            return False
        for finding in map(printable_diagnostic, answer.findings):
            if (known := str(self.near(finding))) not in self.found:
                self.found.add(known)
                self.teller.note(f"{finding} (built all the same)")
        if answer.made:
            names = printable(", ".join(answer.made))
            self.teller.note(f"made: {names} ({time.perf_counter() - self.saved:.2f} s)")
        if answer.made or self.slow:
            self.slow = False
            self.refresh("downloads")
        return True

    def start_build(self) -> None:
        """Build the editions in a process of its own."""
        command = [sys.executable, "-P", "-m", "dingben", "build", "--json", "--book", str(self.folder)]
        self.said = tempfile.TemporaryFile()  # noqa: SIM115 (a pipe that nobody reads would fill)
        self.build = subprocess.Popen(command, stdout=self.said, stderr=subprocess.DEVNULL, process_group=0)
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.build.pid, 10)  # the pages come first

    def stop_build(self) -> None:
        """Stop a build that is no longer of use."""
        if self.build:
            end_group(self.build)
            self.build = None

    def finish_build(self) -> None:
        """Tell what the build made, and show the new downloads; or what it says is wrong."""
        self.build = None
        answer = self.attempt("reading what the build made", self.read_said)
        if answer:
            self.tell(answer)

    def read_said(self) -> BuildMessage:
        """What the build answered. Raises ToolError where it can't be read."""
        self.said.seek(0)
        if not (output := self.said.read()):
            raise ToolError("the build ended without a word", hint="Run `dingben build`.")
        answer = read_build(output)
        return dataclasses.replace(answer, findings=self.placed(answer.findings), problems=self.placed(answer.problems))

    def placed(self, problems: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Problems of a build with their files' whole paths: it names them as seen from the working directory."""
        return tuple(
            dataclasses.replace(p, location=dataclasses.replace(p.location, file=p.location.file.absolute()))
            if p.location
            else p
            for p in problems
        )
