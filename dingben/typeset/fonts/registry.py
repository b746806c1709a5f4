"""The font registry: reopen the fonts of a book that another process or an earlier build has used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pydyf
import weasyprint
from weasyprint.pdf.fonts import build_fonts_dictionary
from weasyprint.text.ffi import TO_UNITS, ffi, gobject, pango
from weasyprint.text.fonts import FontConfiguration, get_pango_font_key

from dingben.system.cache import Cache
from dingben.typeset.engine.documents import parse_stylesheets
from dingben.typeset.engine.load import declare_extra
from dingben.typeset.engine.patch import patches
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.fonts.metrics import DescribedFont
from dingben.typeset.fonts.subset import FONT_CACHE, GetOrCreate, fingerprint, is_final, subset_key
from dingben.typeset.options import LayoutOptions
from dingben.typeset.records import FontUsage, Glyphs, RunningHeadSet, SectionRecord, merge_used_glyphs

declare_extra(ffi)

SIZE = 1000
"""The size in px at which every font is opened, whatever sizes the book has."""

HINTING: bool = weasyprint.DEFAULT_OPTIONS["hinting"]


class FontRegistry:
    """Opens fonts, each once."""

    def __init__(self, options: LayoutOptions) -> None:
        self.options = options
        embedded = any("@font-face" in sheet for sheet in options.css)
        self.config = parse_stylesheets(options).fonts if embedded else FontConfiguration()
        self.opened: dict[str, Any] = {}
        self.last: tuple[Sequence[SectionRecord | RunningHeadSet], Glyphs, dict[str, Any]] = ((), {}, {})
        """The arguments and the result of the last call of :meth:`fonts_of`."""

    def open(self, fonts: Mapping[str, FontUsage]) -> dict[str, Any]:
        """Return the fonts, by name. Raises NotSplittableError if one is not the font of the layout."""
        for name, usage in fonts.items():
            if name not in self.opened:
                self.opened[name] = self.find(usage.description)
            if (self.opened[name].hash, fingerprint(self.opened[name])) != (name, usage.fingerprint):
                raise NotSplittableError(f"the font {usage.description} is not found again")
        return {name: self.opened[name] for name in fonts}

    def fonts_of(self, records: Sequence[SectionRecord | RunningHeadSet]) -> tuple[Glyphs, dict[str, Any]]:
        """Return the glyphs used in pages and running heads together, and the fonts. The last result is kept."""
        if [*map(id, records)] != [*map(id, self.last[0])]:
            glyphs = merge_used_glyphs(records)
            self.last = records, glyphs, self.open_with_glyphs(records, glyphs)
        return self.last[1:]

    def open_with_glyphs(self, records: Sequence[SectionRecord | RunningHeadSet], glyphs: Glyphs) -> dict[str, Any]:
        """Return the fonts of some records, each with the glyphs used, their texts and widths."""
        merged: dict[str, FontUsage] = {}
        for record in records:
            for name, usage in record.fonts.items():
                known = merged.setdefault(name, FontUsage(usage.description, usage.fingerprint, {}))
                if known.fingerprint != usage.fingerprint:
                    raise NotSplittableError(f"two fonts are called {usage.description}")
                known.widths.update(usage.widths)
        opened = self.open({name: merged[name] for name in sorted(merged)})
        for name, font in opened.items():
            font.to_unicode = dict(sorted(glyphs[name].items()))
            font.widths = {glyph: merged[name].widths[glyph] for glyph in font.to_unicode}
        return opened

    def not_in_cache(
        self, records: Sequence[SectionRecord | RunningHeadSet], cache: Cache
    ) -> list[tuple[dict[str, FontUsage], Glyphs]]:
        """Return the fonts whose subset is not in the cache, the one with the most glyphs first."""
        glyphs, fonts = self.fonts_of(records)
        names = [
            name
            for name, font in fonts.items()
            if is_final(font) and cache.get(FONT_CACHE, subset_key(font, glyphs[name], HINTING)) is None
        ]
        usage = {name: font for record in records for name, font in record.fonts.items()}
        return [
            ({name: replace(usage[name], widths=fonts[name].widths)}, {name: glyphs[name]})
            for name in sorted(names, key=lambda name: (-len(glyphs[name]), name))
        ]

    def subset(self, fonts: Mapping[str, FontUsage], glyphs: Glyphs, get_or_create: GetOrCreate) -> None:
        """Subset and compress fonts by ``get_or_create``, as :mod:`dingben.typeset.pdf.assemble` will do."""
        opened = self.open_with_glyphs([RunningHeadSet([], dict(fonts))], glyphs)
        files = {name: font.file_content for name, font in opened.items()}
        with patches(self.options.patch_kinds, writing=get_or_create, serialization=None, font_files=None):
            build_fonts_dictionary(
                pydyf.PDF(), opened, True, True, {**weasyprint.DEFAULT_OPTIONS, "pdf_version": "1.7"}
            )
        for name, font in opened.items():
            font.file_content = files[name]

    def find(self, description: str) -> Any:
        """Return the font that Pango finds for a description."""
        wanted = pango.pango_font_description_from_string(description.encode())
        pango.pango_font_description_set_absolute_size(wanted, SIZE * TO_UNITS)
        context = ffi.gc(pango.pango_font_map_create_context(self.config.font_map), gobject.g_object_unref)
        loaded = ffi.gc(pango.pango_font_map_load_font(self.config.font_map, context, wanted), gobject.g_object_unref)
        pango.pango_font_description_free(wanted)
        _, described, size = get_pango_font_key(loaded)
        with patches(self.options.patch_kinds, font_files=None):
            return DescribedFont(loaded, described, size)
