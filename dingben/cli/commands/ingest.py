"""``dingben ingest``: restore raw texts to ``source/``."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from dingben.cli import output
from dingben.restore.account import IN_EDITION
from dingben.restore.ingest import ingest


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    with output.display(options) as progress:
        result = ingest(
            options.raw, options.book, encoding=options.encoding, force=options.force, progress=progress.note
        )
    if options.json:
        findings = [output.diagnostic_data(finding) for finding in result.diagnostics]
        output.write_json(
            {
                "files": [str(path) for path in result.files],
                "counts": result.counts,
                "account": [asdict(item) for item in result.account],
                "findings": findings,
            }
        )
    elif not options.quiet:
        report = output.relative_path(options.book / "build" / "reports" / "ingest.html")
        output.write_line(f"{len(result.files)} files in {output.relative_path(options.book / 'source')}")
        for name, count in result.counts.items():
            output.write_line(f"  {name.replace('_', ' '):<12} {count:>9,}")
        output.write_lines(f"\nOf {result.counts['characters']:,} characters of raw text:")
        for item in result.account:
            times = f"{item.times:,} times, the first at {item.place}" if item.name != IN_EDITION else ""
            output.write_line(f"  {item.characters:>11,}  {item.name:<40} {times}".rstrip())
        number = len(result.diagnostics)
        output.write_lines(f"\n{number} findings (dingben check lists them). Look at: {report}")
    return 0
