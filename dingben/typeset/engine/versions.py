"""Versions of the libraries that WeasyPrint loads."""

from __future__ import annotations


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
