"""Import WeasyPrint without a compiler, and without fontTools.

WeasyPrint tries six names for each library, and for each that isn't there Python asks ldconfig, gcc and ld
(``ctypes.util.find_library``): 54 processes before the first page. On Linux the name that exists is among the six and
needs no search. WeasyPrint uses fontTools for variable and bitmap fonts only, and importing it takes 0.17 s of 0.45:
so it is imported when it is used.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from dingben.errors import ToolError
from dingben.typeset.engine.patch import patched

FONT_TOOLS = ("fontTools.subset", "fontTools.ttLib", "fontTools.varLib.instancer")
"""The modules that WeasyPrint imports names from."""

EXTRA_DECLARATIONS = """
    void *g_object_ref(void *object);
    PangoFontDescription * pango_font_description_from_string (const char *str);
    uint8_t * pango_log2vis_get_embedding_levels (const char *text, int length, int *pbase_dir);
    void g_free (void *pointer);
    PangoAttribute * pango_attr_family_new (const char *family);
"""
"""Functions of GLib, GObject and Pango that dingben calls and WeasyPrint does not declare."""


def load() -> None:
    """Import WeasyPrint. Raises ToolError where a library is missing."""
    if "weasyprint" in sys.modules:
        return
    import ctypes.util

    search = find_nothing if sys.platform == "linux" else ctypes.util.find_library
    try:
        with deferred(FONT_TOOLS), patched(ctypes.util, "find_library", search):
            import weasyprint  # noqa: F401
    except OSError as error:
        raise ToolError(
            f"WeasyPrint can't be loaded: {error}",
            hint="apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 (macOS: brew install pango).",
        ) from error


def find_nothing(name: str) -> str | None:  # noqa: ARG001
    """Replace ``ctypes.util.find_library``: no library is searched for."""
    return None


def declare_extra(ffi: Any) -> None:
    """Declare the library functions that dingben calls beside those of WeasyPrint."""
    ffi.cdef(EXTRA_DECLARATIONS, override=True)


# -- deferred imports


@contextlib.contextmanager
def deferred(names: tuple[str, ...]) -> Iterator[None]:
    """Let ``from module import name`` give a :class:`DeferredName`, for modules that aren't imported yet."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update((name, DeferredModule(name)) for name in absent)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


class DeferredModule(ModuleType):
    """A module that is imported when something of it is used."""

    TTLibError = Exception  # stands in an ``except`` clause, where a class is wanted

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return DeferredName(self.__name__, name)


class DeferredName:
    """A class, function or submodule that is imported when it is called or one of its attributes is read."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def _import(self) -> Any:
        module = importlib.import_module(self._module)
        if hasattr(module, self._name):
            return getattr(module, self._name)
        return importlib.import_module(f"{self._module}.{self._name}")

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._import()(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._import(), name)
