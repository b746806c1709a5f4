"""Cascade cache: one cascade for all elements of a document that no selector distinguishes.

A chapter has hundreds of paragraphs: the same selectors match each of them, as long as these test
names, attributes and ancestors only. Other selectors (``p + p``, ``:first-child``,
``:empty``) are matched against each element. Selectors Level 4: https://www.w3.org/TR/selectors-4/;
CSS Cascading and Inheritance Level 5: https://www.w3.org/TR/css-cascade-5/.

It reads the compiled selectors of :mod:`cssselect2`, which are not a public interface: the version is pinned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from types import CodeType
from typing import Any

from cssselect2 import Matcher
from weasyprint.css import declaration_precedence, find_style_attributes, preprocess_declarations

OWN_NAMES = frozenset(
    {
        "any", "next", "attrib", "get", "lower", "startswith", "endswith", "split_whitespace", "ascii_lower",
        "urlparse", "scheme", "local_name", "in_html_document", "namespace_url", "classes", "id", "etree_element",
        "parent", "ancestors", "lang",
    }
)  # fmt: skip
"""Names in a compiled selector that tests the name and attributes of an element and its ancestors only."""

UNNAMED_ATTRIBUTES = frozenset({"class", "lang", "{http://www.w3.org/XML/1998/namespace}lang"})
"""Attributes that selectors test without naming them."""

SHARED = frozenset(
    {"before", "after", "marker", "footnote-call", "footnote-marker", "note-call", "note-marker", "note-callback"}
)
"""Pseudo-elements whose style depends only on their parent and declarations."""

Style = dict[str, tuple[Any, Any]]
"""By property: declared values, and the weight of the declaration."""


# -- selectors


@dataclass(slots=True)
class SelectorSets:
    """The selectors of a style sheet: those that test names only, and the ``others``; the strings in all of them."""

    by_name: Matcher
    others: Matcher
    words: frozenset[str]

    @classmethod
    def of(cls, matcher: Any) -> SelectorSets:
        """Return the selectors of WeasyPrint's matcher; the result is stored in it."""
        known = matcher.__dict__.get("selector_sets")
        if known is None:
            sets = cls(Matcher(), Matcher(), frozenset())
            words: set[str] = set()
            for name in ("id_selectors", "class_selectors", "lower_local_name_selectors", "namespace_selectors"):
                for key, entries in getattr(matcher, name).items():
                    for entry in entries:
                        getattr(sets.matcher_for(entry, words), name).setdefault(key, []).append(entry)
                words.update(key for key in getattr(matcher, name) if key)
            for name in ("lang_attr_selectors", "other_selectors"):
                for entry in getattr(matcher, name):
                    getattr(sets.matcher_for(entry, words), name).append(entry)
            sets.words = frozenset(words)
            known = matcher.selector_sets = sets
        return known  # type: ignore[no-any-return]

    def matcher_for(self, entry: Any, words: set[str]) -> Matcher:
        """Return the matcher for a selector, and add its strings to ``words``."""
        names, strings = names_in(entry[0].__code__)
        words |= strings
        return self.by_name if names <= OWN_NAMES else self.others


def names_in(code: CodeType) -> tuple[set[str], set[str]]:
    """Return the names and strings in the code of a function, including nested functions."""
    names, strings = {*code.co_names}, set()
    for constant in code.co_consts:
        if isinstance(constant, str):
            strings.add(constant)
        elif isinstance(constant, CodeType):
            inner_names, inner_strings = names_in(constant)
            names |= inner_names
            strings |= inner_strings
    return names, strings


# -- matches


@dataclass(slots=True)
class Match:
    """Declarations that count for an element: origin, sheet's specificity, selector's, pseudo-element, list, layer.

    ``styles``: the cascade of nothing but these, by pseudo-element.
    """

    declared: Sequence[tuple[Any, ...]]
    styles: dict[str | None, Style] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.put(self.styles)

    def put(self, styles: dict[str | None, Style]) -> None:
        """Add the declarations to a cascade."""
        for origin, specificity, pseudo, declarations, layer in self.declared:
            style = styles.setdefault(pseudo, {})
            for name, values, importance in declarations:
                declare(style, name, values, (declaration_precedence(origin, importance), layer, specificity))


def declare(style: Style, name: str, values: Any, weight: Any) -> None:
    """Add a declaration to a cascade unless one of more weight is there."""
    before = style.get(name)
    if before is None or before[1] <= weight:
        style[name] = values, weight


class Matches:
    """Finds the matching selectors of the elements of a document, in document order."""

    def __init__(self, sheets: Sequence[tuple[Any, str, Any]]) -> None:
        self.sheets = sheets
        self.selectors = [SelectorSets.of(sheet.matcher) for sheet, _, _ in sheets]
        self.words = frozenset[str]().union(*(selectors.words for selectors in self.selectors))
        self.kinds: dict[Any, int] = {}
        """By element: the number of its kind."""
        self.numbers: dict[tuple[Any, ...], int] = {}
        self.named: dict[int, tuple[list[Any], ...]] = {}
        """By kind: the selectors by name that match it, for each sheet."""
        self.known: dict[tuple[Any, ...], Match] = {}

    def of(self, element: Any) -> Match:
        """Return the match of an element of cssselect2."""
        kind = self.kind(element)
        named = self.named.get(kind)
        if named is None:
            named = self.named[kind] = tuple(selectors.by_name.match(element) for selectors in self.selectors)
        found = []
        for number, (selectors, matched) in enumerate(zip(self.selectors, named, strict=True)):
            more = selectors.others.match(element)
            found += [(number, entry) for entry in (sorted([*matched, *more], key=selector_order) if more else matched)]
        key = tuple((number, entry[1]) for number, entry in found)
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = Match([self.declared(number, entry) for number, entry in found])
        return known

    def kind(self, element: Any) -> int:
        """Return a number that is equal for elements whose names, attributes and ancestors match the same selectors."""
        tree, parent, words = element.etree_element, element.parent, self.words
        attributes = [
            (name, value)
            for name, value in sorted(tree.attrib.items())
            if name in UNNAMED_ATTRIBUTES or name in words or (name == "id" and value in words)
        ]
        above = -1 if parent is None else self.kinds[parent.etree_element]
        number = self.numbers.setdefault((above, tree.tag, *attributes), len(self.numbers))
        self.kinds[tree] = number
        return number

    def declared(self, number: int, entry: Any) -> tuple[Any, ...]:
        """Return the declarations of a selector."""
        sheet, origin, specificity = self.sheets[number]
        own, _, pseudo, (declarations, layer) = entry
        return origin, specificity or own, pseudo, declarations, inf if layer is None else sheet.layers.index(layer)


def selector_order(entry: Any) -> Any:
    """Return the sort key of selectors: specificity, then document order."""
    return entry[:2]


# -- styles


def patch_init(original: Any, styles: Any) -> Any:  # noqa: ARG001
    """Replace ``StyleFor.__init__``."""
    return compute_styles


def compute_styles(self: Any, html: Any, sheets: Any, hints: bool, font_config: Any, target_collector: Any) -> None:
    """Compute the styles of all elements of a document, like WeasyPrint's ``StyleFor.__init__``."""
    self._cascaded_styles, self._computed_styles = {}, {}
    self.initial_page_sizes = {"box": None, "area": None}
    self._sheets, self.font_config = sheets, font_config
    root = html.etree_element
    own = own_styles(html, hints)
    matches = Matches(sheets)
    shared: dict[tuple[Any, ...], Any] = {}

    def compute(element: Any, parent: Any, pseudo: str | None, match: Match) -> None:
        above = None if parent is None else self._computed_styles[parent, None]
        key = id(above), id(match), pseudo
        alike = element not in own and (pseudo is None or pseudo in SHARED)
        if alike and key in shared:
            self._computed_styles[element, pseudo] = shared[key]
            return
        self.set_computed_styles(
            element, parent=parent, root=root, pseudo_type=pseudo, base_url=html.base_url,
            target_collector=target_collector,
        )  # fmt: skip
        style = self._computed_styles[element, pseudo]
        if alike and (pseudo is None or not style["anchor"]):
            shared[key] = style

    matched = []
    for element in html.wrapper_element.iter_subtree():
        tree, match = element.etree_element, matches.of(element)
        matched.append((tree, match))
        styles: Mapping[str | None, Style] = match.styles
        if tree in own:
            apart: dict[str | None, Style] = {None: own[tree]}
            match.put(apart)
            styles = apart
        for pseudo, style in styles.items():
            self._cascaded_styles[tree, pseudo] = style
        compute(tree, element.parent.etree_element if element.parent else None, None, match)
    for tree, match in matched:  # the styles of all elements are computed
        for pseudo in match.styles:
            if pseudo:
                compute(tree, tree, pseudo, match)
    self._cascaded_styles.clear()


def own_styles(html: Any, hints: bool) -> dict[Any, Style]:
    """Return the cascade of declarations in elements: ``style``, and presentational hints."""
    found: dict[Any, Style] = {}
    for specificity, element, declarations, base_url in find_style_attributes(html.etree_element, hints, html.base_url):
        style = found.setdefault(element, {})
        for name, values, importance in preprocess_declarations(base_url, declarations):
            declare(style, name, values, (declaration_precedence("author", importance), inf, specificity))
    return found
