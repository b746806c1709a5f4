"""``dingben build``: build the editions."""

from __future__ import annotations

import argparse

from dingben.builder.graph import BuildResult, build, by_default
from dingben.cli import output


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    with output.display(options) as progress:
        chosen = [*(options.targets or by_default()), "booklet"] if options.booklet else options.targets
        result = build(options.book, chosen, force=options.force, progress=progress, jobs=options.jobs)
    if options.json:
        output.write_json(result_data(result))
        return 0
    for finding in result.diagnostics:
        output.write_warning(finding)
    if not options.quiet:
        write_outputs(result, explain=options.explain)
    return 0


def write_outputs(result: BuildResult, *, explain: bool) -> None:
    """Write a line for each output, and with ``explain`` each reason why it was built."""
    for each in result.outputs:
        state = "built" if each.why else "up to date"
        output.write_line(f"{output.relative_path(each.path)}  {each.size:,} bytes  {state}")
        if explain:
            for reason in each.why:
                output.write_line(f"  {each.target}: {reason}")


def result_data(result: BuildResult) -> dict[str, object]:
    """Return the JSON object of a build."""
    outputs = [
        {
            "target": each.target,
            "path": str(each.path),
            "bytes": each.size,
            "sha256": each.sha256,
            "why": list(each.why),
        }
        for each in result.outputs
    ]
    return {"outputs": outputs, "findings": [output.diagnostic_data(finding) for finding in result.diagnostics]}
