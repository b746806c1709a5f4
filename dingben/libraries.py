"""WeasyPrint's libraries, loaded without a compiler.

WeasyPrint tries six names for each library, and for each that isn't there Python asks
ldconfig, gcc and ld (ctypes.util.find_library): 54 processes before the first page. On
Linux the name that exists is among the six and needs no search.
"""

from __future__ import annotations

import sys

from dingben.errors import ToolError


def load() -> None:
    """Import WeasyPrint. Raises ToolError where a library is missing."""
    if "weasyprint" in sys.modules:
        return
    import ctypes.util

    search = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = nowhere
    try:
        import weasyprint  # noqa: F401
    except OSError as error:
        raise ToolError(
            f"WeasyPrint can't be loaded: {error}",
            hint="apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 (macOS: brew install pango).",
        ) from error
    finally:
        ctypes.util.find_library = search


def nowhere(name: str) -> str | None:  # noqa: ARG001
    """Finds no library."""
    return None
