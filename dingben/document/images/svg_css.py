"""References in the CSS of an SVG, found with a CSS parser so that escapes, comments and quotes hide none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tinycss2

AT_RULES = frozenset({"media", "supports", "font-face", "keyframes", "-webkit-keyframes", "charset", "layer"})
"""At-rules allowed in an SVG: none of them names a file by itself."""

EXTERNAL_FUNCTIONS = frozenset(
    {"src", "image", "image-set", "-webkit-image-set", "cross-fade", "-webkit-cross-fade", "element", "-moz-element"}
    | {"paint", "expression", "attr"}
)
"""Functions that name a file or hide a reference; ``url()`` is checked separately."""

MAX_NESTING = 50
"""Nesting depth of blocks and functions."""

References = dict[str, set[str]]
"""Referenced element identifiers, by the property that references them."""


class OutsideError(ValueError):
    """A reference to something outside the SVG; the message shows it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A style rule that references elements: the names in its selectors (``*``: possibly any element)."""

    mentions: frozenset[str]
    references: References


def url_fragments(tokens: Sequence[Any]) -> Iterator[str]:
    """Yield the identifiers of all ``url(#…)`` in the tokens. Raises OutsideError for any other reference."""
    stack = [(token, 0) for token in reversed(tokens)]
    while stack:
        token, depth = stack.pop()
        if depth > MAX_NESTING:
            raise OutsideError(f"more than {MAX_NESTING} blocks within each other")
        inner: Sequence[Any] = ()
        if token.type == "url":
            yield url_fragment(token.value)
        elif token.type == "function":
            inner = token.arguments
            yield from function_references(token)
        elif token.type == "at-keyword" and token.lower_value not in AT_RULES:
            raise OutsideError(f"@{token.value}")
        elif token.type == "error" and token.kind == "bad-url":
            raise OutsideError("a url() that is not CSS")
        elif token.type.endswith("block"):
            inner = token.content
        stack += [(t, depth + 1) for t in reversed(inner)]


def function_references(function: Any) -> Iterator[str]:
    """Yield the identifier in a ``url()`` function. Raises OutsideError."""
    if function.lower_name in EXTERNAL_FUNCTIONS:
        raise OutsideError(f"{function.lower_name}()")
    if function.lower_name == "url":
        strings = [t.value for t in function.arguments if t.type == "string"]
        if not strings:
            raise OutsideError("url()")
        yield from map(url_fragment, strings)


def url_fragment(url: str) -> str:
    """Return the identifier of a URL that is only a fragment. Raises OutsideError for any other."""
    if not url.strip().startswith("#"):
        raise OutsideError(f"url({url.strip()[:40]})")
    return url.strip()[1:]


def names_nothing(text: str) -> bool:
    """Whether there is no function, at-rule or escape in a piece of CSS: nothing in it can name anything."""
    return not any(sign in text for sign in "(@\\")


@lru_cache(maxsize=1024)
def value_references(text: str) -> frozenset[str]:
    """Return the identifiers referenced in a value. Raises OutsideError."""
    return frozenset(url_fragments(tinycss2.parse_component_value_list(text)))


@lru_cache(maxsize=1024)
def style_references(text: str) -> Mapping[str, set[str]]:
    """Return the identifiers referenced in a ``style`` attribute. Raises OutsideError."""
    tokens = tinycss2.parse_component_value_list(text)
    set(url_fragments(tokens))
    return declaration_references(tinycss2.parse_blocks_contents(tokens, skip_comments=True, skip_whitespace=True))


def sheet_rules(text: str) -> list[Rule]:
    """Return the rules of a style sheet that reference elements. Raises OutsideError."""
    tokens = tinycss2.parse_component_value_list(text)
    set(url_fragments(tokens))
    found: list[Rule] = []
    queue = list(tinycss2.parse_stylesheet(tokens, skip_comments=True, skip_whitespace=True))
    while queue:
        rule = queue.pop()
        if getattr(rule, "content", None) is None:
            continue
        if rule.type == "at-rule":
            queue += tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        elif references := nested_declarations(rule.content):
            found.append(Rule(frozenset(selector_names(rule.prelude)), references))
    return found


def nested_declarations(content: Sequence[Any]) -> References:
    """Return the references of declarations, including those of nested rules."""
    inner = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    found = declaration_references(inner)
    for nested in inner:
        if getattr(nested, "content", None) is not None:
            found.setdefault("fill", set()).update(url_fragments(nested.content))
    return found


def declaration_references(declarations: Sequence[Any]) -> References:
    """Return the references of declarations, by property."""
    found: References = {}
    for declaration in declarations:
        if declaration.type == "declaration" and (names := set(url_fragments(declaration.value))):
            found.setdefault(declaration.lower_name, set()).update(names)
    return found


def selector_names(prelude: Sequence[Any]) -> Iterator[str]:
    """Yield types, classes and identifiers in selectors; ``*`` where an element may match without any of them."""
    stack, is_named = list(prelude), False
    while stack:
        token = stack.pop()
        if token.type in ("ident", "hash"):
            is_named = True
            yield token.value
        elif token.type == "function":
            stack += token.arguments
            if token.lower_name in ("not", "has"):
                yield "*"
        elif token.type.endswith("block") or (token.type == "literal" and token.value in "*&"):
            yield "*"
    if not is_named:
        yield "*"
