"""Versions of the libraries that WeasyPrint loads."""

from __future__ import annotations

from typing import Any


def pango_version() -> str:
    """The version of the Pango library that WeasyPrint loads, or nothing."""
    try:
        from weasyprint.text.ffi import ffi, pango
    except (ImportError, OSError):
        return ""
    return (
        str(ffi.string(pango.pango_version_string()).decode())
        if hasattr(pango, "pango_version_string")
        else format_pango_version(pango.pango_version())
    )


def subset_library() -> bool:
    """Whether fonts can be cut by HarfBuzz; without it a build takes many times as long."""
    try:
        from weasyprint.text.ffi import harfbuzz_subset
    except (ImportError, OSError):
        return False
    return bool(harfbuzz_subset)


def format_pango_version(version: int) -> str:
    """Pango's version number as text: 15012 is 1.50.12."""
    return f"{version // 10000}.{version // 100 % 100}.{version % 100}"


def library_versions() -> dict[str, str]:
    """Return the versions of Pango, HarfBuzz and fontconfig as loaded here, "" for one that is missing."""
    from cffi import FFI

    ffi = FFI()
    ffi.cdef("const char* hb_version_string(void); int FcGetVersion(void);")
    found = {"pango": pango_version()}
    for name, files in (
        ("harfbuzz", ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "harfbuzz")),
        ("fontconfig", ("libfontconfig.so.1", "libfontconfig.1.dylib", "fontconfig")),
    ):
        library: Any = None
        for file in files:
            try:
                library = ffi.dlopen(file)
                break
            except OSError:
                continue
        if library is None:
            found[name] = ""
        elif name == "harfbuzz":
            text = ffi.string(library.hb_version_string())
            found[name] = text.decode() if isinstance(text, bytes) else text
        else:
            number = library.FcGetVersion()
            found[name] = f"{number // 10000}.{number // 100 % 100}.{number % 100}"
    return found
