"""Create a book project, and delete its outputs."""

from __future__ import annotations

from pathlib import Path

from dingben.book.resources import packaged, read_text
from dingben.errors import UsageError
from dingben.system import atomic
from dingben.system.directory import LinkError, opened

FILES = {
    "book.toml": "source/book.toml",
    "preface.md": "source/chapters/00-preface.md",
    "chapter.md": "source/chapters/01-chapter.md",
    "Makefile": "Makefile",
    "gitignore": ".gitignore",
    "book.css": "styles/book.css",
}


def new_project(folder: Path) -> tuple[Path, ...]:
    """Create ``folder`` with a small book that builds, and return its files. Raises UsageError if it is not empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", hint="Name a folder that doesn't exist yet.")
    for name, target in FILES.items():
        atomic.write_file(folder, target, read_text(packaged("templates") / "project" / name).encode("utf-8"))
    for name in ("source/images", "templates", "build"):
        with atomic.disk_errors(folder / name):
            opened(folder, name, create=True).close()
    return tuple(folder / target for target in FILES.values())


def clean(folder: Path) -> tuple[Path, ...]:
    """Delete everything in ``build/`` but its README, and return the paths. Raises UsageError if there is no book."""
    if not (folder / "source").is_dir():
        raise UsageError(f"{folder} is not a book project", hint="Name one with --book.")
    try:
        build = opened(folder, "build")
    except LinkError as error:
        hint = "Links are not followed; delete it yourself."
        raise UsageError(f"{error.path} is a link", hint=hint) from error
    except (FileNotFoundError, NotADirectoryError):
        return ()
    removed = [name for entry in build.entries() if (name := entry.name) != "README.md"]
    for name in sorted(removed):
        with atomic.disk_errors(build.path / name):
            build.remove(name)
    return tuple(build.path / name for name in sorted(removed))
