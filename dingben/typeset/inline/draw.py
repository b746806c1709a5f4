"""Draw lines of text from their glyph runs, and repeated SVG pictures once.

Lines without borders and backgrounds are drawn directly; WeasyPrint draws everything else. Content streams:
PDF 32000-1:2008, 9.4; marked content: 14.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pydyf
from weasyprint.draw import text as drawing
from weasyprint.formatting_structure.boxes import InlineBox, LineBox, TextBox
from weasyprint.stacking import StackingContext

from dingben.typeset.engine.style_cache import BORDERS, get_or_compute
from dingben.typeset.fonts.subset import RESOURCES, to_bytes
from dingben.typeset.inline.glyph_run import Part, Segment, close_array
from dingben.typeset.inline.shaping import Face


def text_arrays(part: Part, font: Any) -> Iterator[tuple[str, str | None]]:
    """Yield the arrays for ``TJ`` that show a part, each with its ActualText if its glyphs have another text.

    The glyphs used and their texts are added to ``font`` (PDF 32000-1:2008, 9.10.3 and 14.9.4).
    """
    if type(font.widths) is dict:
        logical = part.face.logical
        font.widths.update((glyph, logical[glyph]) for glyph in set(part.glyphs).difference(font.widths))
    known, texts = font.to_unicode, part.texts
    in_clusters = not isinstance(texts, str) and "" in texts
    if not in_clusters and [*map(known.setdefault, part.glyphs, texts)] == [*texts]:
        yield close_array(part.pieces), None
    else:
        yield from part.split_arrays(known)


class Drawer:
    """Draws the lines of one page after the other."""

    def __init__(self) -> None:
        self.fonts: Any = None
        """The fonts of the document that is drawn."""
        self.known: dict[int, tuple[str, float, bool, Any]] = {}
        self.pictures: dict[tuple[int, float, float], tuple[Any, list[bytes], dict[str, Any]]] = {}
        """By id and size in px of an SVG picture: itself, its operators, its graphics states."""

    def font(self, stream: Any, face: Face) -> tuple[str, float, bool, Any]:
        """Return the font of a face in the document: name, size, whether it has only outlines, and the font."""
        if self.fonts is not stream._fonts:
            self.fonts = stream._fonts
            self.known.clear()
        found = self.known.get(id(face))
        if found is None:
            font, size = stream.add_font(face.pointer)
            plain = not (font.bitmap or font.png or font.svg or font.colr)
            found = self.known[id(face)] = (font.hash, size, plain, font)
        return found

    def fonts_of(self, stream: Any, own: Segment) -> list[tuple[str, float, bool, Any]] | None:
        """Return the fonts of a segment; None if WeasyPrint must draw it."""
        fonts = [self.font(stream, part.face) for part in own.parts]
        return fonts if all(font[2] for font in fonts) else None

    def glyphs(self, stream: Any, own: Segment, fonts: list[tuple[str, float, bool, Any]]) -> None:
        """Show the glyphs of a segment."""
        for part, (name, size, _, font) in zip(own.parts, fonts, strict=True):
            if part.drop:
                stream.set_text_rise(-part.drop)
            for array, text in text_arrays(part, font):
                if not array:
                    continue
                stream.set_font_size(name, size)
                if text is not None:
                    actual_text = f"<FEFF{text.encode('utf-16-be').hex()}>"
                    stream.begin_marked_content("Span", pydyf.Dictionary({"ActualText": actual_text}))
                stream.show_text(array)
                if text is not None:
                    pydyf.Stream.end_marked_content(stream)
            if part.drop:
                stream.set_text_rise(0)

    def first_line(self, original: Any, stream: Any, box: Any, overflow: Any, ellipsis: Any, matrix: Any) -> list[Any]:
        """Draw a line of text: replaces WeasyPrint's ``draw.text.draw_first_line``."""
        own = box.pango_layout
        if not isinstance(own, Segment):
            return original(stream, box, overflow, ellipsis, matrix)  # type: ignore[no-any-return]
        fonts = self.fonts_of(stream, own)
        if fonts is None:
            box.pango_layout = own.spaced_layout()
            box.pango_layout.reactivate(box.style)
            return original(stream, box, overflow, ellipsis, matrix)  # type: ignore[no-any-return]
        stream.set_text_matrix(*matrix.values)
        self.glyphs(stream, own, fonts)
        return []

    def text(self, stream: Any, box: Any) -> bool:
        """Draw a text box if it has nothing but glyphs; return whether it was drawn."""
        own, style = box.pango_layout, box.style
        if type(own) is not Segment or not get_or_compute(style, "is_all_glyphs", is_all_glyphs):
            return False
        fonts = self.fonts_of(stream, own)
        if fonts is None:
            return False
        out, tags = stream.stream, stream._tags
        if tags is not None:
            out += (b"/Span", b"<</MCID %d>>" % len(tags), b"BDC")
            tags[box] = {"tag": "Span", "mcid": len(tags)}
        stream.set_color(style["color"])
        stream.begin_text()
        x, y = to_bytes(box.position_x), to_bytes(box.position_y + box.baseline)
        out.append(b"1 0 0 -1 %b %b Tm" % (x, y))
        self.glyphs(stream, own, fonts)
        stream.end_text()
        if tags is not None:
            out.append(b"EMC")
        return True

    def inline_level(
        self,
        original: Any,
        stream: Any,
        page: Any,
        box: Any,
        offset_x: float = 0,
        overflow: str = "clip",
        ellipsis: str = "none",
    ) -> None:
        """Draw an inline box: replaces WeasyPrint's ``draw.draw_inline_level``, faster for plain text."""
        whole = getattr(box, "text_overflow", "clip") == "clip" and getattr(box, "block_ellipsis", "none") == "none"
        bare = type(box) in (LineBox, InlineBox) and box.background is None and whole and ellipsis == "none"
        if not bare or overflow != "clip" or not get_or_compute(box.style, "is_unframed", is_unframed):
            original(stream, page, box, offset_x, overflow, ellipsis)
            return
        for child in box.children:
            if type(child) is TextBox and self.text(stream, child):
                continue
            moved = 0 if isinstance(child, StackingContext) else child.position_x - box.position_x
            if isinstance(child, TextBox):
                with stream.marked(child, "Span"):
                    drawing.draw_text(stream, child, offset_x + moved, overflow, ellipsis)
            else:
                self.inline_level(original, stream, page, child, offset_x + moved)

    def picture(self, original: Any, image: Any, stream: Any, width: float, height: float, style: Any) -> None:
        """Draw an SVG picture, with the operators of an earlier drawing in the same size if there was one.

        A leader is such a picture, repeated in each entry of the contents. Pictures with text are drawn each time,
        since the fonts have to collect the glyphs.
        """
        key, resources = (id(image), width, height), stream._resources
        fresh = not stream.stream and not any(resources.get(kind) for kind in RESOURCES)
        if fresh and key in self.pictures:
            _, drawn, states = self.pictures[key]
            stream.stream += drawn
            resources["ExtGState"].update(states)
            return
        original(image, stream, width, height, style)
        letters = any(isinstance(item, bytes) and item.endswith((b"Tj", b"TJ")) for item in stream.stream)
        if fresh and not letters and not any(resources.get(kind) for kind in RESOURCES if kind != "ExtGState"):
            self.pictures[key] = image, [*stream.stream], dict(resources["ExtGState"])


def patch_draw_first_line(original: Any, drawer: Drawer) -> Any:
    """Replace ``draw_first_line``."""
    return partial(drawer.first_line, original)


def patch_draw_inline_level(original: Any, drawer: Drawer) -> Any:
    """Replace ``draw_inline_level``."""
    return partial(drawer.inline_level, original)


def patch_svg_draw(original: Any, drawer: Drawer) -> Any:
    """Replace ``SVGImage.draw``."""

    def draw(image: Any, *arguments: Any) -> None:
        drawer.picture(original, image, *arguments)

    return draw


def is_unframed(style: Any) -> bool:
    """Whether an inline box has no border."""
    return (
        not any(style[name] for name in BORDERS)
        and style["border_image_source"][0] == style["mask_border_source"][0] == "none"
    )


def is_all_glyphs(style: Any) -> bool:
    """Whether a text is drawn with glyphs only: it is visible and has no text decoration."""
    lines = style["text_decoration_line"]
    return style["visibility"] == "visible" and not any(
        line in lines for line in ("underline", "overline", "line-through")
    )
