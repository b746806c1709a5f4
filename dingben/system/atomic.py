"""Write files and folders atomically: written beside, then renamed, never through a symbolic link.

A build that dies leaves the last good edition. Errors of the disk become ToolError. Names of outputs are relative to
the book's folder.
"""

from __future__ import annotations

import contextlib
import errno
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dingben.diagnostics import Location
from dingben.errors import DingbenError, SourceError, ToolError
from dingben.system.cache import ABANDONED
from dingben.system.directory import Directory, LinkError, opened


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the disk's errors while writing ``path`` into ToolError, and a link in the way into `link_error`."""
    try:
        yield
    except LinkError as error:
        raise link_error(error) from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        reason = "the disk is full" if full else (error.strerror or str(error))
        hint = "Make room and run it again." if full else "Check the folder's permissions."
        raise ToolError(f"{path} can't be written: {reason}", hint=f"{hint} The previous one is unchanged.") from error


def link_error(error: LinkError) -> DingbenError:
    """Return the error for a symbolic link in the way: SourceError in ``source/``, else ToolError."""
    kind = SourceError if error.top == "source" else ToolError
    hint = "Put the folder itself there: links to folders inside the book are not followed."
    return kind("is a link; nothing is written behind it", hint=hint, location=Location(error.path))


def refuse_links(book: Path, names: Iterable[str]) -> None:
    """Raise SourceError or ToolError where one of the folders is a link, or lies behind one, before work begins."""
    for name in names:
        with disk_errors(book / name), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            opened(book, name).close()


def write_file(book: Path, name: str, data: bytes | Iterable[bytes]) -> None:
    """Write ``data``, whole or in pieces, to the file ``name`` atomically. Raises ToolError where the disk refuses."""
    with disk_errors(book / name), Directory.of(book, create=True) as root:
        root.write_atomically(name, data)


def write_folder(book: Path, name: str, files: Mapping[str, bytes]) -> None:
    """Write a folder of ``files`` (by relative name); the old one stays until the new one is complete."""
    with disk_errors(book / name), Directory.of(book, create=True) as root:
        parent, last = root.parent_of(name, create=True)
        parent.refuse_link(last)
        with parent.scratch(last) as scratch:
            with scratch.subdirectory("new", create=True) as new:
                for file, data in files.items():
                    new.write_new(file, data)
            if not scratch.exchange("new", parent, last):
                replace_folder(scratch, parent, last)


def replace_folder(scratch: Directory, parent: Directory, name: str) -> None:
    """Replace the folder ``name`` by ``new`` of ``scratch`` in two renames; the old one is restored if that fails."""
    if parent.status(name):
        parent.rename(name, scratch, "old")
    try:
        scratch.rename("new", parent, name)
    except OSError:
        if scratch.status("old"):
            scratch.rename("old", parent, name)
        raise


def update_folder(
    book: Path, name: str, files: Mapping[str, bytes | Iterable[bytes]], without: Iterable[str] = ()
) -> None:
    """Add ``files`` to the folder ``name`` and delete those ``without``, atomically; other files stay.

    A copy with hard links to the files that stay is completed beside it, then the two are exchanged. Where the
    system cannot do that (renameat2(2)), each file is replaced by itself, in the order given.
    """
    with disk_errors(book / name), Directory.of(book, create=True) as root:
        parent, last = root.parent_of(name, create=True)
        remove_leftovers_in(parent, last)
        old = parent.subdirectory(last) if parent.status(last) else None
        with parent.scratch(last) as scratch, scratch.subdirectory("new", create=True) as new:
            new.path, new.top = parent.path / last, parent.top or last  # a link is named by the place it will have
            if old:
                old.share_with(new)
            for file in without:
                new.unlink(file)
            for file, data in files.items():
                new.write_atomically(file, data)
            if old is None:
                scratch.rename("new", parent, last)
            elif not scratch.exchange("new", parent, last):
                move_files(new, old, files, without)


def move_files(new: Directory, old: Directory, files: Iterable[str], without: Iterable[str]) -> None:
    """Move each of ``files`` to the same name in the other folder, and delete those ``without``."""
    for file in files:
        source, last = new.parent_of(file)
        target, _ = old.parent_of(file, create=True)
        source.rename(last, target, last)
    for file in without:
        old.unlink(file)


def remove_leftovers(book: Path, name: str) -> None:
    """Delete partly written files of killed builds from the folder ``name``, if there is one."""
    with contextlib.suppress(OSError), opened(book, name) as folder:
        remove_leftovers_in(folder)


def remove_leftovers_in(folder: Directory, name: str = "") -> None:
    """Delete partly written files of killed builds from a folder; only those for ``name``, if it is given."""
    left = re.compile(rf"\.{re.escape(name) or '.*'}\.[^.]{{8}}", re.DOTALL)
    for entry in folder.entries():
        with contextlib.suppress(OSError):
            abandoned = time.time() - entry.stat(follow_symlinks=False).st_mtime > ABANDONED
            if abandoned and left.fullmatch(entry.name):
                folder.remove(entry.name)
