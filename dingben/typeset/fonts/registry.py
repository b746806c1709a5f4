"""The font registry: find the fonts of a book again that another process or an earlier build has used."""

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
from dingben.typeset.fonts.subset import Keeper, fingerprint, is_final, subset_key
from dingben.typeset.options import LayoutOptions
from dingben.typeset.records import FontUsage, Glyphs, RunningHeadSet, SectionRecord, merge_used_glyphs

declare_extra(ffi)

SIZE = 1000
"""Pixels: the size at which every font is described, whatever sizes the book has."""

HINTING: bool = weasyprint.DEFAULT_OPTIONS["hinting"]


class FontRegistry:
    """Opens fonts, each once."""

    def __init__(self, options: LayoutOptions) -> None:
        self.options = options
        embedded = any("@font-face" in sheet for sheet in options.css)
        self.config = parse_stylesheets(options).fonts if embedded else FontConfiguration()
        self.opened: dict[str, Any] = {}
        self.last: tuple[Sequence[SectionRecord | RunningHeadSet], Glyphs, dict[str, Any]] = ((), {}, {})
        """Whose fonts were told last, and what was told."""

    def open(self, fonts: Mapping[str, FontUsage]) -> dict[str, Any]:
        """The fonts, by name. Raises WholeBookError where one isn't that which the part was set in."""
        for name, used in fonts.items():
            if name not in self.opened:
                self.opened[name] = self.found(used.description)
            if (self.opened[name].hash, fingerprint(self.opened[name])) != (name, used.proof):
                raise NotSplittableError(f"the font {used.description} can't be found again")
        return {name: self.opened[name] for name in fonts}

    def of(self, held: Sequence[SectionRecord | RunningHeadSet]) -> tuple[Glyphs, dict[str, Any]]:
        """What is used of each font in sides and margins together, and the fonts; of the same as last it is known."""
        if [*map(id, held)] != [*map(id, self.last[0])]:
            glyphs = merge_used_glyphs(held)
            self.last = held, glyphs, self.told(held, glyphs)
        return self.last[1:]

    def told(self, quires: Sequence[SectionRecord | RunningHeadSet], meanings: Glyphs) -> dict[str, Any]:
        """The fonts of some quires, each with the glyphs used and what they stand for."""
        used: dict[str, FontUsage] = {}
        for held in quires:
            for name, font in held.fonts.items():
                one = used.setdefault(name, FontUsage(font.description, font.proof, {}))
                if one.proof != font.proof:
                    raise NotSplittableError(f"two fonts are called {font.description}")
                one.widths.update(font.widths)
        opened = self.open({name: used[name] for name in sorted(used)})
        for name, face in opened.items():
            face.to_unicode = dict(sorted(meanings[name].items()))
            face.widths = {glyph: used[name].widths[glyph] for glyph in face.to_unicode}
        return opened

    def uncut(
        self, held: Sequence[SectionRecord | RunningHeadSet], cache: Cache
    ) -> list[tuple[dict[str, FontUsage], Glyphs]]:
        """Fonts that the cache hasn't cut to what is used of them, the one with the most glyphs first."""
        glyphs, fonts = self.of(held)
        names = [
            name
            for name, font in fonts.items()
            if is_final(font) and cache.get("face", subset_key(font, glyphs[name], HINTING)) is None
        ]
        used = {name: font for part in held for name, font in part.fonts.items()}
        return [
            ({name: replace(used[name], widths=fonts[name].widths)}, {name: glyphs[name]})
            for name in sorted(names, key=lambda name: (-len(glyphs[name]), name))
        ]

    def cut(self, fonts: Mapping[str, FontUsage], glyphs: Glyphs, kept: Keeper) -> None:
        """Have fonts cut and compressed, and kept for the binding, which will ask for the same as a rule."""
        opened = self.told([RunningHeadSet([], dict(fonts))], glyphs)
        whole = {name: font.file_content for name, font in opened.items()}
        with patches(self.options.patch_kinds, writing=kept, serialization=None, font_files=None):
            build_fonts_dictionary(
                pydyf.PDF(), opened, True, True, {**weasyprint.DEFAULT_OPTIONS, "pdf_version": "1.7"}
            )
        for name, font in opened.items():
            font.file_content = whole[name]

    def found(self, description: str) -> Any:
        """The font of that description."""
        wanted = pango.pango_font_description_from_string(description.encode())
        pango.pango_font_description_set_absolute_size(wanted, SIZE * TO_UNITS)
        context = ffi.gc(pango.pango_font_map_create_context(self.config.font_map), gobject.g_object_unref)
        loaded = ffi.gc(pango.pango_font_map_load_font(self.config.font_map, context, wanted), gobject.g_object_unref)
        pango.pango_font_description_free(wanted)
        _, described, size = get_pango_font_key(loaded)
        with patches(self.options.patch_kinds, font_files=None):
            return DescribedFont(loaded, described, size)
