"""What a build keeps for the next one, in ``build/.cache``: found by digest, proved before use.

An entry's name is the digest of everything that shapes it, so that it never goes stale: an
entry of other text, another program or another version is one that nobody asks for. Its
first line is the digest of the rest, so that a damaged entry is made anew. Entries appear
whole (written beside, then renamed); two builds at once may make the same entry twice, and
it is the same. The folder holds LARGEST bytes at most; what wasn't used longest goes first.
The cache is never needed: where the disk refuses, a build goes on without.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dingben.system.digests import digest_of
from dingben.system.directory import Directory, LinkError, opened
from dingben.system.versions import program

PLACE = "build/.cache"
"""Where the entries stand, a folder for each kind."""

LARGEST = 256 << 20
"""Bytes that the entries may take together."""

ABANDONED = 3600.0
"""Seconds after which a file half written is a dead build's."""


class Cache:
    """The entries of one book's cache; links in it are not followed (``folders``)."""

    def __init__(self, book: Path) -> None:
        self.book, self.folder = book, book / PLACE
        self.kinds: dict[str, Directory] = {}
        """The open folders of the entries of each kind."""

    def kept(self, kind: str, shaped_by: tuple[str | bytes, ...], make: Callable[[], bytes]) -> bytes:
        """What ``make`` gives, from the cache where it was made before of the same things by the same program.

        ``kind`` is a word for the sort of entry; ``shaped_by`` holds all that the bytes depend on, the
        program and its tools left out.
        """
        found = self.found(kind, shaped_by)
        if found is None:
            found = make()
            self.keep(kind, shaped_by, found)
        return found

    def found(self, kind: str, shaped_by: tuple[str | bytes, ...]) -> bytes | None:
        """What was kept of the same things; None where nothing was."""
        with contextlib.suppress(OSError):
            return read_entry(self.directory(kind), name_of(kind, shaped_by))
        return None

    def keep(self, kind: str, shaped_by: tuple[str | bytes, ...], content: bytes) -> None:
        """Keep ``content`` for the next build; a disk that refuses is no fault of the book."""
        with contextlib.suppress(OSError):
            write_entry(self.directory(kind, create=True), name_of(kind, shaped_by), content)

    def holds(self, kind: str) -> bool:
        """Whether there is any entry of that kind, of whatever program."""
        with contextlib.suppress(OSError):
            return bool(self.directory(kind).entries())
        return False

    def directory(self, kind: str, *, create: bool = False) -> Directory:
        """The open folder of a kind of entries. Raises OSError."""
        if kind not in self.kinds:
            self.kinds[kind] = opened(self.book, f"{PLACE}/{kind}", create=create)
        return self.kinds[kind]

    def clear(self) -> None:
        """Forget every entry."""
        for folder, entry in self.entries():
            with contextlib.suppress(OSError):
                folder.unlink(entry.name)

    def trim(self) -> None:
        """Delete what dead builds left, and the entries not used longest, until the rest fits."""
        entries = []
        for folder, entry in self.entries():
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if entry.name.startswith("."):
                    if time.time() - status.st_mtime > ABANDONED:
                        folder.unlink(entry.name)
                    continue
                entries.append((status.st_mtime_ns, status.st_size, str(folder.path), entry.name, folder))
        total = sum(size for _, size, *_ in entries)
        for _, size, _, name, folder in sorted(entries, key=lambda row: row[:4]):
            if total <= LARGEST:
                break
            with contextlib.suppress(OSError):
                folder.unlink(name)
                total -= size

    def entries(self) -> Iterator[tuple[Directory, os.DirEntry[str]]]:
        """Every entry with the open folder that it is in; folders that are links are left out."""
        with contextlib.suppress(OSError):
            for kind in opened(self.book, PLACE).entries():
                with contextlib.suppress(OSError):
                    folder = self.directory(kind.name)
                    yield from ((folder, entry) for entry in folder.entries())


def links(book: Path) -> list[Path]:
    """The links in the way of the cache, which is not used behind them."""
    try:
        return [book / PLACE / entry.name for entry in opened(book, PLACE).entries() if entry.is_symlink()]
    except LinkError as error:
        return [error.path]
    except OSError:
        return []


def name_of(kind: str, shaped_by: tuple[str | bytes, ...]) -> str:
    """The name of an entry."""
    return digest_of(kind, program(), *shaped_by)


def read_entry(folder: Directory, name: str) -> bytes | None:
    """The entry's content; None where it is damaged. Its use is noted in its time. Raises OSError."""
    head, _, content = folder.read_bytes(name, touch=True).partition(b"\n")
    return content if head == hashlib.sha256(content).hexdigest().encode() else None


def write_entry(folder: Directory, name: str, content: bytes) -> None:
    """Put the entry in its place in one step. Raises OSError."""
    head = hashlib.sha256(content).hexdigest().encode() + b"\n"
    folder.write_atomically(name, (head, content), mode=0o600, durable=False)


@contextlib.contextmanager
def locked(book: Path) -> Iterator[None]:
    """Only one build of the book at a time gets past here; the lock goes with the process, however it ends."""
    import fcntl

    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError), opened(book, PLACE, create=True) as folder:
            handle = folder.open_file("lock", os.O_WRONLY | os.O_CREAT)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
