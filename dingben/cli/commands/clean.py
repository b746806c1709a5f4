"""``dingben clean``: delete what was built."""

from __future__ import annotations

import argparse

from dingben.book.project import clean
from dingben.cli import output


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    removed = clean(options.book)
    if options.json:
        output.write_json({"removed": [str(path) for path in removed]})
    elif not options.quiet:
        for path in removed:
            output.write_line(f"removed {output.relative_path(path)}")
        if not removed:
            output.write_line("nothing to remove")
    return 0
