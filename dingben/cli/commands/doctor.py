"""``dingben doctor``: list tools and fonts, and what to install."""

from __future__ import annotations

import argparse

from dingben.cli import output
from dingben.verification.doctor import examine


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    rows = examine()
    if options.json:
        output.write_json({"tools": [row.data() for row in rows]})
    else:
        width = max(len(row.name) for row in rows)
        for row in rows:
            state = row.found or ("missing" if row.needed else "not installed (optional)")
            output.write_line(f"{'ok' if row.found else '--'}  {row.name:<{width}}  {state}")
            if not row.found:
                output.write_line(f"    {'':<{width}}  {row.install}")
    return 4 if any(row.needed and not row.found for row in rows) else 0
