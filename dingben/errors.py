"""What can go wrong, told to a person: place, fault, remedy, and the exit code of the command.

The exit code sits on the class. Every fault in the book or the machine is raised as one
of these; any other exception is a fault of ours and keeps its traceback, but in ``watch``,
which goes on (:func:`as_problems`).
"""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from dingben.diagnostics import Diagnostic, Location

UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls of a terminal, ends of lines, marks that turn the direction of text, lone surrogates."""

LONGEST = 300
"""Characters of an exception's own words that are shown."""


class DingbenError(Exception):
    """One or more problems that stop the command."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", place: Location | None = None) -> None:
        self.problems: tuple[Diagnostic, ...] = (Diagnostic(message, hint, place),)
        super().__init__(message)

    @classmethod
    def of(cls, problems: Sequence[Diagnostic]) -> DingbenError:
        """One error that carries all ``problems`` (at least one)."""
        first = problems[0]
        error = cls(first.message, hint=first.hint, place=first.place)
        error.problems = tuple(problems)
        return error


class UsageError(DingbenError):
    """The command was called wrongly."""

    exit_code = 2


class SourceError(DingbenError):
    """The book's source or the raw text is at fault."""

    exit_code = 3


class ToolError(DingbenError):
    """A tool is missing, or the machine failed it (a full disk, a crash)."""

    exit_code = 4


class RenderError(DingbenError):
    """The book is right, but can't be rendered here: a font, a glyph, a picture."""

    exit_code = 5


class ArchiveError(DingbenError):
    """An archive package is not what it says."""

    exit_code = 6


# -- exceptions at a border


def as_problems(error: Exception, step: str) -> tuple[Diagnostic, ...]:
    """Whatever was raised during ``step`` ("making the pages"), as problems that are one printable line each.

    For a border behind which the program goes on. An exception that isn't of this module and not the
    system's is a fault of ours, and is worded as one.
    """
    if isinstance(error, DingbenError):
        return tuple(map(printable_problem, error.problems))
    if isinstance(error, OSError):
        return (printable_problem(refused(error, step)),)
    if isinstance(error, MemoryError):
        return (Diagnostic(f"out of memory while {step}", "Close other programs, or divide the book."),)
    hint = "This is a fault of dingben's: please report it, with the file that was changed last."
    return (Diagnostic(printable(f"internal error while {step}: {described(error)}"), hint),)


def refused(error: OSError, step: str) -> Diagnostic:
    """What the system refuses: a file, if it names one."""
    if error.filename is None:
        return Diagnostic(f"the system refuses while {step}: {error.strerror or error}")
    place = Location(Path(os.fsdecode(error.filename))) if isinstance(error.filename, str | bytes) else None
    return Diagnostic(f"can't be read: {error.strerror}", "Check its name and permissions.", place)


def described(error: Exception) -> str:
    """Type and words of an exception, and the line of the program where it was raised."""
    try:
        words = str(error)
    except Exception:  # an exception of a library's may fail to name itself
        words = ""
    if words.startswith("Traceback "):  # told by another process: what was raised stands in the last line
        words = words.rstrip().rpartition("\n")[2]
    here = Path(__file__).parent
    frames = [f for f in traceback.extract_tb(error.__traceback__, limit=-50) if Path(f.filename).parent == here]
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{': ' if words else ''}{words[:LONGEST]}{where}"


def printable(text: str) -> str:
    r"""``text`` on one line that is safe on a terminal and can be encoded: ``\x1b``, ``\n``, ``\udcff``."""
    return UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def printable_problem(problem: Diagnostic) -> Diagnostic:
    """The problem with each of its parts printable."""
    place = problem.place
    if place:
        place = Location(Path(printable(str(place.file))), place.line, place.column)
    return Diagnostic(printable(problem.message), printable(problem.hint), place)
