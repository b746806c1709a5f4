"""Style cache: values that WeasyPrint computes again for every box and page, remembered with the computed style.

A book has hundreds of pages and thousands of boxes, but few styles. Margins without
percentages, whether a box is in flow, whether it has a background: all that is a
function of the style alone. Pages or notes with the same declarations have
one style together.

Values are stored in the style itself, and are freed with it. WeasyPrint copies styles that it changes
afterwards, so nothing is stored in a copy. The patches of the group ``layout`` are applied when all boxes are
built.
"""

from __future__ import annotations

import re
from typing import Any

from weasyprint.draw.color import get_color
from weasyprint.layout import page
from weasyprint.layout.absolute import AbsolutePlaceholder

from dingben.typeset.engine.box_traversal import is_text
from dingben.typeset.engine.cascade_cache import SHARED

LENGTHS = (
    *(f"{name}_{side}" for name in ("margin", "padding") for side in ("left", "right", "top", "bottom")),
    *(f"{least}{length}" for length in ("width", "height") for least in ("", "min_", "max_")),
)
BORDERS = tuple(f"border_{side}_width" for side in ("top", "right", "bottom", "left"))
RADII = tuple(f"border_{corner}_radius" for corner in ("top_left", "top_right", "bottom_right", "bottom_left"))
WITHOUT_BACKGROUND = {**dict.fromkeys(RADII, (0, 0)), "background": None}

# -- HTML


class Patterns(dict[tuple[Any, bool], re.Pattern[str]]):
    """Patterns that tinyhtml5 searches for: by characters, and whether these or all others are matched.

    tinyhtml5 intends to compile each once, but overwrites its key and compiles it each time.
    """

    def __missing__(self, key: tuple[Any, bool]) -> re.Pattern[str]:
        characters, these = key
        codes = "".join(f"\\x{ord(character):02x}" for character in sorted(characters))
        self[key] = found = re.compile(f"[{'' if these else '^'}{codes}]+")
        return found


PATTERNS = Patterns()


def patch_characters_until_regex(original: Any) -> Patterns:  # noqa: ARG001
    """Replace tinyhtml5's table of patterns."""
    return PATTERNS


def patch_parse(original: Any) -> Any:
    """Replace ``HTMLParser.parse``: afterwards, reference cycles of the parser's nodes are broken."""

    def parse(parser: Any, *arguments: Any, **named: Any) -> Any:
        result = original(parser, *arguments, **named)
        nodes = [parser.tree.document]
        while nodes:
            node = nodes.pop()
            node.parent = None
            nodes += node.children
        for part in (parser.tokenizer, parser.tree, parser):
            part.__dict__.clear()
        return result

    return parse


# -- styles


VIEWPORT = re.compile(r"\d[sld]?v(?:w|h|i|b|min|max)\b", re.IGNORECASE)
"""Units relative to the size of the first page, which may differ between sections."""


class StyleCache:
    """Computed styles of documents with the same style sheets, by their inputs."""

    def __init__(self) -> None:
        self.known: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        """Each with the objects whose addresses are in its key, so that no address is reused."""
        self.kin: dict[int, int] = {}
        """By address of a style: that of another which differs only in the identifier of its element."""

    def forget(self) -> None:
        """Remove what belongs to one document only: styles of elements with identifiers."""
        self.kin.clear()
        self.known = {key: kept for key, kept in self.known.items() if key[0] != "copy"}

    def share(self, style_for: Any, compute: Any, element: Any, parent: Any, pseudo_type: str | None) -> None:
        """Give the element the cached style of the same declarations, else the one that ``compute`` computes."""
        computed = style_for._computed_styles
        cascaded = style_for._cascaded_styles.get((element, pseudo_type), {})
        above = None if parent is None else computed[parent, None]
        named = "anchor" in cascaded
        declared = tuple(
            (name, hashable(value), *w[:-1], *w[-1]) for name, (value, w) in cascaded.items() if name != "anchor"
        )
        key = self.kin.get(id(above), id(above)), pseudo_type, named, declared
        alike = self.known.get(key)
        if alike and not named:
            computed[element, pseudo_type] = alike[0]
        elif alike:
            style = computed[element, pseudo_type] = alike[0].copy()
            style.parent_style, style.cascaded = above, cascaded
            style.pop("anchor", None)
            self.kin[id(style)] = id(alike[0])
            self.known["copy", id(style)] = style, above, cascaded
        else:
            compute()
            self.known[key] = computed[element, pseudo_type], above, cascaded


def patch_set_computed_styles(original: Any, styles: StyleCache) -> Any:
    """Replace ``StyleFor.set_computed_styles``: the same declarations below the same parent give one style.

    WeasyPrint does so for elements, not for pseudo-elements and pages.
    """

    def set_computed_styles(
        self: Any,
        element: Any,
        parent: Any,
        root: Any = None,
        pseudo_type: str | None = None,
        base_url: str | None = None,
        target_collector: Any = None,
    ) -> None:
        def compute() -> None:
            original(self, element, parent, root, pseudo_type, base_url)

        if pseudo_type is None or pseudo_type in SHARED or isinstance(element, page.PageType):
            styles.share(self, compute, element, parent, pseudo_type)
        else:
            compute()
        style = self._computed_styles[element, pseudo_type]
        if target_collector and style["anchor"]:
            target_collector.collect_anchor(style["anchor"])

    return set_computed_styles


def hashable(value: Any) -> Any:
    """Return a key for a declared value; values from attributes (lang) are parsed again for each element."""
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value


def patch_set_page_type_computed_styles(original: Any) -> Any:
    """Replace ``set_page_type_computed_styles``, which searches the styles of all elements for each page.

    Pages that the same selectors match have the same styles, and their margin boxes too.
    """

    def set_page_type_computed_styles(page_type: Any, html: Any, style_for: Any) -> None:
        known = style_for.__dict__.setdefault("pages_by_match", {})
        matches = style_for._page_type_match
        match = tuple(
            matches(selector[2], page_type)
            for sheet, _, _ in style_for._sheets
            for _, selectors, _ in sheet.page_rules
            for selector in selectors
        )
        cascaded, computed = style_for._cascaded_styles, style_for._computed_styles
        if match not in known:
            original(page_type, html, style_for)
            known[match] = page_type, [kind for element, kind in computed if element == page_type]
        alike, kinds = known[match]
        for kind in kinds:
            computed[page_type, kind] = computed[alike, kind]
            if (alike, kind) in cascaded:
                cascaded[page_type, kind] = cascaded[alike, kind]

    return set_page_type_computed_styles


# -- layout


def patch_copy(original: Any) -> Any:
    """Replace a style's ``copy``: the copy is marked as one."""

    def copy(style: Any) -> Any:
        result = original(style)
        result.is_copy = True
        return result

    return copy


def get_or_compute(style: Any, name: str, compute: Any) -> Any:
    """Return what ``compute`` returns for a style, stored in the style unless it is a copy."""
    found = style.__dict__.get(name, style)
    if found is style:
        found = compute(style)
        if "is_copy" not in style.__dict__:
            style.__dict__[name] = found
    return found


def patch_resolve_percentages(original: Any) -> Any:
    """Replace ``resolve_percentages``: used lengths of a box are stored in its style."""

    def resolve_percentages(box: Any, containing_block: Any) -> None:
        box = box._box if type(box) is AbsolutePlaceholder else box
        lengths = get_or_compute(box.style, "used_lengths", used_lengths)
        if lengths is None:
            original(box, containing_block)
        else:
            box.__dict__.update(lengths)

    return resolve_percentages


def used_lengths(style: Any) -> dict[str, Any] | None:
    """Return the used lengths of a box in px; None if they depend on its containing block."""
    if style["box_sizing"] != "content-box" or style["border_collapse"] == "collapse":
        return None
    found: dict[str, Any] = {}
    for name in LENGTHS:
        value = style[name]
        if value is not None and value != "auto":
            if getattr(value, "unit", "%") == "%":
                return None
            value = value.value
        elif value == "auto" and name in ("min_width", "min_height"):
            value = 0
        found[name] = value
    found.update((name, style[name]) for name in BORDERS)
    return found


def patch_layout_box_backgrounds(original: Any) -> Any:
    """Replace ``layout_box_backgrounds``: boxes without a background are skipped."""

    def layout_box_backgrounds(
        sheet_side: Any, box: Any, get_image_from_uri: Any, layout_children: bool = True, style: Any = None
    ) -> None:
        box = box._box if type(box) is AbsolutePlaceholder else box
        if style is not None or box is sheet_side or not get_or_compute(box.style, "is_bare", is_bare):
            original(sheet_side, box, get_image_from_uri, layout_children, style)
            return
        box.__dict__.update(WITHOUT_BACKGROUND)
        if layout_children and not is_text(box):
            for child in box.all_children():
                layout_box_backgrounds(sheet_side, child, get_image_from_uri)

    return layout_box_backgrounds


def is_bare(style: Any) -> bool:
    """Whether nothing is painted behind a box."""
    round_corners = any((0, "px") not in style[name] for name in RADII)
    images = style["border_image_source"][0] != "none" or style["mask_border_source"][0] != "none"
    if round_corners or images or style["box_shadow"]:
        return False
    if style["visibility"] == "hidden":
        return True
    if any(kind == "url" or value for kind, value in style["background_image"]):
        return False
    return bool(get_color(style, "background_color").alpha == 0)
