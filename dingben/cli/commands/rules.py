"""``dingben rules``: explain the correction rules."""

from __future__ import annotations

import argparse

from dingben.cli import output
from dingben.errors import UsageError
from dingben.rules.explain import as_markdown, explained


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    chosen = [rule for rule in explained() if options.code is None or rule.code.casefold() == options.code.casefold()]
    if not chosen:
        raise UsageError(f"there is no rule {options.code}", hint="`dingben rules` lists them.")
    if options.json:
        rules = [
            {
                "code": rule.code,
                "name": rule.name,
                "confidence": rule.confidence.name,
                "explanation": rule.explanation,
            }
            for rule in chosen
        ]
        output.write_json({"rules": rules})
    elif options.markdown:
        output.write(as_markdown())
    elif options.code:
        rule = chosen[0]
        output.write(f"{rule.code} {rule.name} ({rule.confidence.name})\n\n{rule.explanation}\n")
    else:
        for rule in chosen:
            output.write_line(f"{rule.code}  {rule.confidence.name:<8}  {rule.name}: {rule.summary}")
    return 0
