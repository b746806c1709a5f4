"""Lay out and draw running heads and folios, edge by edge of a page.

It does what WeasyPrint's ``make_margin_boxes`` does (CSS Paged Media 3, 5: https://www.w3.org/TR/css-page-3/#margin-boxes),
but only for edges with content, and an edge is drawn once for all pages of a section on which it has the same content:
the title of a chapter, but not a folio.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pydyf
from weasyprint.document import Page
from weasyprint.draw import draw_stacking_context
from weasyprint.formatting_structure import boxes, build
from weasyprint.layout.background import layout_box_backgrounds
from weasyprint.layout.page import (
    _standardize_page_based_counters,
    compute_fixed_dimension,
    compute_variable_dimension,
    margin_box_content_layout,
)
from weasyprint.layout.percent import resolve_percentages
from weasyprint.stacking import StackingContext

from dingben.typeset.errors import NotSplittableError
from dingben.typeset.fonts.subset import LEVEL, RESOURCES
from dingben.typeset.pdf.pages import PageWriter, empty_resources, to_text
from dingben.typeset.records import SCALE, Glyphs, RunningHead, merge_glyphs

EDGES = (
    ("@top-left", "@top-center", "@top-right"),
    ("@bottom-left", "@bottom-center", "@bottom-right"),
    ("@left-top", "@left-middle", "@left-bottom"),
    ("@right-top", "@right-middle", "@right-bottom"),
    ("@top-left-corner",),
    ("@top-right-corner",),
    ("@bottom-left-corner",),
    ("@bottom-right-corner",),
)
"""The margin boxes that are laid out together, in the order in which they are drawn."""

NO_BOX = ("normal", "inhibit", "none")
"""Values of ``content`` that generate no box."""

SCALED = b"%g 0 0 %g 0 0 cm" % (SCALE, SCALE)
"""From px to points."""

State = tuple[Any, ...]
"""Depth of quotations, counters, their scopes and groups of pages, as in WeasyPrint's ``page_maker``."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The content of an edge: operators of a content stream, glyphs, graphics states by name."""

    operators: list[bytes]
    glyphs: Glyphs
    graphics_states: dict[str, str]


class RunningHeadLayout:
    """Lays out and draws the margin boxes of the pages of one section."""

    def __init__(self, writer: PageWriter, context: Any) -> None:
        self.writer, self.context = writer, context
        self.known: dict[Any, Edge] = {}

    def running_head(self, page: Any, state: State) -> RunningHead:
        """Return the margin boxes of a page. ``state``: its counters."""
        edges = [self.edge(page, state, keywords, styles) for keywords, styles in self.edges_with_content(page)]
        if not edges:
            return RunningHead(b"", {}, {})
        content = b"\n".join((b"q", SCALED, *(item for edge in edges for item in edge.operators), b"Q"))
        artifact = b"/Artifact <</Type /Pagination>> BDC\n" + content + b"\nEMC"
        states = {name: value for edge in edges for name, value in edge.graphics_states.items()}
        return RunningHead(zlib.compress(artifact, LEVEL), merge_glyphs(edge.glyphs for edge in edges)[0], states)

    def edges_with_content(self, page: Any) -> Iterator[tuple[Sequence[str], Sequence[Any]]]:
        """Yield the edges that have content, with the styles of their boxes."""
        for keywords in EDGES:
            found = [self.context.style_for(page.page_type, keyword) for keyword in keywords]
            if any(style is not None and style["content"] not in NO_BOX for style in found):
                yield keywords, [page.style.anonymous_style if style is None else style for style in found]

    def edge(self, page: Any, state: State, keywords: Sequence[str], styles: Sequence[Any]) -> Edge:
        """Return an edge, drawn now or for an earlier page with the same content."""
        texts = [self.text(page, style) for style in styles]
        if None in texts:
            return self.draw(page, state, keywords, styles)
        key = (id(page.style), *map(id, styles), *texts)  # the context keeps the styles
        if key not in self.known:
            self.known[key] = self.draw(page, state, keywords, styles)
        return self.known[key]

    def text(self, page: Any, style: Any) -> str | None:
        """Return the text of a box if it depends on nothing but named strings, else None."""
        if style["content"] in NO_BOX:
            return ""
        texts = []
        for kind, value in style["content"]:
            if kind == "string":
                texts.append(value)
            elif kind == "string()":
                texts += self.context.get_string_set_for(page, *value)
            else:
                return None
        return "".join(texts)

    # -- layout and drawing

    def draw(self, page: Any, state: State, keywords: Sequence[str], styles: Sequence[Any]) -> Edge:
        """Lay out and draw the boxes of an edge."""
        laid_out = [
            margin_box_content_layout(self.context, page, box)
            for box in self.positioned_boxes(page, state, keywords, styles)
        ]
        page.children = tuple(laid_out)
        for box in laid_out:
            layout_box_backgrounds(page, box, self.context.get_image_from_uri)
        resources = empty_resources("0 0 R")
        whole = Page(page)
        stream = self.writer.stream(whole, resources, {}, None, None)
        with self.writer.collect_glyphs() as used:
            for box in laid_out:
                draw_stacking_context(stream, StackingContext.from_box(box, page))
        if any(resources[kind] for kind in RESOURCES if kind != "ExtGState") or whole.links or whole.anchors:
            raise NotSplittableError("margin boxes contain pictures or links")
        states = resources["ExtGState"]
        if any(name.startswith("s") for name in states):
            raise NotSplittableError("margin boxes are transparent")
        return Edge(
            [pydyf._to_bytes(item) for item in stream.stream],
            used,
            {name: to_text(value) for name, value in states.items()},
        )

    def positioned_boxes(self, page: Any, state: State, keywords: Sequence[str], styles: Sequence[Any]) -> list[Any]:
        """Return the generated boxes of an edge with their sizes and positions."""
        edge, _, rest = keywords[0].removeprefix("@").partition("-")
        corner, vertical = "-" in rest, edge in ("left", "right")
        across, down = page.border_width(), page.border_height()
        right = keywords[0].startswith("@right") or "right-corner" in keywords[0]
        width = (page.margin_right if right else page.margin_left) if vertical or corner else across
        height = down if vertical else page.margin_top if edge == "top" else page.margin_bottom
        x = page.margin_left + across if right else 0 if vertical or corner else page.margin_left
        y = page.margin_top if vertical else 0 if edge == "top" else page.margin_top + down
        all_boxes = [self.box(page, state, *about, (width, height)) for about in zip(keywords, styles, strict=True)]
        if not corner:
            compute_variable_dimension(self.context, all_boxes, vertical, height if vertical else width)
        for box, share in zip(all_boxes, (0, 0.5, 1), strict=False):
            if not box.is_generated:
                continue
            box.position_x, box.position_y = x, y
            if corner:
                compute_fixed_dimension(self.context, box, height, True, edge == "top")
                compute_fixed_dimension(self.context, box, width, False, not right)
            elif vertical:
                box.position_y += share * (height - box.margin_height())
                compute_fixed_dimension(self.context, box, width, False, edge == "left")
            else:
                box.position_x += share * (width - box.margin_width())
                compute_fixed_dimension(self.context, box, height, True, edge == "top")
        return [box for box in all_boxes if box.is_generated]

    def box(self, page: Any, state: State, keyword: str, style: Any, containing: tuple[float, float]) -> Any:
        """Return a margin box with its content, before layout; one that is not generated takes no room."""
        _standardize_page_based_counters(style, keyword)
        box = boxes.MarginBox(keyword, style)
        box.is_generated = style["content"] not in NO_BOX
        if box.is_generated:
            depth, counters, scopes, _ = state
            own: State = (
                [*depth],
                {name: [*values] for name, values in counters.items()},
                [*map(set, scopes), set()],
                [],
            )
            build.update_counters(own, style)
            box.children = build.content_to_boxes(
                style, box, *own[:2], self.context.get_image_from_uri, self.context.target_collector,
                self.context.counter_style, self.context, page,
            )  # fmt: skip
            box.process_whitespace()
            box.process_text_transform()
            box = build.create_anonymous_boxes(box)
        resolve_percentages(box, containing)
        if not box.is_generated:
            box.width = box.height = 0
            for side in ("top", "right", "bottom", "left"):
                box._reset_spacing(side)
        return box
