"""``dingben audit``: prove that nothing was lost, in a book or in an archive."""

from __future__ import annotations

import argparse
import dataclasses

from dingben.cli import output


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return audit_archive(options) if options.bag else audit_book(options)


def audit_book(options: argparse.Namespace) -> int:
    """Audit a book project: rebuild the raw text from sources and ledger."""
    from dingben.restore.audit import audit

    problems = audit(options.book)
    if options.json:
        output.write_json({"problems": [output.diagnostic_data(problem) for problem in problems]})
    elif problems:
        for problem in problems:
            output.write_line(output.format_diagnostic(problem))
    elif not options.quiet:
        output.write_line("Nothing is lost: sources and ledger rebuild the raw text byte for byte.")
    return 1 if problems else 0


def audit_archive(options: argparse.Namespace) -> int:
    """Audit an archive: compare raw text, sources and editions."""
    from dingben.system import atomic
    from dingben.verification import archive_audit

    proof = archive_audit.audit_archive(options.bag)
    if options.report:
        atomic.write_file(options.report.parent, options.report.name, archive_audit.html_report(proof).encode("utf-8"))
    if options.json:
        steps = [
            {**dataclasses.asdict(step), "problems": [output.diagnostic_data(problem) for problem in step.problems]}
            for step in proof.steps
        ]
        output.write_json({"steps": steps})
    else:
        for step in proof.steps:
            if step.problems or not options.quiet:
                output.write_lines(str(step))
    return 1 if proof.problems else 0
