"""A process that renders a book's own templates, within limits of time and memory.

It reads pickled requests and answers with a line of JSON each. It ends with its input, so with the process that started
it, and at the limit of processor time even if it hangs.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import resource
import signal
import struct
import subprocess
import sys
import weakref
from pathlib import Path
from threading import Timer
from typing import Any, BinaryIO, NoReturn

from dingben.book.model import Book
from dingben.diagnostics import Location
from dingben.errors import SourceError, ToolError
from dingben.theme.sandbox import TemplateLimitError

SECONDS = 10
"""Processor time of one template."""

PATIENCE = 30.0
"""Seconds after which a template is given up that can't be interrupted, or gets no processor."""

MEMORY = 1 << 30
"""Bytes of address space, besides ten times the request."""

MAIN = "import sys; sys.path.append(sys.argv[1]); from dingben.theme.template_process import main; main()"
"""The folder of the program comes last in the path: it is a stranger's folder where the program runs out of a bag."""
PROGRAM = Path(__file__).resolve().parents[2]
SIZE = struct.Struct(">Q")
HINT = "Look for loops in loops, and for long strings or numbers."


# -- in the process


def main() -> None:
    """Render the template of each request on standard input: a Book first, then names with their values."""
    from dingben.theme.templates import Templates

    given, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    book = read_request(given)
    templates = Templates(book, own_process=False)
    while (request := read_request(given)) is not None:
        name, context, seconds = request
        answer: dict[str, Any]
        try:
            limit_time(seconds)
            answer = {"html": templates.render(name, **context)}
        except SourceError as error:
            place = error.diagnostics[0].location
            where = [str(place.file), place.line, place.column] if place else None
            answer = {"error": str(error), "hint": error.diagnostics[0].hint, "place": where}
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        answers.write(json.dumps(answer).encode("ascii") + b"\n")
        answers.flush()


def limit_time(seconds: int) -> None:
    """Stop the template after so much processor time."""

    def interrupt(_signal: int, _frame: object) -> NoReturn:
        raise TemplateLimitError(f"it takes more than {seconds} seconds")

    signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)


def read_request(stream: BinaryIO) -> Any:
    """Read a request, and set the limits that it needs; None at the end."""
    header = stream.read(SIZE.size)
    if len(header) < SIZE.size:
        return None
    (size,) = SIZE.unpack(header)
    with contextlib.suppress(OSError, ValueError):  # macOS has no limit of address space
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY + 10 * size, resource.RLIM_INFINITY))
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + 2 * SECONDS) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    return pickle.loads(stream.read(size))  # noqa: S301 (it comes from the parent)


# -- in its parent


class TemplateProcess:
    """The process, as its parent sees it. It is started for the first template."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process. Raises ToolError."""
        # -P: no module is imported from the working directory, which may be a stranger's book
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", MAIN, str(PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise ToolError(f"templates can't be rendered: {error.strerror}", hint="Run `dingben doctor`.") from error
        weakref.finalize(self, end, process)
        send(process, self.book)
        return process

    def render(self, name: str, context: dict[str, Any]) -> str:
        """Return what a template writes. Raises SourceError with its file and line."""
        process = self.process = self.process or self.start()
        assert process.stdout
        timer = Timer(PATIENCE, process.kill)
        timer.start()
        try:
            send(process, (name, context, SECONDS))
            line = process.stdout.readline()
        finally:
            timer.cancel()
            timer.join()
        if not line.endswith(b"\n"):
            self.process = None
            end(process)
            raise SourceError("template: it takes too much time or memory", hint=HINT, location=self.place(name))
        answer = json.loads(line)
        if "error" in answer:
            place = answer["place"]
            location = Location(Path(place[0]), *place[1:]) if place else None
            raise SourceError(answer["error"], hint=answer["hint"], location=location)
        return str(answer["html"])

    def place(self, name: str) -> Location:
        """Return the location of a template."""
        own = self.book.folder / "templates" / name
        return Location(own if own.is_file() else self.book.folder / "templates")


def send(process: subprocess.Popen[bytes], request: object) -> None:
    """Send a request; a process that has ended is noticed when its answer is read."""
    assert process.stdin
    data = pickle.dumps(request)
    with contextlib.suppress(OSError):
        process.stdin.write(SIZE.pack(len(data)) + data)
        process.stdin.flush()


def end(process: subprocess.Popen[bytes]) -> None:
    """End the process."""
    process.kill()
    with contextlib.suppress(OSError), process:  # its pipes are closed, whatever is left in them
        pass
