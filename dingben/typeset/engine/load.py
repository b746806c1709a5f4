"""WeasyPrint imported without a compiler, and without what a book hardly ever needs of it.

WeasyPrint tries six names for each library, and for each that isn't there Python asks
ldconfig, gcc and ld (ctypes.util.find_library): 54 processes before the first page. On
Linux the name that exists is among the six and needs no search. It has cffi parse the C
declarations of these libraries; what comes of that is in :mod:`dingben.typeset.engine.pango_abi`. It imports
fontTools, a third of the time, which it uses for variable and bitmap fonts only: that is
imported when it is used. And it parses style sheets for forms and for attributes of old, which
no book asks for, and one for all elements, which what binds a book doesn't ask for.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import importlib.resources
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from dingben.errors import ToolError
from dingben.typeset.engine.patch import patched

FONT_TOOLS = ("fontTools.subset", "fontTools.ttLib", "fontTools.varLib.instancer")
USERS = ("weasyprint.pdf.fonts", "weasyprint.text.fonts")
"""Modules that import things out of FONT_TOOLS."""


def load() -> None:
    """Import WeasyPrint. Raises ToolError where a library is missing."""
    if "weasyprint" in sys.modules:
        return
    import ctypes.util

    import cffi

    search = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = nowhere
    try:
        with (
            later(FONT_TOOLS),
            patched(importlib.resources, "files", files(importlib.resources.files)),
            patched(cffi, "FFI", functools.partial(Declared, cffi.FFI)),
        ):
            import weasyprint
        put_off(weasyprint)
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


# -- declarations that aren't parsed

DECLARING = "weasyprint.text.ffi"
"""The module that declares, and has what comes of it as ``ffi``."""

OURS = """
    void *g_object_ref(void *object);
    PangoFontDescription * pango_font_description_from_string (const char *str);
"""
"""What we call beside what WeasyPrint does."""

PARSED = "724ce50d06d0b2b1ebe5abea331d488218453474cef633b70fe94ae80dd51bf7"
"""The SHA-256 of the declarations that :mod:`dingben.typeset.engine.pango_abi` was made of: WeasyPrint's, then ours."""


def digest(declarations: str) -> str:
    """What tells declarations from others."""
    return hashlib.sha256((declarations + OURS).encode("utf-8")).hexdigest()


class Declared:
    """Stands for a ``cffi.FFI()`` until it is told what to declare: then the real one takes its place."""

    def __init__(self, parser: Any) -> None:
        self.parser = parser

    def cdef(self, declarations: str) -> None:
        """Declare what the libraries have."""
        vars(sys.modules[DECLARING])["ffi"] = self.parsed(declarations)

    def parsed(self, declarations: str) -> Any:
        """What comes of declarations: made before, if they are those, and this cffi can read it; else made now."""
        if digest(declarations) == PARSED:
            with contextlib.suppress(ImportError):
                from dingben.typeset.engine.pango_abi import ffi

                return ffi
        made = self.parser()
        made.cdef(declarations)
        return made


def complete(ffi: Any) -> None:
    """Declare what is ours too; what was made before has it."""
    if hasattr(ffi, "cdef"):
        ffi.cdef(OURS, override=True)


# -- style sheets that aren't read

UNREAD = frozenset({"html5_ua_form.css", "html5_ph.css"})
"""For ``pdf_forms`` and ``presentational_hints``, two options of WeasyPrint that aren't used."""

LATE = "html5_ua.css"
"""The style sheet for all elements, read when the first styles are computed."""


def put_off(weasyprint: Any) -> None:
    """Have the style sheet for all elements read when it is asked for."""
    document = weasyprint.HTML

    @functools.cache
    def read() -> None:
        text = (importlib.resources.files("weasyprint.css") / LATE).read_text("utf-8")
        weasyprint.UA_STYLESHEET = weasyprint.CSS(string=text, counter_style=weasyprint.UA_COUNTER_STYLE)

    def first(theirs: Any) -> Any:
        def asked(*arguments: Any, **named: Any) -> Any:
            read()
            return theirs(*arguments, **named)

        return asked

    for name in ("_ua_counter_style", "_ua_stylesheets"):
        setattr(document, name, first(getattr(document, name)))


def files(theirs: Any) -> Any:
    """``importlib.resources.files``, where WeasyPrint's unread style sheets are empty."""

    def found(package: Any) -> Any:
        folder = theirs(package)
        return Folder(folder) if getattr(package, "__name__", "") == "weasyprint.css" else folder

    return found


class Folder:
    """A package's folder."""

    def __init__(self, folder: Any) -> None:
        self.folder = folder

    def __truediv__(self, name: str) -> Any:
        return Empty() if name in UNREAD or name == LATE else self.folder / name


class Empty:
    """An empty file."""

    def read_text(self, _encoding: str) -> str:
        return ""


# -- modules imported when they are used


@contextlib.contextmanager
def later(names: tuple[str, ...]) -> Iterator[None]:
    """While this lasts, what is imported from these modules, if they aren't there yet, is a :class:`Stand`."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update((name, Later(name)) for name in absent)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


class Later(ModuleType):
    """A module that isn't imported yet."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stand(self.__name__, name)


class Stand:
    """Stands for something of a module until it is called or looked into; then the real ones take all their places."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def _real(self) -> Any:
        module = importlib.import_module(self._module)
        found = getattr(module, self._name, None)
        return importlib.import_module(f"{self._module}.{self._name}") if found is None else found

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        give_way()
        return self._real()(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        give_way()
        return getattr(self._real(), name)


def give_way() -> None:
    """Put the real things where stands are."""
    for user in USERS:
        names = vars(sys.modules[user])
        for name, value in list(names.items()):
            if isinstance(value, Stand):
                names[name] = value._real()
            elif isinstance(value, Later):
                names[name] = importlib.import_module(value.__name__)
