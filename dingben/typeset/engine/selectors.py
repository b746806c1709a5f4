"""Find selectors that look at the position of a division among its siblings, which a section does not show.

Selectors Level 4, 14 and 15: ``:first-child`` and its like, ``:has()``, and the
combinators ``+`` and ``~``. Inside a division they mean in a part what they mean in the book.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import tinycss2

COUNTING = re.compile(r"(first|last|only|nth)-.*|has")
WITHIN = frozenset({"is", "where", "not", "matches"})
INSIDE = re.compile(r"[+~]|:(first|last|only|nth)-|:has")
OUTER = frozenset({"", "section", "body", "html"})
"""Types of the elements that hold divisions or are such."""


def counts_divisions(sheet: str, names: Collection[str]) -> bool:
    """Whether a selector counts or compares divisions, whose classes and identifiers are ``names``."""
    return any(compound.may_be(OUTER, names) for compound in counting_compounds(sheet))


@functools.lru_cache(maxsize=8)
def counting_compounds(sheet: str) -> tuple[Compound, ...]:
    """The parts of selectors that count or compare elements with those beside them."""
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    found = [compound for prelude in preludes(rules) for compound in compounds(prelude)]
    return tuple(compound for compound in found if compound.follows or compound.counts)


def preludes(rules: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The selectors of all rules, those within at-rules and rules too."""
    for rule in rules:
        if rule.type == "qualified-rule":
            yield rule.prelude
        if rule.type in ("qualified-rule", "at-rule") and rule.content is not None:
            yield from preludes(tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True))


@dataclass(slots=True)
class Compound:
    """One element's part of a selector: ``p.first:first-child``. ``follows``: it is a sibling of the one before."""

    follows: bool = False
    kind: str = ""
    names: list[str] = field(default_factory=list)
    counts: bool = False
    empty: bool = True

    def may_be(self, kinds: Collection[str], names: Collection[str]) -> bool:
        """Whether it can be an element of one of the ``kinds``, with classes and identifiers among ``names``."""
        return self.kind in kinds and all(name in names for name in self.names)


def compounds(tokens: Sequence[Any]) -> Iterator[Compound]:
    """The compounds of a list of selectors."""
    now, before = Compound(), ""
    for token in tokens:
        value = str(getattr(token, "value", ""))
        if token.type == "whitespace" or (token.type == "literal" and value in (",", ">", "+", "~")):
            if not now.empty:
                yield now
                now = Compound()
            if token.type == "literal":
                now.follows = value in ("+", "~")
            continue
        now.empty = False
        if token.type == "function" and before == ":":
            now.counts |= bool(COUNTING.fullmatch(token.lower_name))
            now.counts |= token.lower_name in WITHIN and bool(INSIDE.search(tinycss2.serialize(token.arguments)))
        elif token.type == "hash" or (token.type == "ident" and before == "."):
            now.names.append(value)
        elif token.type == "ident" and before == ":":
            now.counts |= bool(COUNTING.fullmatch(token.lower_value))
        elif token.type == "ident":
            now.kind = token.lower_value
        before = value if token.type == "literal" else ""
    if not now.empty:
        yield now
