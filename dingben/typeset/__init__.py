"""HTML and CSS to PDF through WeasyPrint: the only package that imports it.

In: a page of HTML, style sheets, options. Out: PDF objects, page records and warnings (`TypesetResult`). It sets
paragraphs itself (CLREQ), lays a book out in sections by several processes, and reuses what has not changed. It must
not know books, formats or templates.

The names in ``__all__`` are what other packages need to lay out a page or a book. They are imported when they are first
used (PEP 562): a build that takes everything from its cache imports nothing of WeasyPrint.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False

if TYPE_CHECKING:
    from dingben.typeset.options import LayoutOptions
    from dingben.typeset.page import typeset_page
    from dingben.typeset.records import TypesetResult
    from dingben.typeset.sections.session import LayoutSession

__all__ = ["LayoutOptions", "LayoutSession", "TypesetResult", "typeset_page"]

_MODULES = {
    "LayoutOptions": "options",
    "LayoutSession": "sections.session",
    "TypesetResult": "records",
    "typeset_page": "page",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
