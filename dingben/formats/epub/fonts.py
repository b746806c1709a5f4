"""Embedded font of the e-book: the font named in book.toml, subset to the characters of the book.

HarfBuzz makes the subset (uharfbuzz, pinned); nothing is obfuscated. A font whose licence bits forbid embedding or
subsetting is refused (fsType: https://learn.microsoft.com/typography/opentype/spec/os2#fst).
"""

from __future__ import annotations

import subprocess
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

import uharfbuzz

from dingben.diagnostics import Diagnostic, Location
from dingben.errors import RenderError

FORBIDDEN = 0x0002 | 0x0100 | 0x0200
"""fsType bits: restricted licence embedding, no subsetting, bitmap embedding only."""

NAMES = (0, 1, 2, 3, 4, 5, 6, 13, 14)
"""Name records kept: copyright, names, version, licence and its URL."""

OUTLINES = {b"OTTO": ("otf", "font/otf"), b"\0\1\0\0": ("ttf", "font/ttf"), b"true": ("ttf", "font/ttf")}
MAX_BYTES = 3_000_000


@dataclass(frozen=True, slots=True)
class EmbeddedFont:
    """A font subset: file name, media type, data, the style that uses it, rights statement, diagnostics."""

    name: str
    media_type: str
    data: bytes
    css: str
    rights: str
    findings: tuple[Diagnostic, ...]


def embed_font(family: str, characters: Set[str], place: Location) -> EmbeddedFont:
    """Subset the installed font ``family`` to ``characters``. Raises RenderError where that is impossible."""
    file, index = find_font_file(family, place)
    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(file)), index)
    if embedding_rights(face) & FORBIDDEN:
        raise RenderError(f"the licence of {family} forbids embedding", hint="Choose another font.", location=place)
    wanted = {ord(char) for char in characters if char.isprintable()}
    cut = uharfbuzz.SubsetInput()
    cut.unicode_set.update(wanted)
    cut.name_id_set.update(NAMES)
    data = bytes(uharfbuzz.subset(face, cut).blob.data)
    if data[:4] not in OUTLINES:
        raise RenderError(f"{family} is not an OpenType font", hint="Choose another font.", location=place)
    ending, media_type = OUTLINES[data[:4]]
    names = uharfbuzz.OTNameIdPredefined
    names_found = [face.get_name(key) for key in (names.COPYRIGHT, names.LICENSE, names.LICENSE_URL)]
    rights = f"{family}: {' '.join(' '.join(text.split()) for text in names_found if text)}".rstrip(": ")
    css = (
        f"/* {rights.replace('*/', '')} */\n"
        f'@font-face {{ font-family: "{family}"; src: url(../fonts/text.{ending}); }}\n'
        f'body {{ font-family: "{family}", serif; }}\n'
    )
    missing = sorted(wanted - set(face.unicodes))
    return EmbeddedFont(
        f"text.{ending}", media_type, data, css, rights, tuple(font_diagnostics(family, missing, data, place))
    )


def find_font_file(family: str, place: Location) -> tuple[Path, int]:
    """Return file and index of the regular font of ``family``. Raises RenderError where it isn't installed."""
    command = ["fc-match", "--format=%{file}\t%{index}\t%{family}", family]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RenderError("fontconfig is missing", hint="apt install fontconfig", location=place) from error
    file, index, families = done.stdout.split("\t")
    if family not in families.split(","):
        raise RenderError(
            f"the font {family} is not installed",
            hint="Install it, or remove embed_font from book.toml; `fc-list : family` lists the installed fonts.",
            location=place,
        )
    return Path(file), int(index)


def embedding_rights(face: uharfbuzz.Face) -> int:
    """Return the fsType of the font; 0 (installable) where it has none."""
    table = face.reference_table("OS/2").data
    return int.from_bytes(table[8:10], "big") if len(table) >= 10 else 0


def font_diagnostics(family: str, missing: list[int], data: bytes, place: Location) -> list[Diagnostic]:
    """Warn of missing characters, and of a large file."""
    found = []
    if missing:
        shown = " ".join(f"{chr(code)} U+{code:04X}" for code in missing[:5])
        message = f"{family} lacks {len(missing)} of the book's characters: {shown}"
        found.append(Diagnostic(message, "E-readers show them in another font, if they have one.", place))
    if len(data) > MAX_BYTES:
        message = f"the subset of {family} is {len(data) / 1e6:.1f} MB"
        found.append(Diagnostic(message, "Choose a simpler font: e-books should be smaller than 3 MB.", place))
    return found
