"""HTML and CSS to PDF through WeasyPrint: the only package that imports it.

In: a page of HTML, and `LayoutOptions` with its style sheets. Out: a PDF and warnings (`TypesetResult`). It sets
paragraphs itself (CLREQ), lays out a book in sections by several processes, and reuses unchanged pages. It must not
know books, formats or templates.

``typeset_book`` typesets a book, ``typeset_page`` anything else in one piece: a cover, a sheet. The names in
``__all__`` are imported when they are first used (PEP 562): a build that takes everything from its cache imports
nothing of WeasyPrint.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False

if TYPE_CHECKING:
    from dingben.typeset.book import BookLayout, typeset_book
    from dingben.typeset.options import LayoutOptions
    from dingben.typeset.page import typeset_page
    from dingben.typeset.records import TypesetResult
    from dingben.typeset.sections.session import LayoutSession

__all__ = ["BookLayout", "LayoutOptions", "LayoutSession", "TypesetResult", "typeset_book", "typeset_page"]

_MODULES = {
    "BookLayout": "book",
    "LayoutOptions": "options",
    "LayoutSession": "sections.session",
    "TypesetResult": "records",
    "typeset_book": "book",
    "typeset_page": "page",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
