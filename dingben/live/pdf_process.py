"""Persistent PDF process of ``dingben watch``: keeps imports, fonts and unchanged chapters from build to build.

WeasyPrint is imported, styles are parsed, fonts are opened and unchanged chapters are in memory, so that after a save
only the changed pages are laid out. The process builds for each line on its standard input, answers with a line of
JSON, and ends with its input. It writes the same file and records as ``dingben build pdf``, so that the build of the
other editions finds the PDF up to date.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from dingben.errors import to_diagnostics
from dingben.live.messages import BuildMessage, read_answer
from dingben.system import fonts
from dingben.system.garbage_collection import tuned_garbage_collection
from dingben.typeset.sections.session import LayoutSession

if TYPE_CHECKING:
    from dingben.document.model import Known

MAIN = "from dingben.live.pdf_process import main; main()"

SLOW = 30.0
"""Seconds after which an outdated build is abandoned."""


# -- the process


def main() -> None:
    """Build the PDF of the book named on the command line, for each line of standard input."""
    folder, session = Path(sys.argv[1]), LayoutSession(persistent=True)
    parsed: Known = {}
    answers = answer_stream()
    installed = fonts.fonts_digest()
    prepare(folder, session, parsed)
    for _ in sys.stdin.buffer:
        fonts.list_fonts.cache_clear()
        if fonts.fonts_digest() != installed:  # a process keeps the fonts of its start
            break
        with tuned_garbage_collection():
            answer = build_pdf(folder, session, parsed)
        answers.write(f"{answer.to_json()}\n")
        answers.flush()
    session.close()


def answer_stream() -> TextIO:
    """Return standard output for the answers alone: what a library prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    return answers


def prepare(folder: Path, session: LayoutSession, parsed: Known) -> None:
    """Import modules, parse chapters and start workers before the first build, which reports whatever is wrong."""
    from dingben.book.reader import read_book
    from dingben.builder.context import BuildContext
    from dingben.typeset.engine import load

    with contextlib.suppress(Exception):
        from dingben.formats.pdf import screen

        book = read_book(folder)
        screen.prepare(book, session)
        assert BuildContext(book, [], parsed).fragments
        load.load()
        importlib.import_module("dingben.typeset.pdf.assemble")


def build_pdf(folder: Path, session: LayoutSession, parsed: Known) -> BuildMessage:
    """Run one build and return its outcome. Raises nothing: whatever stops it is in the message."""
    try:
        from dingben.builder.graph import Builder, select

        result = Builder(folder, session=session, parsed=parsed).run(select(["pdf"]))
    except Exception as error:
        with contextlib.suppress(Exception):
            session.close()
        return BuildMessage(problems=to_diagnostics(error, "building the PDF"))
    return BuildMessage(tuple(output.path.name for output in result.outputs if output.why), findings=result.diagnostics)


# -- in the watcher


class PdfProcess:
    """The PDF process, as the watcher sees it."""

    def __init__(self, folder: Path) -> None:
        # -P: no module is imported from the working directory, which may be a stranger's book
        command = [sys.executable, "-P", "-c", MAIN, str(folder.absolute())]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0
        )
        self.answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.requested = 0
        """How many builds were requested and not answered."""
        self.started_at = 0.0
        """When the current build started; monotonic seconds."""
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """Queue the answers of the process."""
        assert self.process.stdout
        with contextlib.suppress(OSError, ValueError):  # it was closed
            for line in self.process.stdout:
                self.answers.put(line)

    def build(self) -> bool:
        """Request a build; during another one it waits in the pipe. Return False if the process has ended."""
        assert self.process.stdin
        try:
            self.process.stdin.write(b"build\n")
            self.process.stdin.flush()
        except OSError:
            return False
        if not self.is_busy:
            self.started_at = time.monotonic()
        self.requested += 1
        return True

    def answer(self) -> BuildMessage | None:
        """Return the result of the last requested build if it has finished. Raises ToolError if it cannot be parsed."""
        while self.is_busy:
            try:
                line = self.answers.get_nowait()
            except queue.Empty:
                return None
            self.requested -= 1
            self.started_at = time.monotonic()
            if not self.is_busy:  # results of earlier builds are out of date
                return read_answer(line)
        return None

    @property
    def is_busy(self) -> bool:
        """Whether a build is running or waiting."""
        return self.requested > 0

    @property
    def is_slow(self) -> bool:
        """Whether the current build takes longer than nearly every book does."""
        return self.is_busy and time.monotonic() - self.started_at > SLOW

    @property
    def is_outdated(self) -> bool:
        """Whether another build was requested since the current one started."""
        return self.requested > 1

    @property
    def is_running(self) -> bool:
        """Whether the process is running."""
        return self.process.poll() is None

    def end(self) -> None:
        """Kill the process and those it has started."""
        kill_group(self.process)
        assert self.process.stdin
        with contextlib.suppress(OSError):  # the last request may not have been written
            self.process.stdin.close()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process group that a process leads: a pandoc that hangs does not notice the end of its input."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
