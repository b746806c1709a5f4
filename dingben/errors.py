"""What can go wrong, told to a person: place, fault, remedy, and the exit code of the command.

The exit code sits on the class. Every fault in the book or the machine is raised as one
of these; any other exception is a fault of ours and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file: 1-based line and column (in characters), 0 where unknown."""

    file: Path
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """``file:line:column``, as far as it is known."""
        numbers = [n for n in (self.line, self.column) if n]
        return ":".join([str(self.file), *map(str, numbers)])


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: what is wrong, where, and what to do about it."""

    message: str
    hint: str = ""
    place: Place | None = None

    def __str__(self) -> str:
        """``file:line:column: message``."""
        return f"{self.place}: {self.message}" if self.place else self.message


class DingbenError(Exception):
    """One or more problems that stop the command."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", place: Place | None = None) -> None:
        self.problems: tuple[Problem, ...] = (Problem(message, hint, place),)
        super().__init__(message)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> DingbenError:
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


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column (1-based, in characters) of ``offset`` in ``text``."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1
