"""Style sheets of an edition: the base, the edition's own, that of the design, and the book's ``styles/book.css``.

Dimensions are custom properties in ``:root``; a book overrides them in book.css.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tinycss2

from dingben.book.designs import DEFAULT, Design
from dingben.book.resources import find, packaged, read_style, read_text
from dingben.diagnostics import Location
from dingben.document.images import check_data_url
from dingben.document.images.data_urls import is_data_url
from dingben.errors import SourceError
from dingben.theme.style_limits import check_limits

MAX_DEPTH = 8
"""Depth to which variables may refer to others."""


URL_FUNCTIONS = frozenset({"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "-webkit-cross-fade"})
"""CSS functions whose strings are URLs."""


def stylesheet(folder: Path, *editions: str, design: Design = DEFAULT) -> str:
    """Concatenate the style sheets of an edition: ``print``, ``epub`` (and ``vertical``) or ``web``."""
    names = (f"{name}.css" for name in ("base", *editions, "design", "book"))
    return "".join(f"/* styles/{name} */\n{text}\n" for name in names if (text := read_style(folder, name, design)))


def variables(css: str) -> dict[str, str]:
    """Return the custom properties of ``:root``, the last of each, e.g. {"--type-size": "10.5pt"}."""
    found: dict[str, str] = {}
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule" or tinycss2.serialize(rule.prelude).strip() != ":root":
            continue
        for declaration in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
            if declaration.type == "declaration" and declaration.name.startswith("--"):
                found[declaration.name] = tinycss2.serialize(declaration.value).strip()
    return found


def resolve_variables(css: str) -> str:
    """Return the style sheet with custom properties resolved, for e-readers that don't support them."""
    known = variables(css)
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return "".join(f"{text}\n" for rule in rules if (text := rule_text(rule, known)))


def rule_text(rule: Any, known: dict[str, str]) -> str:
    """Serialize a rule with its variables resolved; "" where it only declares variables."""
    if getattr(rule, "content", None) is None:
        return str(rule.serialize())
    head = tinycss2.serialize(rule.prelude).strip()
    head = f"@{rule.at_keyword} {head}".strip() if rule.type == "at-rule" else head
    inner = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    kept = [
        f"{d.name}: {value_text(d.value, known)}{' !important' if d.important else ''};"
        if d.type == "declaration"
        else rule_text(d, known)
        for d in inner
        if not (d.type == "declaration" and d.name.startswith("--"))
    ]
    return f"{head} {{ {' '.join(kept)} }}" if kept else ""


def value_text(tokens: Sequence[Any], known: dict[str, str], level: int = 0) -> str:
    """Serialize a value with ``var()`` replaced by the variable's value, or by its fallback."""
    parts = []
    for token in tokens:
        if token.type == "function" and token.lower_name == "var" and level < MAX_DEPTH:
            named, _, fallback = tinycss2.serialize(token.arguments).partition(",")
            value = known.get(named.strip(), fallback.strip())
            parts.append(value_text(tinycss2.parse_component_value_list(value), known, level + 1))
        elif token.type == "function":
            parts.append(f"{token.name}({value_text(token.arguments, known, level)})")
        else:
            parts.append(str(token.serialize()))
    return "".join(parts).strip()


# -- style sheets from strangers


def check_styles(folder: Path, design: Design = DEFAULT) -> None:
    """Validate the style sheets of the book and its design. Raises SourceError for bad syntax or external files."""
    for name in ("base", "print", "epub", "vertical", "web", "jacket", "design", "book"):
        path = find(folder, "styles", f"{name}.css", design)
        if path is None or path.parent.resolve() == packaged("styles").resolve():
            continue  # the program's own
        css = read_text(path)
        check_limits(css, path)
        check_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), path)


def check_rules(rules: Sequence[Any], path: Path) -> None:
    """Validate rules: each parses, imports nothing, and has no URLs but ``data:`` and fragments. Raises SourceError."""
    for rule in rules:
        place = Location(path, rule.source_line, rule.source_column)
        if rule.type == "error":
            hint = "A rule is: selector { property: value; }"
            raise SourceError(f"not CSS: {rule.message}", hint=hint, location=place)
        if rule.type == "at-rule" and rule.lower_at_keyword == "import":
            raise SourceError("@import is not read", hint="Put all rules into styles/book.css.", location=place)
        if getattr(rule, "content", None) is not None:
            parse = tinycss2.parse_blocks_contents
            check_rules(parse(rule.content, skip_comments=True, skip_whitespace=True), path)
        for url in iter_urls(getattr(rule, "value", None) or ()):
            if is_data_url(url):
                check_data_url(url, place)
            elif not url.startswith("#"):
                hint = "Put the picture or font into a data: URL."
                raise SourceError(f"external resource blocked: {url}", hint=hint, location=place)


def iter_urls(tokens: Sequence[Any]) -> Iterator[str]:
    """Yield every URL in a value."""
    for token in tokens:
        if token.type == "url":
            yield token.value
        elif token.type == "function":
            if token.lower_name in URL_FUNCTIONS:
                yield from (t.value for t in token.arguments if t.type == "string")
            yield from iter_urls(token.arguments)
        elif token.type.endswith("block"):
            yield from iter_urls(token.content)
