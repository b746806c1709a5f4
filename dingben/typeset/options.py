"""Layout options: style sheets and settings of a book. Imports nothing of WeasyPrint."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from dingben.diagnostics import Diagnostic
from dingben.errors import RenderError
from dingben.system.fonts import installed_families

FONT_PACKAGES = {
    "Noto Serif CJK SC": "fonts-noto-cjk",
    "Noto Sans CJK SC": "fonts-noto-cjk",
    "Noto Sans Mono CJK SC": "fonts-noto-cjk",
    "Noto Serif CJK TC": "fonts-noto-cjk",
    "LXGW WenKai": "fonts-lxgw-wenkai",
}
GENERIC = frozenset({"serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui", "inherit"})


BASE_URL = "https://book.invalid/"
"""A host that does not exist (RFC 2606)."""


class PatchKind(enum.Flag):
    """Why a function of WeasyPrint is replaced.

    Without SPEED and INCREMENTAL the bytes of a PDF are the same; without the others they are not.
    """

    TYPOGRAPHY = enum.auto()
    CORRECTNESS = enum.auto()
    INCREMENTAL = enum.auto()
    SPEED = enum.auto()


ALL_PATCHES = PatchKind.TYPOGRAPHY | PatchKind.CORRECTNESS | PatchKind.INCREMENTAL | PatchKind.SPEED


@dataclass(frozen=True, slots=True)
class LayoutOptions:
    """How a book is laid out.

    ``css``: style sheets. ``gap``: em between Han and a Western word. ``notes_by_page``: note numbers restart on each
    page; ``notes_through_book``: they never restart. ``interpunct``: em of a dot between Han. ``patch_kinds``: the
    patches of WeasyPrint to apply; all of them except in tests.
    """

    folder: Path
    css: tuple[str, ...]
    gap: float = 0.25
    notes_by_page: bool = False
    notes_through_book: bool = False
    interpunct: float = 0.5
    patch_kinds: PatchKind = ALL_PATCHES


def check_fonts(variables: dict[str, str]) -> None:
    """Check that an installed family exists for each of ``--song``, ``--hei``, ``--kai`` and ``--mono``.

    Raises RenderError, which names the missing fonts and the package to install.
    """
    installed = installed_families()
    problems = []
    for name in ("--song", "--hei", "--kai", "--mono"):
        families = [f.strip().strip("\"'") for f in variables.get(name, "").split(",")]
        named = [f for f in families if f and f not in GENERIC]
        if named and not any(family in installed for family in named):
            package = next((FONT_PACKAGES[f] for f in named if f in FONT_PACKAGES), None)
            hint = (
                f"apt install {package}"
                if package
                else f"Install {named[0]}, or choose another font in styles/book.css."
            )
            problems.append(Diagnostic(f"no font for {name}: {', '.join(named)} not installed", hint))
    if problems:
        raise RenderError.of(problems)
