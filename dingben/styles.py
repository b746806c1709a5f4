"""Style sheets put together: one base, the edition's own, and the book's ``styles/book.css`` last.

The trade's measures are custom properties in ``:root``; a book overrides them in book.css.
"""

from __future__ import annotations

import re
from pathlib import Path

import tinycss2

from dingben.errors import Place, SourceError
from dingben.resources import find, read_style

VAR = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,([^()]*))?\)")


def stylesheet(folder: Path, edition: str) -> str:
    """The whole style sheet of an edition: ``print``, ``epub`` or ``web``."""
    return "\n".join(read_style(folder, f"{name}.css") for name in ("base", edition, "book"))


def variables(css: str) -> dict[str, str]:
    """Custom properties of ``:root``, the last of each, e.g. {"--type-size": "10.5pt"}."""
    found: dict[str, str] = {}
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule" or tinycss2.serialize(rule.prelude).strip() != ":root":
            continue
        for declaration in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
            if declaration.type == "declaration" and declaration.name.startswith("--"):
                found[declaration.name] = tinycss2.serialize(declaration.value).strip()
    return found


def resolved(css: str) -> str:
    """The style sheet without custom properties, for e-readers that don't know them."""
    known = variables(css)

    def value(match: re.Match[str]) -> str:
        return known.get(match[1], (match[2] or "").strip())

    for _ in range(4):  # a variable may name another
        css = VAR.sub(value, css)
    css = re.sub(r"^\s*--[\w-]+:[^;]*;\n", "", css, flags=re.MULTILINE)
    return re.sub(r":root\s*\{\s*\}\n?", "", css)


def check_styles(folder: Path) -> None:
    """Raises SourceError where a style sheet of the book's own doesn't parse, or reaches outside."""
    for name in ("base", "print", "epub", "web", "book"):
        path = find(folder, "styles", f"{name}.css")
        if path is None:
            continue
        for rule in tinycss2.parse_stylesheet(read_style(folder, f"{name}.css"), skip_comments=True):
            if rule.type == "error":
                raise SourceError(
                    f"not CSS: {rule.message}",
                    hint="A rule is: selector { property: value; }",
                    place=Place(path, rule.source_line, rule.source_column),
                )
            if rule.type == "at-rule" and rule.lower_at_keyword == "import":
                raise SourceError(
                    "@import is not read",
                    hint="Put all rules into styles/book.css.",
                    place=Place(path, rule.source_line, rule.source_column),
                )
