"""Upper bound of the elements an SVG draws, computed before rendering.

``use``, patterns, masks and markers multiply them.

A kilobyte of SVG can ask for 10⁸ elements. https://www.w3.org/TR/SVG2/struct.html#UseElement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dingben.document.images.svg_css import References, Rule

MAX_DRAWN = 100_000
"""Elements that one SVG may draw."""

MOST_STEPS = 2_000_000
"""Looks at elements that others name: style sheets can have each element name all others."""

CONTAINERS = frozenset({"defs", "symbol", "clipPath", "mask", "pattern", "marker", "filter"})
"""Elements that are drawn only where they are referenced."""

FIXED_COST = frozenset({"linearGradient", "radialGradient", "stop", "title", "desc", "style", "filter"})
"""Elements that are not drawn, or whose cost does not grow with the number of references."""

DRAWN_ONCE = frozenset({"clip-path", "mask", "filter", "href"})
"""Properties that draw the referenced element once for a group; others are inherited by each element in it."""

AT_EACH_VERTEX = frozenset({"marker", "marker-mid"})


class TooManyError(ValueError):
    """An SVG that draws too many elements, or itself."""


class DrawingCounter:
    """Counts drawn elements. ``own``: references of each element by attribute; ``rules``: those of style sheets."""

    def __init__(self, root: Any, own: Mapping[Any, References], rules: Sequence[Rule]) -> None:
        self.root, self.own = root, own
        self.elements = list(root.iter())  # lxml makes new ones for elements that nobody holds
        self.by_id: dict[str, list[Any]] = {}
        for element in self.elements:
            if identifier := element.get("id"):
                self.by_id.setdefault(identifier, []).append(element)
        self.by_mention: dict[str, References] = {}
        for rule in rules:
            for mention in rule.mentions:
                merge_references(self.by_mention.setdefault(mention, {}), rule.references)
        self.vertices: int | None = None
        self.known: dict[Any, int] = {}
        self.steps = 0

    def count(self) -> int:
        """Return the number of elements drawn. Raises TooManyError for too many, or for a reference cycle."""
        known, open_elements, stack = self.known, set(), [self.root]
        while stack:
            element = stack[-1]
            if element in known:
                stack.pop()
                continue
            open_elements.add(element)
            waiting = [e for e in self.drawn_with(element) if e not in known]
            if any(e in open_elements for e in waiting):
                raise TooManyError(f"<{local_name(element)}> on line {element.sourceline} contains itself")
            stack += waiting
            if not waiting:
                open_elements.discard(element)
                known[element] = min(self.weight(element), MAX_DRAWN + 1)
        if known[self.root] > MAX_DRAWN:
            raise TooManyError(f"more than {MAX_DRAWN:,} elements are drawn")
        return known[self.root]

    def drawn_with(self, element: Any) -> Iterator[Any]:
        """Yield the elements that are drawn with this one."""
        yield from drawn_children(element)
        for names in self.references(element).values():
            yield from self.targets(names)

    def weight(self, element: Any) -> int:
        """Return the number of elements drawn for this one, itself included."""
        once = 1 + sum(self.known[child] for child in drawn_children(element))
        times = 1
        for name, identifiers in self.references(element).items():
            most = max((self.known[e] for e in self.targets(identifiers)), default=0)
            if name in DRAWN_ONCE:
                once += most
            else:
                times *= 1 + most * (self.most_vertices() if name in AT_EACH_VERTEX else 1)
        return once * times

    def references(self, element: Any) -> References:
        """Return the references of an element and of the rules that may apply to it."""
        own = self.own.get(element, {})
        if not self.by_mention:
            return own
        found = {name: set(identifiers) for name, identifiers in own.items()}
        classes = (element.get("class") or "").split()
        for mention in {"*", local_name(element), element.get("id") or "", *classes} & self.by_mention.keys():
            merge_references(found, self.by_mention[mention])
        return found

    def targets(self, identifiers: set[str]) -> Iterator[Any]:
        """Yield the elements with these identifiers whose drawing counts."""
        for identifier in identifiers:
            named = self.by_id.get(identifier, [])
            self.steps += 1 + len(named)
            if self.steps > MOST_STEPS:
                raise TooManyError("its elements refer to each other too many times")
            yield from (e for e in named if local_name(e) not in FIXED_COST)

    def most_vertices(self) -> int:
        """Estimate the largest number of vertices of a path: pairs of numbers."""
        if self.vertices is None:
            texts = (e.get("d") or e.get("points") or "" for e in self.elements)
            self.vertices = 1 + max((len(re.findall(r"\d*\.?\d+", text)) for text in texts), default=0)
        return self.vertices


def local_name(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def drawn_children(element: Any) -> Iterator[Any]:
    """Return the children that are drawn in place."""
    return (child for child in element if local_name(child) not in CONTAINERS and local_name(child) not in FIXED_COST)


def merge_references(into: References, more: References) -> None:
    """Add the references of ``more`` to ``into``."""
    for name, identifiers in more.items():
        into.setdefault(name, set()).update(identifiers)
