"""``dingben ingest``: restore raw texts to ``source/``."""

from __future__ import annotations

import argparse

from dingben.cli import output
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
            {"files": [str(path) for path in result.files], "counts": result.counts, "findings": findings}
        )
    elif not options.quiet:
        report = output.relative_path(options.book / "build" / "reports" / "ingest.html")
        output.write_line(f"{len(result.files)} files in {output.relative_path(options.book / 'source')}")
        for name, count in result.counts.items():
            output.write_line(f"  {name.replace('_', ' '):<12} {count:>9,}")
        output.write_lines(f"\nLook at: {report}")
    return 0
