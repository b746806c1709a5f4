"""Font metrics: glyph widths that are the same at every size, and descriptions to reopen a font."""

from __future__ import annotations

from typing import Any

from weasyprint.pdf.fonts import Font
from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, gobject, pango
from weasyprint.text.fonts import get_pango_font_key

from dingben.typeset.engine.load import declare_extra

declare_extra(ffi)


class GlyphWidths(dict[int, int]):
    """Glyph widths in thousandths of an em, the same at every size of the font."""

    def __init__(self, pointer: Any, size: float) -> None:
        super().__init__()
        self.pointer, self.size = pointer, size

    def __contains__(self, glyph: object) -> bool:
        return True

    def __missing__(self, glyph: int) -> int:
        logical = ffi.new("PangoRectangle *")
        pango.pango_font_get_glyph_extents(self.pointer, glyph, ffi.NULL, logical)
        found: int = round(logical.width * 1000 * FROM_UNITS / self.size)
        self[glyph] = found
        return found


def glyph_widths(pointer: Any) -> GlyphWidths:
    """Return the glyph widths of a font, measured at 1000 px; at its own size if Pango then finds another font."""
    key, description, size = get_pango_font_key(pointer)
    fonts = pango.pango_font_get_font_map(pointer)
    pango.pango_font_description_set_absolute_size(description, 1000 * TO_UNITS)
    context = ffi.gc(pango.pango_font_map_create_context(fonts), gobject.g_object_unref)
    large = ffi.gc(pango.pango_font_map_load_font(fonts, context, description), gobject.g_object_unref)
    found, _, em = get_pango_font_key(large)
    return GlyphWidths(large, em) if found == key else GlyphWidths(pointer, size)


class DescribedFont(Font):  # type: ignore[misc]
    """A font that keeps its description, and has the same glyph widths at every size."""

    def __init__(self, pango_font: Any, description: Any, font_size: float) -> None:
        self.description = format_description(description)
        super().__init__(pango_font, description, font_size)
        self.widths = glyph_widths(pango_font)


def format_description(description: Any) -> str:
    """Return Pango's font description as text."""
    return ffi.string(pango.pango_font_description_to_string(description)).decode()  # type: ignore[no-any-return]
