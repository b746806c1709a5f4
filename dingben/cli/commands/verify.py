"""``dingben verify``: run the checkers that are installed on outputs."""

from __future__ import annotations

import argparse

from dingben.cli import output
from dingben.verification.checkers import verify


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    reports = [report for file in options.files for report in verify(file)]
    if options.json:
        output.write_json({"reports": [report.data() for report in reports]})
    else:
        for report in reports:
            output.write_lines(str(report))
    return 1 if any(report.messages for report in reports) else 0
