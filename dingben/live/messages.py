"""What the build processes of a watch answer, as JSON: written by one process, checked by the other.

An answer that is malformed is a fault of the process that gave it, and is told as a problem.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dingben.diagnostics import Diagnostic, Location, to_json
from dingben.errors import ToolError


@dataclass(frozen=True, slots=True)
class BuildMessage:
    """What came of a build: the names of the files made, what was found, and what stopped it, if anything did."""

    made: tuple[str, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    problems: tuple[Diagnostic, ...] = ()

    def as_json(self) -> str:
        """The answer on one line, in ASCII."""
        return json.dumps(
            {
                "made": list(self.made),
                "findings": [to_json(problem) for problem in self.findings],
                "problems": [to_json(problem) for problem in self.problems],
            }
        )


def read_answer(line: bytes) -> BuildMessage:
    """What :meth:`BuildMessage.as_json` wrote. Raises ToolError."""
    data = read_object(line)
    made = [text(name) for name in sequence(data, "made")]
    return BuildMessage(tuple(made), problems(data, "findings"), problems(data, "problems"))


def read_build(output: bytes) -> BuildMessage:
    """What ``dingben build --json`` printed. Raises ToolError."""
    data = read_object(output)
    if "errors" in data:
        return BuildMessage(problems=problems(data, "errors"))
    rows = [output for output in sequence(data, "outputs") if entry(output, "why")]
    return BuildMessage(tuple(Path(text(entry(row, "path"))).name for row in rows), problems(data, "findings"))


# -- checks


def malformed(what: str) -> ToolError:
    """The answer can't be read."""
    return ToolError(f"the build process gave a malformed answer: {what}", hint="Run `dingben build` to see more.")


def read_object(line: bytes) -> dict[str, Any]:
    """The JSON object in ``line``."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise malformed("not JSON") from error
    if not isinstance(data, dict):
        raise malformed("not an object")
    return data


def entry(data: object, key: str) -> object:
    """A value of the object ``data``."""
    if not isinstance(data, dict) or key not in data:
        raise malformed(f"no {key}")
    return data[key]


def sequence(data: object, key: str) -> Sequence[object]:
    """A list of the object ``data``."""
    found = entry(data, key)
    if not isinstance(found, list):
        raise malformed(f"{key} is no list")
    return found


def text(value: object) -> str:
    """A string."""
    if not isinstance(value, str):
        raise malformed(f"{str(value)[:40]} is no string")
    return value


def number(value: object) -> int:
    """A line or column."""
    if type(value) is not int:
        raise malformed(f"{str(value)[:40]} is no number")
    return value


def problems(data: object, key: str) -> tuple[Diagnostic, ...]:
    """A list of problems of the object ``data``."""
    return tuple(problem(row) for row in sequence(data, key))


def problem(row: object) -> Diagnostic:
    """What :func:`dingben.diagnostics.to_json` wrote."""
    location = None
    if isinstance(row, dict) and "file" in row:
        location = Location(Path(text(row["file"])), number(entry(row, "line")), number(entry(row, "column")))
    return Diagnostic(text(entry(row, "message")), text(entry(row, "hint")), location)
