"""Outputs appear only when they are whole: written beside, then renamed; never through a link (``folders``).

A build that dies leaves the last good edition. Faults of the disk are told as such. The names of
outputs are relative to the book's folder.
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
def disk(path: Path) -> Iterator[None]:
    """Turn the disk's errors while writing ``path`` into ToolError, and a link in the way into `refusal`."""
    try:
        yield
    except LinkError as error:
        raise refusal(error) from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        reason = "the disk is full" if full else (error.strerror or str(error))
        hint = "Make room and run it again." if full else "Check the folder's permissions."
        raise ToolError(f"{path} can't be written: {reason}", hint=f"{hint} The last good one is untouched.") from error


def refusal(error: LinkError) -> DingbenError:
    """The error for a link in the way: SourceError in ``source/``, else ToolError."""
    kind = SourceError if error.top == "source" else ToolError
    hint = "Put the folder itself there: below the book's folder, links to folders are not followed."
    return kind("is a link; nothing is written behind it", hint=hint, location=Location(error.path))


def refuse_links(book: Path, names: Iterable[str]) -> None:
    """Raise SourceError or ToolError where one of the folders is a link, or lies behind one, before work begins."""
    for name in names:
        with disk(book / name), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            opened(book, name).close()


def write_file(book: Path, name: str, data: bytes | Iterable[bytes]) -> None:
    """Put ``data``, whole or in pieces, at ``name`` in one step. Raises ToolError where the disk refuses."""
    with disk(book / name), Directory.of(book, create=True) as root:
        root.write_atomically(name, data)


def write_folder(book: Path, name: str, files: Mapping[str, bytes]) -> None:
    """Put a folder of ``files`` (by relative name) at ``name``; the old one stays until the new one is whole."""
    with disk(book / name), Directory.of(book, create=True) as root:
        parent, last = root.parent_of(name, create=True)
        parent.refuse_link(last)
        with parent.scratch(last) as scratch:
            with scratch.subdirectory("new", create=True) as new:
                for file, data in files.items():
                    new.write_new(file, data)
            if not scratch.exchange("new", parent, last):
                replace_folder(scratch, parent, last)


def replace_folder(scratch: Directory, parent: Directory, name: str) -> None:
    """Put the folder ``new`` of ``scratch`` at ``name``, one rename after the other; the old one comes back in need."""
    if parent.status(name):
        parent.rename(name, scratch, "old")
    try:
        scratch.rename("new", parent, name)
    except OSError:
        if scratch.status("old"):
            scratch.rename("old", parent, name)
        raise


def write_into(
    book: Path, name: str, files: Mapping[str, bytes | Iterable[bytes]], without: Iterable[str] = ()
) -> None:
    """Put ``files`` into the folder ``name``, which keeps its others but those ``without``, at one stroke.

    A copy that shares the kept files is completed beside it, then the two change places. Where the
    system can't do that, each file is put in its place by itself, in the order given.
    """
    with disk(book / name), Directory.of(book, create=True) as root:
        parent, last = root.parent_of(name, create=True)
        sweep_in(parent, last)
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
    """Put each of ``files`` from one folder into the same place of the other, and delete those ``without``."""
    for file in files:
        source, last = new.parent_of(file)
        target, _ = old.parent_of(file, create=True)
        source.rename(last, target, last)
    for file in without:
        old.unlink(file)


def sweep(book: Path, name: str) -> None:
    """Delete what killed builds left half written in the folder ``name``, if there is one."""
    with contextlib.suppress(OSError), opened(book, name) as folder:
        sweep_in(folder)


def sweep_in(folder: Directory, name: str = "") -> None:
    """Delete what killed builds left half written in the folder; of those called ``name`` only, if given."""
    left = re.compile(rf"\.{re.escape(name) or '.*'}\.[^.]{{8}}", re.DOTALL)
    for entry in folder.entries():
        with contextlib.suppress(OSError):
            abandoned = time.time() - entry.stat(follow_symlinks=False).st_mtime > ABANDONED
            if abandoned and left.fullmatch(entry.name):
                folder.remove(entry.name)
