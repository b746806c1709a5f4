"""A new book project, and clearing away what was built."""

from __future__ import annotations

import shutil
from pathlib import Path

from dingben import outputs
from dingben.errors import UsageError
from dingben.resources import packaged, read_text

FILES = {
    "book.toml": "source/book.toml",
    "preface.md": "source/chapters/00-preface.md",
    "chapter.md": "source/chapters/01-chapter.md",
    "Makefile": "Makefile",
    "gitignore": ".gitignore",
    "book.css": "styles/book.css",
}


def new_project(folder: Path) -> tuple[Path, ...]:
    """Make ``folder`` with a small book that builds. Raises UsageError where there is something already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", hint="Name a folder that doesn't exist yet.")
    made = []
    for name, target in FILES.items():
        path = folder / target
        outputs.write_file(path, read_text(packaged("templates") / "project" / name).encode("utf-8"))
        made.append(path)
    for name in ("source/images", "templates", "build"):
        with outputs.disk(folder / name):
            (folder / name).mkdir(parents=True, exist_ok=True)
    return tuple(made)


def clean(folder: Path) -> tuple[Path, ...]:
    """Delete everything in ``build/`` but its README. Raises UsageError where there is no book."""
    if not (folder / "source").is_dir():
        raise UsageError(f"{folder} is no book project", hint="Name one with --book.")
    build = folder / "build"
    if build.is_symlink():
        raise UsageError(f"{build} is a link", hint="Nothing is deleted behind a link; delete it yourself.")
    removed = [p for p in sorted(build.iterdir()) if p.name != "README.md"] if build.is_dir() else []
    for path in removed:
        with outputs.disk(path):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    return tuple(removed)
