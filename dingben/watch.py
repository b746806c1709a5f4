"""Watches a book: the pages are new a moment after a save, the other editions follow.

The web edition is made here and shown by ``serve``, the PDF at the same time by a process that
stays (``standby``). The other editions are made by a build of its own process, which is stopped
and begun anew when something is saved meanwhile: a build may die at any moment.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from dingben.errors import DingbenError, Place, Problem
from dingben.preview import Preview
from dingben.serve import Shown, serve
from dingben.standby import Standby

WATCHED = ("source", "templates", "styles")
PAUSE = 0.1
"""Seconds between looks; polling works on every file system, network drives too."""

PORT = 8421


class Teller(Protocol):
    """Told what happens; the command line prints it."""

    def note(self, text: str) -> None:
        """Something went well."""

    def wrong(self, problems: Sequence[Problem]) -> None:
        """Something is wrong with the book."""


def state(folder: Path) -> dict[Path, tuple[int, int]]:
    """Time and size of every watched file: enough to see a save."""
    found = {}
    for name in WATCHED:
        for path in (folder / name).rglob("*"):
            try:
                status = path.stat()
            except OSError:  # it went away between listing and looking
                continue
            found[path] = (status.st_mtime_ns, status.st_size)
    return found


class Watch:
    """One watched book."""

    def __init__(self, folder: Path, teller: Teller, *, port: int = PORT) -> None:
        self.folder, self.teller = folder, teller
        self.preview, self.shown = Preview(folder), Shown()
        self.server = serve(self.shown, port)
        self.build: subprocess.Popen[bytes] | None = None
        self.standby: Standby | None = None
        self.saved = 0.0
        """When the last change was seen."""
        self.said: IO[bytes] = io.BytesIO()
        self.found: set[str] = set()
        """What the builds since the last change have found."""
        self.seen: dict[Path, tuple[int, int]] | None = None

    def run(self) -> None:
        """Until interrupted."""
        self.teller.note(f"watching {self.folder}: {self.server.url}")
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
            self.stop_build()
            self.start_pdf()
            self.refresh("web")
        elif self.standby and self.standby.busy:
            self.look_for_pdf(self.standby)
        elif self.build and self.build.poll() is not None:
            self.finish_build()

    def refresh(self, name: str) -> bool:
        """Make the pages and show them; where that fails, say why and let the last good ones stand."""
        start = time.perf_counter()
        try:
            changed = self.shown.show(self.preview.pages())
        except DingbenError as error:
            self.fail(error.problems)
            return False
        except OSError as error:  # a file went away while it was read: the next look sees that
            self.fail([Problem(f"can't be read: {error}")])
            return False
        pages = f"{len(changed)} page{'s' * (len(changed) != 1)} changed" if changed else "no page changed"
        self.teller.note(f"{name}: {pages} ({time.perf_counter() - start:.2f} s)")
        return True

    def fail(self, problems: Sequence[Problem]) -> None:
        """Tell what is wrong, in the terminal and on the page."""
        self.teller.wrong(problems)
        self.shown.fail("\n".join(f"{p}\n  {p.hint}" if p.hint else str(p) for p in map(self.near, problems)))

    def near(self, problem: Problem) -> Problem:
        """The problem with its file as seen from the book."""
        place = problem.place
        if place and place.file.is_absolute() and place.file.is_relative_to(self.folder.absolute()):
            file = place.file.relative_to(self.folder.absolute())
            return Problem(problem.message, problem.hint, type(place)(file, place.line, place.column))
        return problem

    # -- the editions on disk

    def start_pdf(self) -> None:
        """Have the PDF made, before all other editions."""
        if self.standby is None or not self.standby.lives:
            self.standby = Standby(self.folder)
        self.standby.build()

    def look_for_pdf(self, standby: Standby) -> None:
        """Tell what came of the PDF, if it has ended, and go on to the other editions."""
        answer = standby.answer()
        if answer is None:
            if not standby.lives:
                self.standby = None
                self.start_build()  # it makes the PDF too, and tells what is wrong
            return
        if "problems" in answer:
            self.fail([self.problem(told) for told in answer["problems"]])
            return
        self.tell(answer["findings"])
        if answer["made"]:
            self.teller.note(f"made: {', '.join(answer['made'])} ({time.perf_counter() - self.saved:.2f} s)")
            self.refresh("downloads")
        self.start_build()

    def tell(self, findings: Sequence[dict[str, Any]]) -> None:
        """Tell what didn't stop a build, once after each save, whichever build finds it."""
        for finding in map(told, findings):
            if finding not in self.found:
                self.found.add(finding)
                self.teller.note(f"{finding} (built all the same)")

    def problem(self, told: dict[str, Any]) -> Problem:
        """A problem that another process has told."""
        place = Place(Path(told["file"]), told["line"], told["column"]) if "file" in told else None
        return Problem(told["message"], told["hint"], place)

    def start_build(self) -> None:
        """Build the editions in a process of its own."""
        command = [sys.executable, "-m", "dingben", "build", "--json", "--book", str(self.folder)]
        self.said = tempfile.TemporaryFile()  # noqa: SIM115 (a pipe that nobody reads would fill)
        self.build = subprocess.Popen(command, stdout=self.said, stderr=subprocess.DEVNULL)
        os.setpriority(os.PRIO_PROCESS, self.build.pid, 10)  # the pages come first

    def stop_build(self) -> None:
        """Stop a build that is no longer of use."""
        if self.build:
            self.build.kill()
            self.build.wait()
            self.build = None

    def finish_build(self) -> None:
        """Tell what the build made, and show the new downloads; or what it says is wrong."""
        self.build = None
        self.said.seek(0)
        try:
            result = json.loads(self.said.read())
        except ValueError:
            self.teller.wrong([Problem("the build ended without a word", "Run `dingben build`.")])
            return
        if "errors" in result:
            self.fail([Problem(told(e), e["hint"]) for e in result["errors"]])
            return
        made = [output for output in result["outputs"] if output["why"]]
        self.tell(result["findings"])
        if made:
            self.teller.note(f"made: {', '.join(Path(output['path']).name for output in made)}")
            self.refresh("downloads")


def told(problem: dict[str, Any]) -> str:
    """``file:line:column: message`` of a problem in the build's JSON."""
    places = [str(problem[key]) for key in ("file", "line", "column") if problem.get(key)]
    return ": ".join([":".join(places), problem["message"]] if places else [problem["message"]])
