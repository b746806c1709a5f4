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
from dingben.system.garbage_collection import quiet_collector
from dingben.typeset.sections.session import LayoutSession

if TYPE_CHECKING:
    from dingben.document.model import Known

MAIN = "from dingben.live.pdf_process import main; main()"

PATIENCE = 30.0
"""Seconds after which a build that is out of date is not waited for."""


# -- the process


def main() -> None:
    """Build the PDF of the book that is named with every line that is read, until there is no more."""
    folder, session = Path(sys.argv[1]), LayoutSession(persistent=True)
    parsed: Known = {}
    answers = own_output()
    installed = fonts.fonts_digest()
    prepare(folder, session, parsed)
    for _ in sys.stdin.buffer:
        fonts.listing.cache_clear()
        if fonts.fonts_digest() != installed:  # a process has the fonts that were there when it began
            break
        with quiet_collector():
            answer = build_pdf(folder, session, parsed)
        answers.write(f"{answer.as_json()}\n")
        answers.flush()
    session.close()


def own_output() -> TextIO:
    """The standard output, for the answers alone: what a library prints goes to standard error."""
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

        made = Builder(folder, session=session, parsed=parsed).run(select(["pdf"]))
    except Exception as error:
        with contextlib.suppress(Exception):
            session.close()
        return BuildMessage(problems=to_diagnostics(error, "making the PDF"))
    return BuildMessage(tuple(output.path.name for output in made.outputs if output.why), findings=made.diagnostics)


# -- the one who tells it


class PdfProcess:
    """The process, as the watch sees it."""

    def __init__(self, folder: Path) -> None:
        # -P: a module in the working directory, which may be a stranger's book, is not imported
        command = [sys.executable, "-P", "-c", MAIN, str(folder.absolute())]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0
        )
        self.answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.asked = 0
        """Builds that have been asked for and not been answered."""
        self.since = 0.0
        """When the build that is being made began."""
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """Take every answer as it comes."""
        assert self.process.stdout
        with contextlib.suppress(OSError, ValueError):  # it was closed
            for line in self.process.stdout:
                self.answers.put(line)

    def build(self) -> bool:
        """Have the PDF built; while one is built, the next waits in the pipe. False where the process is gone."""
        assert self.process.stdin
        try:
            self.process.stdin.write(b"build\n")
            self.process.stdin.flush()
        except OSError:
            return False
        if not self.busy:
            self.since = time.monotonic()
        self.asked += 1
        return True

    def answer(self) -> BuildMessage | None:
        """What came of the build that was asked for last, if it has ended. Raises ToolError where it can't be read."""
        while self.busy:
            try:
                line = self.answers.get_nowait()
            except queue.Empty:
                return None
            self.asked -= 1
            self.since = time.monotonic()
            if not self.busy:  # what came of those before is out of date
                return read_answer(line)
        return None

    @property
    def busy(self) -> bool:
        """Whether an answer is to come."""
        return self.asked > 0

    @property
    def stuck(self) -> bool:
        """Whether it has been building for longer than nearly every book takes."""
        return self.busy and time.monotonic() - self.since > PATIENCE

    @property
    def out_of_date(self) -> bool:
        """Whether another build has been asked for since the one that is being made."""
        return self.asked > 1

    @property
    def lives(self) -> bool:
        """Whether the process is there and can be told to build."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the process, whatever it does."""
        end_group(self.process)
        assert self.process.stdin
        with contextlib.suppress(OSError):  # what it was told last may still wait to be written
            self.process.stdin.close()


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a process group, and all in it: a pandoc that hangs doesn't see that its input ends."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
