"""The rules and acts told to a person: ``dingben rules``, and the page ``docs/rules.md``."""

from collections.abc import Sequence

from dingben.rules import RULES
from dingben.rules.rule import Confidence, Rule
from dingben.rules.structural import ACTS, Act

MEANING = {
    Confidence.CERTAIN: "applied",
    Confidence.PROBABLE: "applied, and listed for the proof-reader",
    Confidence.SUSPECT: "listed only",
}


def explained() -> tuple[Rule | Act, ...]:
    """All rules in the order they run, then the acts."""
    return (*RULES, *ACTS)


def as_markdown(entries: Sequence[Rule | Act] | None = None) -> str:
    """The page ``docs/rules.md``."""
    rows = explained() if entries is None else entries
    parts = [
        "# The rules of the cleaning\n\n"
        "Made by `make docs` from the rules themselves. They run in this order; a rule is "
        + "; ".join(f"{c.name}: {MEANING[c]}" for c in Confidence)
        + ".\n\n| code | name | confidence |\n|---|---|---|\n"
        + "".join(f"| {r.code} | {r.name} | {r.confidence.name} |\n" for r in rows)
    ]
    parts += [f"## {r.code} {r.name}\n\n{r.confidence.name}. {r.explanation.strip()}\n" for r in rows]
    return "\n".join(parts)
