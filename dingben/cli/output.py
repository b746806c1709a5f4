"""Output of the command line: results on stdout; errors, warnings and tracebacks on stderr.

Names of files and messages may hold anything: whatever is printed as text is escaped to one printable line.
"""

from __future__ import annotations

import argparse
import dataclasses
import errno
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dingben.diagnostics import Diagnostic, format_warning, printable, printable_diagnostic, to_json
from dingben.errors import ToolError

if TYPE_CHECKING:
    from dingben.cli.progress import Display


class StdoutClosedError(Exception):
    """The reader of stdout is gone (``dingben rules | head``)."""


class StdoutFullError(ToolError):
    """The result can't be written to stdout."""


# -- streams


def open_closed_streams() -> None:
    """Replace a closed stdin, stdout or stderr by the null device: no file of the book may get its number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            os.set_inheritable(number, True)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def write(text: str) -> None:
    """Write to stdout. Raises StdoutClosedError or StdoutFullError."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    except OSError as error:
        raise stdout_failure(error) from error


def flush() -> None:
    """Write what is buffered for stdout. Raises StdoutClosedError or StdoutFullError."""
    try:
        sys.stdout.flush()
    except OSError as error:
        raise stdout_failure(error) from error


def stdout_failure(error: OSError) -> Exception:
    """Convert an error of stdout, and discard what is still buffered: Python would try again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return StdoutClosedError()
    reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
    return StdoutFullError(f"the result can't be written: {reason}")


def write_error(line: str, hint: str = "") -> None:
    """Write a line to stderr, in colour on a terminal unless NO_COLOR is set (https://no-color.org)."""
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    strong, faint, end = ("\033[1m", "\033[2m", "\033[0m") if colour else ("", "", "")
    print(f"{strong}{printable(line)}{end}", file=sys.stderr)
    if hint:
        print(f"  {faint}{printable(hint)}{end}", file=sys.stderr)


def show_tracebacks() -> None:
    """Show the traceback of every exception that ends a command or a step (``--debug``)."""
    import logging

    logger = logging.getLogger("dingben")
    logger.addHandler(logging.StreamHandler())
    logger.setLevel(logging.DEBUG)


# -- results


def write_line(text: str) -> None:
    """Write one printable line to stdout."""
    write(printable(text) + "\n")


def write_lines(text: str) -> None:
    """Write lines to stdout, each printable."""
    for line in text.split("\n"):
        write_line(line)


def write_json(data: dict[str, Any], *, indent: int | None = 1) -> None:
    """Write a result as JSON, in ASCII where stdout can't encode it."""
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(data, indent=indent)
    write(text + "\n")


def write_json_line(data: dict[str, Any]) -> None:
    """Write JSON on one line, and flush: the command goes on."""
    write_json(data, indent=None)
    flush()


# -- diagnostics


def write_errors(diagnostics: Sequence[Diagnostic], *, as_json: bool) -> None:
    """Write what stopped the command: one line each, then a hint."""
    if as_json:
        write_json({"errors": [diagnostic_data(each) for each in diagnostics]})
        return
    for each in diagnostics:
        write_error(format_diagnostic(each), each.hint)


def write_warning(diagnostic: Diagnostic) -> None:
    """Write what did not stop the command."""
    write_error(format_warning(printable_diagnostic(relative(diagnostic))), diagnostic.hint)


def format_diagnostic(diagnostic: Diagnostic) -> str:
    """Format as one printable line ``file:line:column: code message``, the file relative to the working directory."""
    return str(printable_diagnostic(relative(diagnostic)))


def diagnostic_data(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return the JSON object of a diagnostic, the file relative to the working directory."""
    return to_json(relative(diagnostic))


def relative(diagnostic: Diagnostic) -> Diagnostic:
    """Return the diagnostic with its file relative to the working directory."""
    location = diagnostic.location
    if location:
        location = dataclasses.replace(location, file=relative_path(location.file))
    return dataclasses.replace(diagnostic, location=location)


def relative_path(path: Path) -> Path:
    """Return a path relative to the working directory, if it lies below it."""
    if not path.is_absolute():
        return path
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the working directory has been deleted
        return path
    return path.relative_to(here) if path.is_relative_to(here) else path


def display(options: argparse.Namespace) -> Display:
    """Create the progress display: on a terminal, unless ``--quiet`` or ``--json`` is set."""
    from dingben.cli.progress import Display

    return Display(live=sys.stderr.isatty() and not options.quiet and not options.json)
