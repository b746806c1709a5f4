"""The command line: parses arguments, runs a command, prints its results.

In: the arguments of a shell. Out: results on stdout, progress and diagnostics on stderr, an exit code. Each command
calls one public function of another package; this package knows nothing of how a book is restored or laid out.
No other package prints, or imports this one. Heavy modules are imported by the command that needs them, so that
``--help`` answers at once.
"""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from dingben.cli import output
from dingben.cli.parser import build_parser
from dingben.errors import DingbenError, from_os_error, log_exception, to_error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 findings, 2 usage, 3 source, 4 tool, 5 render, 6 archive.

    This is the one place where foreign exceptions end: each becomes one line, and exit code 1 or, where the system
    refused something, 3 or 4. ``--debug`` shows the traceback too.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    signal.signal(signal.SIGTERM, interrupt)
    output.open_closed_streams()
    if "--debug" in words:
        output.show_tracebacks()
    step = "reading the command line"
    try:
        parser = build_parser()
        options = parser.parse_args(words)
        if options.command is None:
            output.write(parser.format_help())
            code = 0
        else:
            step = f"running {options.command}"
            command = importlib.import_module(f"dingben.cli.commands.{options.command}")
            code = command.run(options)
        output.flush()
    except KeyboardInterrupt:
        output.write_error("interrupted; the last good edition is untouched")
        return 130
    except output.StdoutClosedError:
        return 0
    except output.StdoutFullError as error:
        output.write_error(str(error))
        return error.exit_code
    except OSError as error:
        log_exception(error, step)
        return fail(from_os_error(error), as_json="--json" in words)
    except Exception as error:
        return fail(to_error(error, step), as_json="--json" in words)
    return code


def fail(error: DingbenError, *, as_json: bool) -> int:
    """Print what stopped the command, and return its exit code."""
    try:
        output.write_errors(error.diagnostics, as_json=as_json)
        output.flush()
    except (output.StdoutClosedError, output.StdoutFullError):
        output.write_errors(error.diagnostics, as_json=False)
    return error.exit_code


def interrupt(_signal: int, _frame: object) -> NoReturn:
    """Handle SIGTERM like Ctrl-C: a terminated build cleans up."""
    raise KeyboardInterrupt
