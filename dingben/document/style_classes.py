"""Class names in the selectors of a style sheet: what a book's own styles give an effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tinycss2


def styled_classes(css: str) -> frozenset[str]:
    """Return the names of all classes in the selectors of ``css``, also within ``@media``."""
    found: set[str] = set()
    collect(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), found)
    return frozenset(found)


def collect(rules: Sequence[Any], found: set[str]) -> None:
    """Add the class names of rules, and of the rules in them."""
    for rule in rules:
        if rule.type == "qualified-rule":
            collect_names(rule.prelude, found)
        if rule.type in ("qualified-rule", "at-rule") and rule.content is not None:
            inner = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            collect([each for each in inner if each.type in ("qualified-rule", "at-rule")], found)


def collect_names(tokens: Sequence[Any], found: set[str]) -> None:
    """Add the class names of a selector: identifiers behind a full stop, also in ``:is(.a)``."""
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "ident" and before is not None and before.type == "literal" and before.value == ".":
            found.add(token.value)
        elif token.type == "function":
            collect_names(token.arguments, found)
