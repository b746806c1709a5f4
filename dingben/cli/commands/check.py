"""``dingben check``: list what a proof-reader should look at."""

from __future__ import annotations

import argparse

from dingben import lint
from dingben.cli import output


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    findings = lint.check(options.book)
    if options.json:
        output.write_json({"findings": [output.diagnostic_data(finding) for finding in findings]})
    else:
        for finding in findings:
            output.write_line(output.format_diagnostic(finding))
            if finding.hint:
                output.write_line(f"  {finding.hint}")
    return 1 if findings else 0
