"""Characters for which no installed font has a glyph: an error that names the font to install."""

from __future__ import annotations

from collections.abc import Sequence

from dingben.book.model import Book
from dingben.diagnostics import Diagnostic
from dingben.document.source_location import locate_text
from dingben.errors import RenderError


def require_glyphs(missing: Sequence[str], book: Book) -> None:
    """Raise RenderError for characters without a glyph, with the location and a font to install for each."""
    problems = []
    for char in missing:
        place = next((locate_text(d, char) for d in book.divisions if char in d.text), None)
        problems.append(Diagnostic(f"no installed font has {char} (U+{ord(char):04X})", font_hint(char), place))
    if problems:
        raise RenderError.of(problems)


def font_hint(char: str) -> str:
    """Return a hint that names the Debian package of a font for the character, by Unicode block."""
    code = ord(char)
    if 0x3400 <= code <= 0x9FFF or 0x20000 <= code <= 0x3FFFF:
        return "Rare Han characters: apt install fonts-hanazono, or name a font that has it in styles/book.css."
    if 0xE000 <= code <= 0xF8FF or code >= 0xF0000:
        return "It is of private use and means nothing elsewhere: write the character it stands for."
    if 0x1F000 <= code <= 0x1FAFF:
        return "Emoji: apt install fonts-noto-color-emoji."
    return "Perhaps: apt install fonts-noto-core fonts-noto-extra."
