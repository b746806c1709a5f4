"""``dingben new``: create a book project."""

from __future__ import annotations

import argparse

from dingben.book.project import new_project
from dingben.cli import output


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    files = new_project(options.folder)
    if options.json:
        output.write_json({"folder": str(options.folder), "files": [str(path) for path in files]})
    elif not options.quiet:
        for path in files:
            output.write_line(str(path))
        output.write_lines(f"\nNow: dingben build --book {options.folder}")
    return 0
