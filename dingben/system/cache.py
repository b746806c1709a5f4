"""Content-addressed build cache in ``build/.cache``: entries are named by a digest of their inputs.

An entry never goes stale: one of other text, another program or another version has another name. Its first line is
the digest of the rest, so that a damaged entry is created again. Entries are written atomically (written beside, then
renamed); two builds at once may write the same entry twice. The folder holds LARGEST bytes at most; the least recently
used entries are deleted first. The cache is never needed: where the disk refuses, a build goes on without.
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
from dingben.system.versions import program_version

PLACE = "build/.cache"
"""The folder of the cache, below the book; it has a folder for each kind of entry."""

LARGEST = 256 << 20
"""Bytes that all entries may take."""

ABANDONED = 3600.0
"""Seconds after which a partly written file belongs to a build that has died."""


class Cache:
    """The build cache of one book; links in it are not followed (:mod:`dingben.system.directory`)."""

    def __init__(self, book: Path) -> None:
        self.book, self.folder = book, book / PLACE
        self.kinds: dict[str, Directory] = {}
        """The open folders, by kind of entry."""

    def get_or_create(self, kind: str, key: tuple[str | bytes, ...], create: Callable[[], bytes]) -> bytes:
        """Return the cached value for these inputs, or create and store it.

        ``kind`` is a word for the sort of entry; ``key`` holds everything that the bytes depend on, except the
        program and its tools.
        """
        value = self.get(kind, key)
        if value is None:
            value = create()
            self.put(kind, key, value)
        return value

    def get(self, kind: str, key: tuple[str | bytes, ...]) -> bytes | None:
        """Return the cached value for these inputs, or None."""
        with contextlib.suppress(OSError):
            return read_entry(self.directory(kind), entry_name(kind, key))
        return None

    def put(self, kind: str, key: tuple[str | bytes, ...], content: bytes) -> None:
        """Store a value for the next build. A disk that refuses is no fault of the book: nothing is stored then."""
        with contextlib.suppress(OSError):
            write_entry(self.directory(kind, create=True), entry_name(kind, key), content)

    def contains(self, kind: str) -> bool:
        """Return whether there is any entry of a kind, of whatever version of the program."""
        with contextlib.suppress(OSError):
            return bool(self.directory(kind).entries())
        return False

    def directory(self, kind: str, *, create: bool = False) -> Directory:
        """The open folder of a kind of entries. Raises OSError."""
        if kind not in self.kinds:
            self.kinds[kind] = opened(self.book, f"{PLACE}/{kind}", create=create)
        return self.kinds[kind]

    def clear(self) -> None:
        """Delete every entry."""
        for folder, entry in self.entries():
            with contextlib.suppress(OSError):
                folder.unlink(entry.name)

    def trim(self) -> None:
        """Delete what dead builds left, then the least recently used entries until the rest fits."""
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
        """Yield every entry with its open folder; folders that are links are left out."""
        with contextlib.suppress(OSError):
            for kind in opened(self.book, PLACE).entries():
                with contextlib.suppress(OSError):
                    folder = self.directory(kind.name)
                    yield from ((folder, entry) for entry in folder.entries())


def linked_folders(book: Path) -> list[Path]:
    """Return the symbolic links in the place of cache folders, which are not used."""
    try:
        return [book / PLACE / entry.name for entry in opened(book, PLACE).entries() if entry.is_symlink()]
    except LinkError as error:
        return [error.path]
    except OSError:
        return []


def entry_name(kind: str, key: tuple[str | bytes, ...]) -> str:
    """Return the file name of an entry."""
    return digest_of(kind, program_version(), *key)


def read_entry(folder: Directory, name: str) -> bytes | None:
    """Return an entry's content, or None if it is damaged; set its modification time to now. Raises OSError."""
    head, _, content = folder.read_bytes(name, touch=True).partition(b"\n")
    return content if head == hashlib.sha256(content).hexdigest().encode() else None


def write_entry(folder: Directory, name: str, content: bytes) -> None:
    """Write an entry atomically. Raises OSError."""
    head = hashlib.sha256(content).hexdigest().encode() + b"\n"
    folder.write_atomically(name, (head, content), mode=0o600, durable=False)


@contextlib.contextmanager
def lock(book: Path) -> Iterator[None]:
    """Hold the lock of the book's cache (flock(2)); it is released when the process ends, however that happens."""
    import fcntl

    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError), opened(book, PLACE, create=True) as folder:
            handle = folder.open_file("lock", os.O_WRONLY | os.O_CREAT)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
