"""Limits of a book's own style sheets, checked before WeasyPrint reads them: its work may grow without end.

Nesting, number of rules and tokens, size of numbers, growth of custom properties, and characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tinycss2

from dingben.diagnostics import Location
from dingben.errors import SourceError

MAX_NESTING = 32
"""Depth of brackets and blocks in a rule."""

MAX_RULES = 10_000
"""Rules of a style sheet."""

MAX_TOKENS = 20_000
"""Tokens of a rule, and of a value with its variables in place."""

MAX_VARIABLES = 64
"""Depth to which variables may refer to others."""

MAX_DIMENSION = 1e6
"""Greatest length, angle, time or percentage."""

MAX_NUMBER = 2**31
"""Greatest number without a unit: a layer may be put on top with ``z-index: 2147483647``."""


def check_limits(css: str, path: Path) -> None:
    """Check a style sheet. Raises SourceError with the line of the rule."""
    try:
        rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    except RecursionError as error:
        raise too_much("brackets are nested too deeply", Location(path)) from error
    if len(rules) > MAX_RULES:
        raise too_much(f"there are more than {MAX_RULES} rules", Location(path))
    for rule in rules:
        check_tokens([*(getattr(rule, "prelude", None) or ()), *(getattr(rule, "content", None) or ())], rule, path)
    check_variables(rules, path)


def too_much(message: str, place: Location) -> SourceError:
    """Return the error for a style sheet that passes a limit."""
    return SourceError(message, hint="Write the style in fewer and simpler rules.", location=place)


def check_tokens(tokens: Sequence[Any], rule: Any, path: Path) -> None:
    """Check all tokens of a rule. Raises SourceError."""
    place = Location(path, rule.source_line, rule.source_column)
    for count, (token, depth) in enumerate(nested(tokens), start=1):
        if depth > MAX_NESTING:
            raise too_much("brackets are nested too deeply", place)
        if count > MAX_TOKENS:
            raise too_much(f"a rule has more than {MAX_TOKENS} tokens", place)
        here = Location(path, token.source_line, token.source_column)
        if token.type in ("number", "dimension", "percentage"):
            limit = MAX_NUMBER if token.type == "number" else MAX_DIMENSION
            if not abs(token.value) <= limit:
                raise too_much(f"a number is too large: {token.representation[:20]}", here)
        value = getattr(token, "value", "")
        if isinstance(value, str) and any("\ud800" <= char <= "\udfff" or char == "\0" for char in value):
            raise SourceError("an invalid character escape", hint="Write the character itself.", location=here)


def nested(tokens: Sequence[Any]) -> Iterator[tuple[Any, int]]:
    """Yield all tokens with their depth, also those in functions and blocks, without recursion."""
    waiting = [(token, 1) for token in reversed(tokens)]
    while waiting:
        token, depth = waiting.pop()
        yield token, depth
        inner = getattr(token, "arguments", None) or getattr(token, "content", None) or ()
        waiting += [(each, depth + 1) for each in reversed(inner)]


def check_variables(rules: Sequence[Any], path: Path) -> None:
    """Check that no variable grows beyond the limit, or refers to too many others. Raises SourceError."""
    declared: dict[str, list[Any]] = {}
    for declaration in custom_properties(rules):
        declared.setdefault(declaration.name, []).append(declaration)
    sizes: dict[str, tuple[int, int]] = {}

    def measure(name: str, ancestors: frozenset[str]) -> tuple[int, int]:
        """Return the greatest number of tokens of a variable with others in place, and the depth of reference."""
        if name in ancestors or name not in declared:
            return 1, 0
        if name not in sizes:
            largest = deepest = 0
            for declaration in declared[name]:
                place = Location(path, declaration.source_line, declaration.source_column)
                if len(ancestors) > MAX_VARIABLES:
                    raise too_much(f"variables refer to more than {MAX_VARIABLES} others in a row", place)
                size = 0
                for token, _ in nested(declaration.value):
                    inner = measure(reference(token), ancestors | {name}) if reference(token) else (1, 0)
                    size, deepest = size + inner[0], max(deepest, inner[1] + 1)
                if size > MAX_TOKENS:
                    raise too_much(f"the variable {name} grows to more than {MAX_TOKENS} tokens", place)
                largest = max(largest, size)
            sizes[name] = largest, deepest
        return sizes[name]

    for name in declared:
        measure(name, frozenset())


def custom_properties(rules: Sequence[Any]) -> Iterator[Any]:
    """Yield the declarations of custom properties in rules and nested rules."""
    waiting = list(rules)
    while waiting:
        rule = waiting.pop()
        if rule.type == "declaration" and rule.name.startswith("--"):
            yield rule
        elif getattr(rule, "content", None) is not None:
            waiting += tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)


def reference(token: Any) -> str:
    """Return the variable that a token refers to, or ""."""
    if token.type != "function" or token.lower_name != "var":
        return ""
    return next((str(each.value) for each in token.arguments if each.type == "ident"), "")
