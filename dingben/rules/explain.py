"""Explain the rules: ``dingben rules``, and the page ``docs/rules.md``."""

import functools
from collections.abc import Sequence

from dingben.rules import RULES
from dingben.rules.registry import all_rules
from dingben.rules.rule import Confidence, Rule
from dingben.rules.structural import ACTS, Act

MEANING = {
    Confidence.CERTAIN: "applied",
    Confidence.PROBABLE: "applied, and listed for the proof-reader",
    Confidence.SUSPECT: "listed only",
}


def explained() -> tuple[Rule | Act, ...]:
    """Return all rules in the order they run, those of plugins too, then the structural corrections."""
    return (*all_rules(), *ACTS)


@functools.cache
def by_code() -> dict[str, Rule | Act]:
    """Return rules and structural corrections by their codes."""
    return {each.code: each for each in explained()}


def as_markdown(entries: Sequence[Rule | Act] = (*RULES, *ACTS)) -> str:
    """Return the page ``docs/rules.md``: the built-in rules."""
    rows = entries
    parts = [
        "# The rules of the cleaning\n\n"
        "Made by `make docs` from the rules themselves. They run in this order; a rule is "
        + "; ".join(f"{c.name}: {MEANING[c]}" for c in Confidence)
        + ".\n\n| code | name | confidence |\n|---|---|---|\n"
        + "".join(f"| {r.code} | {r.name} | {r.confidence.name} |\n" for r in rows)
    ]
    parts += [f"## {r.code} {r.name}\n\n{r.confidence.name}. {r.explanation.strip()}\n" for r in rows]
    return "\n".join(parts)
