"""Messages of build processes to the watcher: JSON, written by one process and checked by the other.

A malformed message is an error of the process that sent it, and is reported.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dingben import diagnostics
from dingben.diagnostics import Diagnostic, Location
from dingben.errors import ToolError


@dataclass(frozen=True, slots=True)
class BuildMessage:
    """The result of a build: names of the files built, warnings, and the errors that stopped it."""

    built: tuple[str, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    problems: tuple[Diagnostic, ...] = ()

    def to_json(self) -> str:
        """Return the message as one line of ASCII."""
        return json.dumps(
            {
                "built": list(self.built),
                "findings": [diagnostics.to_json(problem) for problem in self.findings],
                "problems": [diagnostics.to_json(problem) for problem in self.problems],
            }
        )


def read_answer(line: bytes) -> BuildMessage:
    """Parse what :meth:`BuildMessage.to_json` wrote. Raises ToolError."""
    data = read_object(line)
    built = [text(name) for name in sequence(data, "built")]
    return BuildMessage(tuple(built), problems(data, "findings"), problems(data, "problems"))


def read_build(output: bytes) -> BuildMessage:
    """Parse what ``dingben build --json`` printed. Raises ToolError."""
    data = read_object(output)
    if "errors" in data:
        return BuildMessage(problems=problems(data, "errors"))
    rows = [output for output in sequence(data, "outputs") if entry(output, "why")]
    return BuildMessage(tuple(Path(text(entry(row, "path"))).name for row in rows), problems(data, "findings"))


# -- checks


def malformed(what: str) -> ToolError:
    """Return the error for a malformed message."""
    return ToolError(f"the build process gave a malformed answer: {what}", hint="Run `dingben build` to see more.")


def read_object(line: bytes) -> dict[str, Any]:
    """Return the JSON object in ``line``."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise malformed("not JSON") from error
    if not isinstance(data, dict):
        raise malformed("not an object")
    return data


def entry(data: object, key: str) -> object:
    """Return a value of the object ``data``."""
    if not isinstance(data, dict) or key not in data:
        raise malformed(f"no {key}")
    return data[key]


def sequence(data: object, key: str) -> Sequence[object]:
    """Return a list in the object ``data``."""
    found = entry(data, key)
    if not isinstance(found, list):
        raise malformed(f"{key} is no list")
    return found


def text(value: object) -> str:
    """Check that a value is a string."""
    if not isinstance(value, str):
        raise malformed(f"{str(value)[:40]} is no string")
    return value


def number(value: object) -> int:
    """Check that a value is a number: a line or column."""
    if type(value) is not int:
        raise malformed(f"{str(value)[:40]} is no number")
    return value


def problems(data: object, key: str) -> tuple[Diagnostic, ...]:
    """Return a list of diagnostics in the object ``data``."""
    return tuple(problem(row) for row in sequence(data, key))


def problem(row: object) -> Diagnostic:
    """Parse what :func:`dingben.diagnostics.to_json` wrote."""
    location = None
    if isinstance(row, dict) and "file" in row:
        location = Location(Path(text(row["file"])), number(entry(row, "line")), number(entry(row, "column")))
    code = text(row["code"]) if isinstance(row, dict) and "code" in row else ""
    return Diagnostic(text(entry(row, "message")), text(entry(row, "hint")), location, code)
