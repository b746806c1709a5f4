"""Exceptions of dingben, with the exit code of the command on the class.

Every fault in the book or the machine is raised as a :class:`DingbenError`, which carries diagnostics.
Any other exception is a bug of dingben; :func:`to_diagnostics` words it where a program must go on or end cleanly.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

from dingben.diagnostics import Diagnostic, Location, printable, printable_diagnostic

LONGEST = 300
"""Characters of the message of a foreign exception that are shown."""


class DingbenError(Exception):
    """One or more diagnostics that stop the command."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", location: Location | None = None) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (Diagnostic(message, hint, location, severity="error"),)
        super().__init__(message)

    @classmethod
    def of(cls, diagnostics: Sequence[Diagnostic]) -> Self:
        """Create one error that carries all ``diagnostics`` (at least one)."""
        first = diagnostics[0]
        error = cls(first.message, hint=first.hint, location=first.location)
        error.diagnostics = tuple(dataclasses.replace(each, severity="error") for each in diagnostics)
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
    """The book can't be rendered on this machine: a font, a glyph or a picture is missing."""

    exit_code = 5


class ArchiveError(DingbenError):
    """An archive package does not match its manifests, or can't be read."""

    exit_code = 6


# -- foreign exceptions at a border


class InternalError(DingbenError):
    """A bug of dingben, or an exception of a library that it did not expect."""


def to_error(error: Exception, step: str) -> DingbenError:
    """Convert any exception raised during ``step`` ("rendering the pages") to a DingbenError of printable lines.

    An exception that is neither of this module nor the system's becomes an InternalError, with a hint to report it.
    """
    log_exception(error, step)
    if isinstance(error, OSError):
        error = from_os_error(error, step)
    if isinstance(error, DingbenError):
        error.diagnostics = tuple(map(printable_diagnostic, error.diagnostics))
        return error
    if isinstance(error, MemoryError):
        return ToolError(f"out of memory while {step}", hint="Close other programs, or split the book.")
    hint = "This is a bug: please report it with the traceback that --debug shows."
    return InternalError(printable(f"internal error while {step}: {describe(error)}"), hint=hint)


def to_diagnostics(error: Exception, step: str) -> tuple[Diagnostic, ...]:
    """Convert any exception raised during ``step`` to diagnostics that are one printable line each."""
    return to_error(error, step).diagnostics


def log_exception(error: Exception, step: str) -> None:
    """Log the traceback of an exception to the logger ``dingben`` at level DEBUG."""
    import logging

    logging.getLogger("dingben").debug("exception while %s", step, exc_info=error)


def from_os_error(error: OSError, step: str = "") -> DingbenError:
    """Convert an error of the operating system: a file that can't be read, or no memory, processes or open files."""
    if error.filename is None:
        hint = "Is the machine out of memory, processes or open files?"
        during = f" while {step}" if step else ""
        return ToolError(f"system error{during}: {error.strerror or error}", hint=hint)
    is_path = isinstance(error.filename, str | bytes)  # an integer is the number of an open file
    location = Location(Path(os.fsdecode(error.filename))) if is_path else None
    return SourceError(f"can't be read: {error.strerror}", hint="Check its name and permissions.", location=location)


def describe(error: BaseException) -> str:
    """Return type and message of an exception, and the line of dingben where it was raised."""
    import traceback

    try:
        words = str(error)
    except Exception:  # the exception of a library may fail to format itself
        words = ""
    if words.startswith("Traceback "):  # raised in another process: the last line names the exception
        words = words.rstrip().rpartition("\n")[2]
    here = Path(__file__).parent
    frames = traceback.extract_tb(error.__traceback__, limit=-50)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(here)]
    where = f" ({Path(own[-1].filename).relative_to(here)}, line {own[-1].lineno})" if own else ""
    return f"{type(error).__name__}{': ' if words else ''}{words[:LONGEST]}{where}"
