"""Which files a build may read: the book's own and the packaged ones, nothing else.

Templates and styles live once, at the top of the checkout, and ship inside the wheel. A
book's own ``templates/`` and ``styles/`` come first. Every path that a stranger's book
names goes through :func:`inside`.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Literal

from dingben.diagnostics import Diagnostic, Location, position
from dingben.errors import SourceError

Kind = Literal["templates", "styles"]

ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""What no XML file may hold (https://www.w3.org/TR/xml/#charsets); TAB and LF may stand."""


def packaged(kind: Kind) -> Path:
    """The folder of packaged templates or styles: in the wheel, or at the top of the checkout."""
    here = Path(__file__).resolve().parents[1]
    return here / kind if (here / kind).is_dir() else here.parent / kind


def find(folder: Path, kind: Kind, name: str) -> Path | None:
    """The file ``name``: the book's own, else the packaged one, else None.

    Raises SourceError where ``name`` or a link of the book's leads out of it.
    """
    own = folder / kind / name
    if own.is_file():
        return inside(folder, own)
    ours = packaged(kind) / name
    return inside(packaged(kind), ours) if ours.is_file() else None


def read_style(folder: Path, name: str) -> str:
    """The style sheet ``name``, or nothing where neither the book nor the package has it."""
    path = find(folder, "styles", name)
    return read_text(path) if path else ""


def inside(folder: Path, path: Path, *, location: Location | None = None) -> Path:
    """``path`` itself, if it lies in ``folder`` after all links are followed; else SourceError."""
    try:
        at_home = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError) as error:  # a name too long, links in a circle, a NUL
        raise SourceError(f"{str(path)[:80]!r} can't be a file", hint="Check the name.", location=location) from error
    if not at_home:
        raise SourceError(
            f"{path} leads out of the book",
            hint="Put a copy of the file into the book's folder; links that leave it are not followed.",
            location=location,
        )
    return path


def is_file(path: Path) -> bool:
    """Whether there is such a file; no name that a stranger writes raises an error."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, without byte order mark, with LF line ends.

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
    """The first character that XML forbids, as a problem."""
    found = ILLEGAL.search(text)
    if not found:
        return None
    return Diagnostic(
        f"control character U+{ord(found[0]):04X}",
        "Delete it: it can't stand in a book.",
        Location(path, *position(text, found.start())),
    )


ORIGIN = re.compile(r"/\* (styles/\w+\.css) \*/")
"""Stands on a line of its own before what comes from that file."""


def origin(css: str, line: int) -> tuple[str, int] | None:
    """The file, and the line in it, from which a line (1-based) of the whole style sheet comes."""
    lines = css.split("\n")[: line - 1]
    for before, text in enumerate(reversed(lines), start=1):
        if mark := ORIGIN.fullmatch(text):
            return mark[1], before
    return None
