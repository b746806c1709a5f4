"""The installed fonts, as fontconfig tells them, and what shapes text with them; asked once."""

from __future__ import annotations

import functools
import hashlib
import subprocess
import sys

from dingben.errors import ToolError


@functools.cache
def listing() -> tuple[tuple[str, str, str], ...]:
    """File, version and families of every face. Raises ToolError without fontconfig."""
    try:
        command = ["fc-list", "--format=%{file}\t%{fontversion}\t%{family}\n"]
        done = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ToolError(
            "fontconfig is missing", hint="apt install fontconfig (macOS: brew install fontconfig)."
        ) from error
    rows = (line.split("\t") for line in done.stdout.decode("utf-8", "replace").splitlines())
    return tuple(sorted((row[0], row[1], row[2]) for row in rows if len(row) == 3))


def installed_families() -> frozenset[str]:
    """Every font family. Raises ToolError without fontconfig."""
    return frozenset(name for _, _, families in listing() for name in families.split(","))


@functools.cache
def shapers() -> str:
    """The versions of the libraries that shape text, of which the system has its own; empty where one isn't found."""
    import ctypes.util  # takes a moment, and is not wanted where nothing is built

    versions = []
    for library, file, version in (
        ("pango-1.0", "libpango-1.0.so.0", "pango_version_string"),
        ("harfbuzz", "libharfbuzz.so.0", "hb_version_string"),
    ):
        name = file if sys.platform == "linux" else ctypes.util.find_library(library)
        try:
            asked = getattr(ctypes.CDLL(name), version)
        except (OSError, AttributeError):
            versions.append("")
            continue
        asked.restype = ctypes.c_char_p
        versions.append(asked().decode())
    return " ".join(versions)


def fonts_digest() -> str:
    """The installed font files and what shapes text with them, as one digest: others, other pages."""
    try:
        faces = listing()
    except ToolError:
        return "unknown"
    rows = [f"{file} {version}" for file, version, _ in faces]
    return hashlib.sha256("\n".join([*rows, shapers()]).encode()).hexdigest()
