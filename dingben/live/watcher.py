"""Watch a book: its files are polled, and every change refreshes the web pages and rebuilds the editions.

The web pages are rendered in this process and served by ``live.server``; the PDF is built at the same time by a
persistent process (``live.pdf_process``). The other editions are built by a subprocess, which is killed and started
again when something is saved meanwhile: a build may die at any moment.
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

from dingben.diagnostics import Diagnostic, format_warning, printable, printable_diagnostic
from dingben.errors import ToolError, to_diagnostics
from dingben.live.messages import BuildMessage, read_build
from dingben.live.page_store import PageStore
from dingben.live.pdf_process import PdfProcess, kill_group
from dingben.live.preview import Preview
from dingben.live.server import serve

WATCHED = ("source", "templates", "styles")
PAUSE = 0.1
"""Seconds between polls; polling works on every file system, network drives too."""

State = dict[Path, tuple[int, ...]]
Result = TypeVar("Result")


class Reporter(Protocol):
    """Receives what happens; the command line prints it."""

    def note(self, text: str) -> None:
        """Report progress."""

    def wrong(self, problems: Sequence[Diagnostic]) -> None:
        """Report what is wrong with the book."""


def state(folder: Path) -> State:
    """Return time, size and mode of every watched file and folder: enough to notice a save. Raises nothing.

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
    """One watched book. No content of the book ends the watch: errors are caught at each step (:meth:`attempt`)."""

    def __init__(self, folder: Path, reporter: Reporter, *, port: int | None = None) -> None:
        self.folder, self.reporter = folder.absolute(), reporter
        self.preview, self.pages = Preview(self.folder), PageStore()
        self.request_errors: queue.SimpleQueue[Diagnostic] = queue.SimpleQueue()
        """Errors raised by requests, to be reported by the watching thread."""
        self.server = serve(self.pages, port, self.request_errors.put)
        self.build: subprocess.Popen[bytes] | None = None
        self.pdf_process: PdfProcess | None = None
        self.reported_slow = False
        """Whether it has been reported that the PDF takes long."""
        self.changed_at = 0.0
        """When the last change was seen."""
        self.build_output: IO[bytes] = io.BytesIO()
        self.reported: set[str] = set()
        """Warnings already reported since the last change."""
        self.last_state: State | None = None

    def run(self) -> None:
        """Watch until interrupted."""
        port_note = f" (port {self.server.taken} is in use)" if self.server.taken else ""
        self.reporter.note(printable(f"watching {self.folder}: {self.server.url}{port_note}"))
        try:
            while True:
                self.poll()
                time.sleep(PAUSE)
        finally:
            self.close()

    def close(self) -> None:
        """Stop the builds and the server."""
        self.stop_build()
        if self.pdf_process:
            self.pdf_process.end()
        self.pages.close()
        self.server.shutdown()
        self.server.server_close()

    def poll(self) -> None:
        """Compare the files with the last poll; start builds after a change, else report what builds have finished."""
        now = state(self.folder)
        if now != self.last_state:
            self.last_state, self.changed_at = now, time.perf_counter()
            self.reported.clear()
            self.attempt("starting a build", self.start_builds)
            self.refresh("web")
        elif self.pdf_process and self.pdf_process.is_busy:
            self.check_pdf(self.pdf_process)
        elif self.build and self.build.poll() is not None:
            self.finish_build()
        while not self.request_errors.empty():
            self.reporter.wrong([self.request_errors.get()])

    def attempt(self, step: str, work: Callable[[], Result]) -> Result | None:
        """Return the result of ``work``, or report what it raises and return None."""
        try:
            return work()
        except Exception as error:
            self.fail(to_diagnostics(error, step))
            return None

    def refresh(self, name: str) -> bool:
        """Render the pages and show them. If that fails, report why and keep the last good ones; return False."""
        start = time.perf_counter()
        changed = self.attempt("rendering the pages", lambda: self.pages.show(self.preview.pages()))
        if changed is None:
            return False
        pages = f"{len(changed)} page{'s' * (len(changed) != 1)} changed" if changed else "no page changed"
        self.reporter.note(f"{name}: {pages} ({time.perf_counter() - start:.2f} s)")
        return True

    def fail(self, problems: Sequence[Diagnostic]) -> None:
        """Report diagnostics on the page and in the terminal."""
        clean = [printable_diagnostic(problem) for problem in problems]
        self.pages.fail("\n".join(f"{p}\n  {p.hint}" if p.hint else str(p) for p in map(self.relative, clean)))
        self.reporter.wrong(clean)

    def relative(self, problem: Diagnostic) -> Diagnostic:
        """Return the diagnostic with its file relative to the book."""
        location = problem.location
        if location and location.file.is_relative_to(self.folder):
            near = dataclasses.replace(location, file=location.file.relative_to(self.folder))
            return dataclasses.replace(problem, location=near)
        return problem

    # -- the editions on disk

    def start_builds(self) -> None:
        """Start to build the PDF; the other editions follow when it is finished."""
        self.stop_build()
        self.reported_slow = False
        if self.pdf_process and not self.pdf_process.is_running:
            self.stop_pdf_process()
        if self.pdf_process is None:
            self.pdf_process = PdfProcess(self.folder)
        if not self.pdf_process.build():
            self.stop_pdf_process()
            self.start_build()

    def stop_pdf_process(self) -> None:
        """Kill the PDF process; the next save starts another."""
        if self.pdf_process:
            self.pdf_process.end()
            self.pdf_process = None

    def check_pdf(self, pdf_process: PdfProcess) -> None:
        """Report the result of the PDF build, if it has finished, and start to build the other editions."""
        try:
            answer = pdf_process.answer()
        except ToolError as error:
            self.stop_pdf_process()
            self.fail(error.diagnostics)
            return
        if answer is None:
            if not pdf_process.is_running:
                self.stop_pdf_process()
                self.attempt("starting a build", self.start_build)  # it builds the PDF too, and reports what is wrong
            elif pdf_process.is_slow:
                self.handle_slow_build(pdf_process)
        elif self.report(answer):
            self.attempt("starting a build", self.start_build)

    def handle_slow_build(self, pdf_process: PdfProcess) -> None:
        """Restart a slow build that is out of date; otherwise report once that it is slow."""
        if pdf_process.is_outdated:
            self.stop_pdf_process()
            self.attempt("starting a build", self.start_builds)
        elif not self.reported_slow:
            self.reported_slow = True
            hint = "It may not end: saving again restarts it."
            self.fail([Diagnostic("the PDF is still being built", hint)])

    def report(self, answer: BuildMessage) -> bool:
        """Report the result of a build, each warning once after a save; return False if it has failed."""
        if answer.problems:
            self.fail(answer.problems)
            return False
        for finding in map(printable_diagnostic, answer.findings):
            if (known := str(self.relative(finding))) not in self.reported:
                self.reported.add(known)
                self.reporter.note(format_warning(finding))
        if answer.built:
            names = printable(", ".join(answer.built))
            self.reporter.note(f"built: {names} ({time.perf_counter() - self.changed_at:.2f} s)")
        if answer.built or self.reported_slow:
            self.reported_slow = False
            self.refresh("downloads")
        return True

    def start_build(self) -> None:
        """Start a subprocess that builds the default editions."""
        command = [sys.executable, "-P", "-m", "dingben", "build", "--json", "--book", str(self.folder)]
        self.build_output = tempfile.TemporaryFile()  # noqa: SIM115 (an unread pipe would fill)
        self.build = subprocess.Popen(command, stdout=self.build_output, stderr=subprocess.DEVNULL, process_group=0)
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.build.pid, 10)  # the pages come first

    def stop_build(self) -> None:
        """Kill the subprocess that builds, if there is one."""
        if self.build:
            kill_group(self.build)
            self.build = None

    def finish_build(self) -> None:
        """Report the result of the subprocess, and offer the new downloads."""
        self.build = None
        answer = self.attempt("reading what the build has built", self.read_build_output)
        if answer:
            self.report(answer)

    def read_build_output(self) -> BuildMessage:
        """Return the result of the subprocess. Raises ToolError if it cannot be parsed."""
        self.build_output.seek(0)
        if not (output := self.build_output.read()):
            raise ToolError("the build process ended without a message", hint="Run `dingben build`.")
        answer = read_build(output)
        return dataclasses.replace(
            answer, findings=self.absolute(answer.findings), problems=self.absolute(answer.problems)
        )

    def absolute(self, problems: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Return diagnostics with absolute paths: the subprocess names files relative to the working directory."""
        return tuple(
            dataclasses.replace(p, location=dataclasses.replace(p.location, file=p.location.file.absolute()))
            if p.location
            else p
            for p in problems
        )
