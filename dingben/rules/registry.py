"""The correction rules in the order they run: the built-in ones, then those of installed plugins.

A plugin names `Rule` objects as entry points of the group ``dingben.rules``. A code is one capital letter and three
digits; the letters of built-in codes are reserved.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dingben.rules.passage import Edit
from dingben.rules.rule import Find, Rule
from dingben.rules.structural import ACTS
from dingben.system.plugins import Entry, load_object, plugin_entries, unusable

GROUP, KIND = "dingben.rules", "rule"

RESERVED = frozenset("BCEFHLMNQSTX")
"""First letters of the codes of built-in rules, structural corrections and checks."""

CODE = re.compile(r"[A-Z][0-9]{3}")


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Return the rules in the order they run. Raises ToolError for a plugin with a faulty rule."""
    from dingben.rules import RULES

    return load(RULES, plugin_entries(GROUP))


def load(built_in: Iterable[Rule], entries: Iterable[Entry]) -> tuple[Rule, ...]:
    """Load the rules of plugins and put them behind the built-in ones. Raises ToolError."""
    rules = list(built_in)
    owners: dict[str, Entry] = {}
    taken = {rule.name for rule in rules} | {act.name for act in ACTS}
    for entry in entries:
        rule = load_object(entry, KIND)
        if not isinstance(rule, Rule):
            raise unusable(entry, KIND, "it is no dingben.rules.Rule (dingben.rules.rule.rule makes one)")
        if not CODE.fullmatch(rule.code):
            raise unusable(entry, KIND, f"{rule.code!r} is no code: one capital letter and three digits")
        if rule.code[0] in RESERVED:
            raise unusable(entry, KIND, f"codes that begin with {rule.code[0]} are reserved for dingben")
        if rule.code in owners:
            raise unusable(entry, KIND, f"code {rule.code} is taken by {owners[rule.code].reference}")
        if rule.name in taken:
            raise unusable(entry, KIND, f"name {rule.name!r} is taken")
        if not rule.explanation:
            raise unusable(entry, KIND, "its function has no docstring, which is the explanation of the rule")
        owners[rule.code] = entry
        taken.add(rule.name)
        rules.append(replace(rule, find=_guarded(entry, rule.find)))
    return tuple(rules)


def _guarded(entry: Entry, find: Find) -> Find:
    """Wrap the function of a plugin's rule: what it raises becomes a ToolError that names the plugin."""

    @functools.wraps(find)
    def guarded(text: str) -> Iterator[Edit]:
        try:
            yield from find(text)
        except Exception as error:  # code of a plugin may raise anything
            raise unusable(entry, KIND, f"{type(error).__name__}: {error}") from error

    return guarded
