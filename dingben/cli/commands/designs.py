"""``dingben designs``: list the installed designs."""

from __future__ import annotations

import argparse

from dingben.book.designs import designs
from dingben.cli import output


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    found = [(design, entry.package) for design, entry in designs().values()]
    if options.json:
        rows = [{"name": design.name, "package": package, "summary": design.summary} for design, package in found]
        output.write_json({"designs": rows})
        return 0
    for design, package in found:
        output.write_line(f"{design.name:<12}  {package:<12}  {design.summary}".rstrip())
    return 0
