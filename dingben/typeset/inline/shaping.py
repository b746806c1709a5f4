"""Text shaping with Pango: the glyph, font and width of each character.

WeasyPrint shapes a line each time it tries to break it and again to draw it. Here each
text is shaped once, its glyphs are read out of Pango's own arrays, and what is drawn is
written down as soon as a line is known. Widths are px (1/96 inch), as everywhere in
WeasyPrint; ``thousandths`` are of an em, as in PDF (32000-1:2008, 9.4.3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import attrgetter
from typing import Any

from weasyprint.css import AnonymousStyle, ComputedStyle
from weasyprint.logger import LOGGER
from weasyprint.text.ffi import FROM_UNITS, ffi, gobject, pango, unicode_to_char_p
from weasyprint.text.fonts import font_features, get_pango_font_key
from weasyprint.text.line_break import Layout, line_size, strut

from dingben.typeset.engine.load import declare_extra
from dingben.typeset.fonts.metrics import GlyphWidths, glyph_widths
from dingben.typeset.inline import char_classes as ch
from dingben.typeset.inline.bidi import RIGHT_TO_LEFT

declare_extra(ffi)

FEATURES = (
    "font_kerning",
    "font_variant_ligatures",
    "font_variant_position",
    "font_variant_caps",
    "font_variant_numeric",
    "font_variant_alternates",
    "font_variant_east_asian",
    "font_feature_settings",
)
SHAPING = (
    *FEATURES,
    "font_family",
    "font_style",
    "font_stretch",
    "font_weight",
    "font_size",
    "font_variation_settings",
    "font_language_override",
    "line_height",
    "direction",
    "lang",
    "letter_spacing",
    "word_spacing",
)
"""Style properties that determine glyphs and lines."""

EMPTY = 0x0FFFFFFF
"""PANGO_GLYPH_EMPTY: an invisible character."""
RARE = re.compile("[\U00020000-\U0010ffff]")
"""CJK Unified Ideographs Extension B and later: few fonts have glyphs."""
UNKNOWN = 0x10000000
"""PANGO_GLYPH_UNKNOWN_FLAG: no font has the character."""

APOSTROPHE = re.compile(r"(?<=[A-Za-z\u00c0-\u024f])’(?=[A-Za-z\u00c0-\u024f])")


class Codes(dict[int, str]):
    """Glyph numbers in hexadecimal, as in PDF strings."""

    def __missing__(self, glyph: int) -> str:
        self[glyph] = found = f"{glyph:04x}"
        return found


class Advances(dict[int, float]):
    """The same in px, at one size."""

    def __init__(self, widths: GlyphWidths, size: float) -> None:
        super().__init__()
        self.widths, self.unit = widths, size / 1000

    def __missing__(self, glyph: int) -> float:
        self[glyph] = found = self.widths[glyph] * self.unit
        return found


@dataclass(slots=True)
class Face:
    """A font at a size."""

    pointer: Any
    size: float
    logical: GlyphWidths
    advances: Advances
    codes: Codes

    @property
    def family(self) -> str:
        """The family name of the font."""
        description = ffi.gc(
            pango.pango_font_describe_with_absolute_size(self.pointer), pango.pango_font_description_free
        )
        return str(ffi.string(pango.pango_font_description_get_family(description)).decode("utf-8"))


@dataclass(slots=True)
class Run:
    """Glyphs of one face from left to right: the glyph, the character it stands for, its width and shift.

    Widths and shifts to the right are in Pango units, and so is by how much a glyph is lower (``drops``; empty where
    none is). It covers the characters ``start`` to ``end`` of its text. ``plain``: a glyph for each of them, none moved
    or unseen or missing.
    """

    face: Face
    start: int
    end: int
    glyphs: list[int]
    characters: list[int]
    widths: list[int]
    shifts: list[int]
    plain: bool = False
    drops: Sequence[int] = ()


@dataclass(slots=True)
class Shaped:
    """A text as glyphs, its runs in the order of the text.

    ``widths``: px of each character, a cluster's whole on its first.
    """

    text: str
    widths: list[float]
    runs: list[Run]
    breaks: bytes
    """Pango's attributes of each character; the lowest bit is set if a line may end before it."""


SHORT = 40
"""Longest text whose shaping is cached, in characters."""

REMEMBERED = 500
"""Number of cached texts, at most."""


class Shaper:
    """Shapes texts, with one Pango layout for each combination of font properties."""

    def __init__(self) -> None:
        self.faces: dict[int, Face] = {}
        self.codes = Codes()
        self.logical: dict[int, GlyphWidths] = {}
        self.setters: dict[int, tuple[Any, Setter]] = {}
        self.by_key: dict[str, Setter] = {}

    def setter(self, style: Any) -> Setter:
        """Return the setter of a style, cached by style."""
        known = self.setters.get(id(style))
        if known is None:
            parent = style.parent_style if isinstance(style, AnonymousStyle | ComputedStyle) else None
            inherits = isinstance(style, AnonymousStyle) or (
                parent is not None and style.cascaded.keys().isdisjoint(SHAPING)
            )
            known = self.setters[id(style)] = (style, self.setter(parent) if inherits else self.own_setter(style))
        return known[1]

    def own_setter(self, style: Any) -> Setter:
        """Return the setter of a style with own values; otherwise all properties in SHAPING are inherited."""
        key = repr([style[name] for name in SHAPING])
        setter = self.by_key.get(key)
        if setter is None:
            setter = self.by_key[key] = Setter(self, style)
        return setter

    def forget(self) -> None:
        """Forget the styles of a document, so that they can be freed, but not their setters."""
        self.setters.clear()

    def face(self, pointer: Any) -> Face:
        """Return the face of Pango's font."""
        address = int(ffi.cast("uintptr_t", pointer))
        found = self.faces.get(address)
        if found is None:
            gobject.g_object_ref(pointer)  # its address is our key: it must not be freed and used again
            key, _, size = get_pango_font_key(pointer)
            if key not in self.logical:
                self.logical[key] = glyph_widths(pointer)
            widths = self.logical[key]
            found = self.faces[address] = Face(pointer, size, widths, Advances(widths, size), self.codes)
        return found


class Setter:
    """A combination of font properties: family, size, features, language."""

    def __init__(self, shaper: Shaper, style: Any) -> None:
        self.shaper = shaper
        self.layout = Layout(style)
        self.size: float = style["font_size"]
        self.line_height, self.baseline = strut(style)
        pango.pango_layout_set_text(self.layout.layout, b" ", -1)
        _, self.text_height = line_size(pango.pango_layout_get_line_readonly(self.layout.layout, 0), style)
        spacing = style["letter_spacing"]
        self.letter_spacing: float = 0.0 if spacing == "normal" else spacing
        self.word_spacing: float = style["word_spacing"]
        self.base_attributes = pango.pango_layout_get_attributes(self.layout.layout)
        self.features = ",".join(
            f"{key} {value}" for key, value in font_features(*(style[n] for n in FEATURES)).items()
        )
        self.family: str = style["font_family"][0] if style["font_family"] else ""
        self.is_east_asian = str(style["lang"] or "").lower().startswith(ch.EAST_ASIAN)
        self.halves: dict[str, tuple[float, float] | None] = {}
        self.short: dict[str, Shaped] = {}
        """Shaped short texts."""
        self.hyphen_character: str = style["hyphenate_character"].replace("\u2010", "-")  # U+2010 is wide in Han fonts

    def shape(self, text: str) -> Shaped:
        """Shape a text of one line; short ones are cached: running heads, numbers, notes that are laid out twice."""
        if len(text) > SHORT:
            return self.shape_anew(text)
        known = self.short.get(text)
        if known is None:
            if len(self.short) == REMEMBERED:
                self.short.clear()
            known = self.short[text] = self.shape_anew(text)
        return known

    def shape_anew(self, text: str) -> Shaped:
        """Shape a text of one line."""
        if text[0] in MARKS and MARKS.issuperset(text):
            shaped = without_first(self.shaped(HAN_BEFORE + text, []))
        else:
            apostrophes = [m.start() for m in APOSTROPHE.finditer(text)] if "’" in text else []
            shaped = self.shaped(text, [(i, i + 1, "pwid 1") for i in apostrophes])
        if self.letter_spacing or self.word_spacing:
            self.space(shaped)
        return shaped

    def shaped(self, text: str, features: list[tuple[int, int, str]]) -> Shaped:
        """Shape a text, with features for some of its characters."""
        layout, marks = self.layout.layout, self.han_marks(text)  # which may set another text first
        pointer, _bytes = unicode_to_char_p(text)
        pango.pango_layout_set_text(layout, pointer, -1)
        if features or marks:
            self.set_features(features, marks, byte_offsets(text))
        line = pango.pango_layout_get_line_readonly(layout, 0)
        widths = [0.0] * len(text)
        runs: list[Run] = []
        places: dict[int, int] = {}
        item, start = line.runs, 0
        if RIGHT_TO_LEFT.search(text):  # then Pango's runs are not in the order of the text
            places = {b: i for i, b in enumerate(byte_offsets(text))}
        while item != ffi.NULL:
            data = item.data
            count = data.glyphs.num_glyphs
            # PangoGlyphInfo is five 32-bit numbers: glyph, width, x and y offset, attributes
            numbers = memoryview(ffi.buffer(data.glyphs.glyphs, 20 * count)).cast("i").tolist()
            clusters = memoryview(ffi.buffer(data.glyphs.log_clusters, 4 * count)).cast("i").tolist()
            characters = data.item.num_chars
            start = places[data.item.offset] if places else start
            end = start + characters
            advances = numbers[1::5]
            glyphs, shifts = numbers[0::5], numbers[2::5]
            single = count == characters == len(set(clusters)) and data.item.analysis.level % 2 == 0
            if single:
                # a glyph for each character, as almost always
                stands_for = list(range(start, end))
                widths[start:end] = [width * FROM_UNITS for width in advances]
            else:
                places = places or {b: i for i, b in enumerate(byte_offsets(text))}
                stands_for = [places[data.item.offset + cluster] for cluster in clusters]
                for character, width in zip(stands_for, advances, strict=True):
                    widths[character] += width * FROM_UNITS
            face = self.shaper.face(data.item.analysis.font)
            drops = numbers[3::5] if any(numbers[3::5]) else ()
            plain = single and not drops and not any(shifts) and max(glyphs) < EMPTY
            runs.append(Run(face, start, end, glyphs, stands_for, advances, shifts, plain, drops))
            item, start = item.next, end
        runs.sort(key=attrgetter("start"))
        attributes = pango.pango_layout_get_log_attrs_readonly(layout, ffi.NULL)
        breaks = bytes(ffi.buffer(attributes, 4 * len(text)))[::4]
        if features or marks:
            pango.pango_layout_set_attributes(layout, self.base_attributes)
        return Shaped(text, widths, runs, breaks)

    def han_marks(self, text: str) -> list[tuple[int, int]]:
        """Return the marks that Chinese shares with Western text, if the first font of the style is a Western one.

        They have one code point each, and a Western font would set them narrow; they are set in the Han font (https://www.w3.org/TR/clreq/#h-punctuation_marks).
        """
        if not self.is_east_asian or not (found := [*ch.SHARED_MARKS.finditer(text)]) or not self.han_family:
            return []
        return [mark.span() for mark in found]

    @cached_property
    def han_family(self) -> str:
        """The font family that has Han characters; empty if it is the first of the style."""
        pango.pango_layout_set_text(self.layout.layout, HAN_BEFORE.encode(), -1)
        line = pango.pango_layout_get_line_readonly(self.layout.layout, 0)
        family = self.shaper.face(line.runs.data.item.analysis.font).family
        return "" if family.lower() == self.family.lower() else family

    def set_features(
        self, features: list[tuple[int, int, str]], marks: list[tuple[int, int]], starts: list[int]
    ) -> None:
        """Set the features of single characters, besides those of the style, and the Han font for ``marks``."""
        attributes = pango.pango_attr_list_new()
        parts = [(0, 2**32 - 1, self.features)] if self.features else []
        for first, end, feature in features:
            both = f"{self.features},{feature}" if self.features else feature
            parts.append((starts[first], starts[end], both))
        for first, end, value in parts:
            attribute = pango.pango_attr_font_features_new(value.encode())
            attribute.start_index, attribute.end_index = first, end
            pango.pango_attr_list_change(attributes, attribute)
        for first, end in marks:
            attribute = pango.pango_attr_family_new(self.han_family.encode())
            attribute.start_index, attribute.end_index = starts[first], starts[end]
            pango.pango_attr_list_change(attributes, attribute)
        pango.pango_layout_set_attributes(self.layout.layout, attributes)
        pango.pango_attr_list_unref(attributes)

    def space(self, shaped: Shaped) -> None:
        """Return letter and word spacing after each character."""
        heads = {character for run in shaped.runs for character in run.characters}
        for i, char in enumerate(shaped.text):
            if i in heads:
                shaped.widths[i] += self.letter_spacing + (self.word_spacing if char in " \u00a0" else 0.0)

    @cached_property
    def hyphen(self) -> Shaped:
        """The shaped hyphen."""
        return self.shaped(self.hyphen_character, [])

    @property
    def hyphen_width(self) -> float:
        return self.hyphen.widths[0]

    def half(self, mark: str) -> tuple[float, float] | None:
        """Return the white space that a full-width mark can give up: px in all, and px of it before the mark.

        It is what the font's own ``halt`` takes away, nothing where it has none. A mark in the
        middle of its em, as in traditional Chinese, gives half of it on either side.
        https://learn.microsoft.com/typography/opentype/spec/features_fj#halt
        """
        if mark not in self.halves:
            whole = self.shaped(HAN_BEFORE + mark, [])
            halved = self.shaped(HAN_BEFORE + mark, [(1, 2, "halt 1")])
            taken = whole.widths[1] - halved.widths[1]
            before = (whole.runs[-1].shifts[-1] - halved.runs[-1].shifts[-1]) * FROM_UNITS
            self.halves[mark] = (taken, before) if taken > 0.3 * self.size else None
        return self.halves[mark]


def without_first(shaped: Shaped) -> Shaped:
    """Return a shaped text without its first character, which has one glyph."""
    runs = []
    for run in shaped.runs:
        cut = 1 if run.start == 0 else 0
        if run.end - cut > run.start:
            characters = [i - 1 for i in run.characters[cut:]]
            start = max(run.start - 1, 0)
            glyphs, widths, shifts = run.glyphs[cut:], run.widths[cut:], run.shifts[cut:]
            made = Run(run.face, start, run.end - 1, glyphs, characters, widths, shifts, run.plain, run.drops[cut:])
            runs.append(made)
    return Shaped(shaped.text[1:], shaped.widths[1:], runs, shaped.breaks[1:])


def report(shaped: Shaped) -> None:
    """Log characters without a glyph like WeasyPrint, and the fonts of rare characters."""
    rare = RARE.search(shaped.text)
    for run in shaped.runs:
        if not run.plain and max(run.glyphs, default=0) >= UNKNOWN:
            for code in (glyph & ~UNKNOWN for glyph in run.glyphs if glyph & UNKNOWN):
                LOGGER.warning(
                    '.notdef glyph rendered for Unicode string unsupported by fonts: "%s" (U+%04X)', chr(code), code
                )
        if rare:
            for char, glyph in zip((shaped.text[i] for i in run.characters), run.glyphs, strict=True):
                if RARE.match(char) and glyph < UNKNOWN:
                    LOGGER.warning("rare character %s (U+%04X) is drawn with %s", char, ord(char), run.face.family)


def byte_offsets(text: str) -> list[int]:
    """Return the UTF-8 offset of each character, as Pango counts, and of the end of the text."""
    return list(accumulate((len(char.encode("utf-8")) for char in text), initial=0))


HAN_BEFORE = "一"
"""Prefix for marks without neighbours: marks have no script, and glyphs of a language are chosen by script."""

MARKS = frozenset(ch.OPENING_MARKS + ch.CLOSING_MARKS + ch.POINTS + "—…·")
HALVED = re.compile(f"[{re.escape(ch.OPENING_MARKS + ch.CLOSING_MARKS + ch.POINTS)}]")
"""Marks that may have an empty half."""
