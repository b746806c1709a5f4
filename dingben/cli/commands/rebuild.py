"""``dingben rebuild``: build the editions of an archive again and compare them."""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path

from dingben.cli import output
from dingben.verification.rebuild import Rebuild


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        work = Rebuild(options.bag, options.into or Path(scratch) / "book")
        differences = work.differences()
        if not options.json:
            for line in differences:
                output.write_line(f"not as it was: {line}")
            output.flush()
        with output.display(options) as progress:
            compared = work.run(progress)
    if options.json:
        files = [dataclasses.asdict(each) for each in compared]
        output.write_json({"differences": list(differences), "files": files})
    else:
        for each in compared:
            if each.verdict != "same" or not options.quiet:
                output.write_line(str(each))
    return 1 if any(each.verdict != "same" for each in compared) else 0
