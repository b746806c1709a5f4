"""Safe access to files of a book and to packaged templates and styles; nothing else may be read by a build.

Templates and styles live once, at the top of the checkout, and ship inside the wheel. A
book's own ``templates/`` and ``styles/`` come first. Every path that a stranger's book
names goes through :func:`inside`.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Literal

from dingben.book.designs import DEFAULT, Design
from dingben.diagnostics import Diagnostic, Location, position
from dingben.errors import SourceError

Kind = Literal["templates", "styles"]

ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""Control characters that XML forbids (https://www.w3.org/TR/xml/#charsets); TAB and LF are allowed."""


def packaged(kind: Kind) -> Path:
    """Return the folder of packaged templates or styles: in the wheel, or at the top of the checkout."""
    here = Path(__file__).resolve().parents[1]
    return here / kind if (here / kind).is_dir() else here.parent / kind


def find(folder: Path, kind: Kind, name: str, design: Design = DEFAULT) -> Path | None:
    """Find the file ``name``: of the book, else of its design, else the packaged one, else None.

    Raises SourceError if ``name`` or a symbolic link of the book leads out of it.
    """
    own = folder / kind / name
    if is_present(own):
        return inside(folder, own)
    designed = design.file(kind, name)
    if designed and design.folder and designed.is_file():
        return inside(design.folder, designed)
    shipped = packaged(kind) / name
    return inside(packaged(kind), shipped) if shipped.is_file() else None


def read_style(folder: Path, name: str, design: Design = DEFAULT) -> str:
    """Read the style sheet ``name``; empty if neither the book nor its design nor the package has it."""
    path = find(folder, "styles", name, design)
    return read_text(path) if path else ""


def inside(folder: Path, path: Path, *, location: Location | None = None) -> Path:
    """Return ``path`` if it lies in ``folder`` after all symbolic links are followed. Raises SourceError otherwise."""
    try:
        at_home = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError) as error:  # a name too long, links in a circle, a NUL
        raise SourceError(f"{str(path)[:80]!r} can't be a file", hint="Check the name.", location=location) from error
    if not at_home:
        raise SourceError(
            f"{path} is outside the book",
            hint="Put a copy of the file into the book's folder; links that leave it are not followed.",
            location=location,
        )
    return path


def is_file(path: Path) -> bool:
    """Return whether the file exists; False for a name that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_present(path: Path) -> bool:
    """Return whether an optional file of a book is there.

    Raises SourceError for what stands in its place and is no file: reading a pipe or a device may never end.
    """
    if is_file(path):
        return True
    try:
        special = path.exists()
    except (OSError, ValueError):
        return False
    if special:
        kind = "a folder" if path.is_dir() else "a pipe, a socket or a device"
        message, hint = f"this is {kind}, not a file", "Remove it, or put a file there."
        raise SourceError(message, hint=hint, location=Location(path))
    return False


def read_text(path: Path) -> str:
    """Read a UTF-8 file, without byte order mark, with LF line ends.

    Raises SourceError where it can't be read, is not UTF-8 or holds control characters
    (which no XML file may hold: https://www.w3.org/TR/xml/#charsets).
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"can't be read: {error.strerror}", location=Location(path), hint="Check its name and permissions."
        ) from error
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        good = error.object[: error.start].decode("utf-8")
        line, column = position(good, len(good))
        raise SourceError(
            f"not UTF-8: byte 0x{error.object[error.start]:02x}",
            hint="Save the file as UTF-8, e.g. iconv -f GB18030 -t UTF-8.",
            location=Location(path, line, column),
        ) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if problem := illegal_character(text, path):
        raise SourceError.of([problem])
    return text


def illegal_character(text: str, path: Path) -> Diagnostic | None:
    """Return a diagnostic for the first character that XML forbids, if there is one."""
    found = ILLEGAL.search(text)
    if not found:
        return None
    return Diagnostic(
        f"control character U+{ord(found[0]):04X}",
        "Delete it: books cannot contain it.",
        Location(path, *position(text, found.start())),
    )


ORIGIN = re.compile(r"/\* (styles/\w+\.css) \*/")
"""Comment line before the rules of a file in a joined style sheet."""


def origin(css: str, line: int) -> tuple[str, int] | None:
    """Return the file and line from which a line (1-based) of a joined style sheet comes."""
    lines = css.split("\n")[: line - 1]
    for before, text in enumerate(reversed(lines), start=1):
        if mark := ORIGIN.fullmatch(text):
            return mark[1], before
    return None
