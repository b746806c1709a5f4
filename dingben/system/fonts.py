"""Installed fonts, as fontconfig lists them, and the versions of the libraries that shape text."""

from __future__ import annotations

import functools
import hashlib
import subprocess
import sys

from dingben.errors import ToolError


@functools.cache
def list_fonts() -> tuple[tuple[str, str, str], ...]:
    """Return file, version and families of every face, cached. Raises ToolError without fontconfig."""
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
    """Return every font family. Raises ToolError without fontconfig."""
    return frozenset(name for _, _, families in list_fonts() for name in families.split(","))


@functools.cache
def shaping_library_versions() -> str:
    """Return the versions of the system's Pango and HarfBuzz; an empty string for one that is not found."""
    import ctypes.util  # slow to import, and not needed where nothing is built

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
    """Return a digest of the installed fonts and shaping libraries: an input of every page."""
    try:
        faces = list_fonts()
    except ToolError:
        return "unknown"
    rows = [f"{file} {version}" for file, version, _ in faces]
    return hashlib.sha256("\n".join([*rows, shaping_library_versions()]).encode()).hexdigest()
