"""What a book's own styles ask for in vain: fonts that are not installed, margin boxes beside those of the theme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tinycss2

from dingben.book.designs import DEFAULT, Design
from dingben.book.resources import Kind, find, packaged, read_text
from dingben.diagnostics import Diagnostic, Location
from dingben.system.fonts import installed_families

SHEETS = ("base", "print", "epub", "vertical", "web", "jacket", "design", "book")
"""Style sheets that a book or its design may have."""

FACES = frozenset({"font-family", "--song", "--hei", "--kai", "--mono", "--latin"})
"""Properties and variables that list font families."""

GENERIC = frozenset({"serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui", "inherit", "initial"})
"""Names that are no font (https://www.w3.org/TR/css-fonts-4/#generic-font-families)."""

EDGES = {"top": ("top-left", "top-right"), "bottom": ("bottom-left", "bottom-right")}
"""Margin boxes that ``templates/page.css`` fills, by edge of the page."""


def style_findings(folder: Path, design: Design = DEFAULT) -> list[Diagnostic]:
    """Return a finding for each font that is absent, and for each margin box that stands beside one of the theme."""
    found: list[Diagnostic] = []
    page = find(folder, "templates", "page.css", design)
    for name in SHEETS:
        path = find(folder, "styles", f"{name}.css", design)
        if path is None or is_packaged(path, "styles"):
            continue
        rules = parsed(read_text(path))
        defined = {family for rule in rules if is_at(rule, "font-face") for family in face_names(rule)}
        found += absent_fonts(rules, path, installed_families() | defined)
        found += doubled_boxes(rules, path) if is_packaged(page, "templates") else []
    return found


def is_packaged(path: Path | None, kind: Kind) -> bool:
    """Return whether a file is the program's own."""
    return path is not None and path.parent.resolve() == packaged(kind).resolve()


def parsed(css: str) -> list[Any]:
    """Parse a style sheet into its rules."""
    return list(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))


def inner(rule: Any) -> list[Any]:
    """Return the declarations and rules in a rule."""
    content = getattr(rule, "content", None)
    return [] if content is None else tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)


def is_at(rule: Any, keyword: str) -> bool:
    """Return whether a rule is an at-rule with this keyword."""
    return bool(rule.type == "at-rule" and rule.lower_at_keyword == keyword)


def face_names(rule: Any) -> list[str]:
    """Return the family that an ``@font-face`` rule defines."""
    return [name for each in inner(rule) if each.type == "declaration" for name in families(each)]


def families(declaration: Any) -> list[str]:
    """Return the font families of a declaration, in order; none of another property."""
    if declaration.name not in FACES:
        return []
    names, words = [], []
    for token in [*declaration.value, None]:
        if (token is not None and token.type == "string") or (token is not None and token.type == "ident"):
            words.append(token.value)
        elif token is None or (token.type == "literal" and token.value == ","):
            names.append(" ".join(words))
            words = []
    return [name for name in names if name and name.lower() not in GENERIC]


def absent_fonts(rules: Sequence[Any], path: Path, known: frozenset[str] | set[str]) -> Iterator[Diagnostic]:
    """Report each declaration whose first font is not installed (U301)."""
    for rule in rules:
        if is_at(rule, "font-face"):
            continue
        for each in inner(rule):
            if each.type in ("qualified-rule", "at-rule"):
                yield from absent_fonts([each], path, known)
            elif each.type == "declaration" and (named := families(each)) and named[0] not in known:
                instead = next((name for name in named[1:] if name in known), "")
                yield Diagnostic(
                    f"the font {named[0]} is not installed" + (f"; {instead} is used" if instead else ""),
                    "Install it, or name another: `fc-list : family` lists what is there.",
                    Location(path, each.source_line, each.source_column),
                    "U301",
                )


def doubled_boxes(rules: Sequence[Any], path: Path) -> Iterator[Diagnostic]:
    """Report margin boxes with content on an edge where the theme prints its own, which stay (U302)."""
    boxes = [box for rule in rules if is_at(rule, "page") for box in inner(rule) if box.type == "at-rule"]
    contents = {box.lower_at_keyword: (box, value) for box in boxes if (value := content_of(box))}
    for name, (box, value) in contents.items():
        others = EDGES.get(name.partition("-")[0], ())
        if value == "none" or name in others:
            continue
        kept = [other for other in others if other not in contents]
        if kept:
            cleared = " ".join(f"@{other} {{ content: none }}" for other in kept)
            yield Diagnostic(
                f"@{name} stands beside what the theme prints in @{' and @'.join(kept)}",
                f"If it is to replace them, write in the same @page: {cleared}",
                Location(path, box.source_line, box.source_column),
                "U302",
            )


def content_of(box: Any) -> str:
    """Return the value of ``content`` in a margin box, empty without one."""
    values = [each.value for each in inner(box) if each.type == "declaration" and each.lower_name == "content"]
    return tinycss2.serialize(values[-1]).strip() if values else ""
