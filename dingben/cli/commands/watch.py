"""``dingben watch``: show the book in a browser, and build again on every change."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from dingben.cli import output
from dingben.diagnostics import Diagnostic
from dingben.live.watcher import Watcher


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    Watcher(options.book, Terminal(options), port=options.port).run()
    return 0


class Terminal:
    """Reporter that prints the messages of a watch."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options

    def note(self, text: str) -> None:
        """Print a message."""
        if self.options.json:
            output.write_json_line({"note": text})
        elif not self.options.quiet:
            output.write_line(text)
            output.flush()

    def wrong(self, problems: Sequence[Diagnostic]) -> None:
        """Print errors."""
        if self.options.json:
            output.write_json_line({"errors": [output.diagnostic_data(problem) for problem in problems]})
        else:
            output.write_errors(problems, as_json=False)
