"""The build graph: which outputs are out of date, why, and in which order they are built.

In: a folder with ``source/``. Out: files below ``build/``. It knows the output formats only by their contract
(``formats.base``) and nothing of the bytes they write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dingben.builder.graph import BuildResult, Output, build

__all__ = ["BuildResult", "Output", "build"]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used (PEP 562)."""
    if name in __all__:
        from dingben.builder import graph

        return getattr(graph, name)
    raise AttributeError(name)
