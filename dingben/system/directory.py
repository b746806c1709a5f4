"""Open folders of a book, in which files are written, renamed and deleted without following symbolic links.

A path that is checked and then used can be exchanged for a link in between (CWE-59, CWE-367). So a
folder is opened once, component by component from the book's folder, with O_NOFOLLOW, and all that
is done in it is done relative to the open folder (openat(2),
https://pubs.opengroup.org/onlinepubs/9699919799/functions/open.html). The book's folder itself may
be reached through a link; below it there is none where dingben writes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType

EXCHANGE = 2
"""RENAME_EXCHANGE of Linux's renameat2 (https://man7.org/linux/man-pages/man2/rename.2.html)."""


class LinkError(OSError):
    """A symbolic link where a folder of the book should be. ``top``: the first name of its path below the book."""

    def __init__(self, path: Path, top: str) -> None:
        super().__init__(errno.ELOOP, "is a link", str(path))
        self.path, self.top = path, top


class Directory:
    """An open folder. Names are relative to it, with ``/`` between folders; every method may raise OSError.

    ``path`` is only for messages; ``top`` is the first name of the path below the book.
    """

    def __init__(self, handle: int, path: Path, top: str = "") -> None:
        self.handle, self.path, self.top = handle, path, top

    @classmethod
    def of(cls, path: Path, *, create: bool = False) -> Directory:
        """The folder at ``path``, which may be reached through links: a path that the user has named."""
        if create:
            path.mkdir(parents=True, exist_ok=True)
        return cls(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), path)

    def __enter__(self) -> Directory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Let the folder go."""
        handle, self.handle = self.handle, -1
        if handle >= 0:
            os.close(handle)

    # -- folders

    def subdirectory(self, name: str, *, create: bool = False) -> Directory:
        """The folder ``name`` below this one, made where it is missing if ``create``. Raises LinkError."""
        found = Directory(os.dup(self.handle), self.path, self.top)
        for part in parts(name):
            found = found.child(part, create=create)
        return found

    def child(self, name: str, *, create: bool) -> Directory:
        path, top = self.path / name, self.top or name
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return Directory(os.open(name, flags, dir_fd=self.handle), path, top)
        except FileNotFoundError:
            if not create:
                raise
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, dir_fd=self.handle)
            return self.child(name, create=False)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR) and self.is_link(name):
                raise LinkError(path, top) from error
            raise

    def parent_of(self, name: str, *, create: bool = False) -> tuple[Directory, str]:
        """The folder that holds ``name``, and its last part."""
        *above, last = parts(name)
        return (self.subdirectory("/".join(above), create=create) if above else self), last

    def entries(self) -> list[os.DirEntry[str]]:
        """What is in the folder."""
        with os.scandir(self.handle) as found:
            return list(found)

    def status(self, name: str) -> os.stat_result | None:
        """The status of a file, a folder or a link itself; None where there is no such name."""
        try:
            return os.stat(name, dir_fd=self.handle, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def is_link(self, name: str) -> bool:
        """Whether ``name`` is a symbolic link."""
        status = self.status(name)
        return status is not None and stat.S_ISLNK(status.st_mode)

    def refuse_link(self, name: str) -> None:
        """Raise LinkError where ``name`` is a link."""
        if self.is_link(name):
            raise LinkError(self.path / name, self.top or name)

    # -- files

    def open_file(self, name: str, flags: int, mode: int = 0o666) -> int:
        """A handle of the regular file ``name``, never of what a link leads to, nor of a pipe or a device."""
        handle = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode, dir_fd=self.handle)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(errno.EINVAL, "is not a regular file", str(self.path / name))
        return handle

    def read_bytes(self, name: str, *, touch: bool = False) -> bytes:
        """The content of a file. ``touch``: its time is set to now."""
        with os.fdopen(self.open_file(name, os.O_RDONLY), "rb") as file:
            content = file.read()
            if touch:
                os.utime(file.fileno())
        return content

    def write_new(self, name: str, data: bytes | Iterable[bytes]) -> None:
        """Write a file that isn't there yet, in folders that are made where they are missing."""
        folder, last = self.parent_of(name, create=True)
        with os.fdopen(folder.open_file(last, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)

    def write_atomically(
        self, name: str, data: bytes | Iterable[bytes], *, mode: int = 0o644, durable: bool = True
    ) -> None:
        """Put a file in its place in one step: written beside it, then renamed; a link there is replaced itself.

        ``durable``: the content is on the disk (fsync) before the file takes its place.
        """
        folder, last = self.parent_of(name, create=True)
        temporary = temporary_name(last)
        handle = folder.open_file(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines((data,) if isinstance(data, bytes) else data)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
                os.fchmod(file.fileno(), mode)
            folder.rename(temporary, folder, last)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                folder.unlink(temporary)
            raise

    def unlink(self, name: str) -> None:
        """Delete a file, or a link itself."""
        folder, last = self.parent_of(name)
        os.unlink(last, dir_fd=folder.handle)

    def remove(self, name: str) -> None:
        """Delete a file, a link itself, or a folder with all that is in it."""
        status = self.status(name)
        if status is not None and stat.S_ISDIR(status.st_mode):
            shutil.rmtree(name, dir_fd=self.handle)
        else:
            self.unlink(name)

    # -- changing places

    def rename(self, name: str, folder: Directory, other: str) -> None:
        """Let ``name`` be ``other`` in ``folder``; a file or link there is replaced."""
        os.replace(name, other, src_dir_fd=self.handle, dst_dir_fd=folder.handle)

    def exchange(self, name: str, folder: Directory, other: str) -> bool:
        """Let ``name`` and ``other`` in ``folder`` change places at one stroke; False where the system can't.

        No moment has none of them. Links are exchanged themselves.
        """
        import ctypes

        try:
            renameat2 = ctypes.CDLL(None).renameat2
        except (AttributeError, OSError):
            return False
        one, two = os.fsencode(name), os.fsencode(other)
        return bool(renameat2(self.handle, one, folder.handle, two, EXCHANGE) == 0)

    @contextlib.contextmanager
    def scratch(self, name: str) -> Iterator[Directory]:
        """A new folder beside ``name``, closed to others, that is deleted in the end."""
        temporary = temporary_name(name)
        os.mkdir(temporary, 0o700, dir_fd=self.handle)
        try:
            with self.subdirectory(temporary) as folder:
                yield folder
        finally:
            shutil.rmtree(temporary, ignore_errors=True, dir_fd=self.handle)

    def share_with(self, other: Directory) -> None:
        """Fill ``other`` with the same files (hard links; copies where the disk has none), and links as they are."""
        for entry in self.entries():
            if entry.is_symlink():
                os.symlink(os.readlink(entry.name, dir_fd=self.handle), entry.name, dir_fd=other.handle)
            elif entry.is_dir(follow_symlinks=False):
                with self.subdirectory(entry.name) as one, other.subdirectory(entry.name, create=True) as two:
                    one.share_with(two)
            else:
                self.share(entry.name, other)
        status = os.fstat(self.handle)
        os.fchmod(other.handle, stat.S_IMODE(status.st_mode))
        os.utime(other.handle, ns=(status.st_atime_ns, status.st_mtime_ns))

    def share(self, name: str, other: Directory) -> None:
        """Let ``name`` in ``other`` be the same file as here, or a copy of it."""
        try:
            os.link(name, name, src_dir_fd=self.handle, dst_dir_fd=other.handle, follow_symlinks=False)
        except OSError:
            with os.fdopen(self.open_file(name, os.O_RDONLY), "rb") as file:
                status = os.fstat(file.fileno())
                copy = other.open_file(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
                with os.fdopen(copy, "wb") as target:
                    shutil.copyfileobj(file, target)
                    target.flush()
                    os.fchmod(copy, stat.S_IMODE(status.st_mode))
                    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))


def opened(book: Path, name: str = "", *, create: bool = False) -> Directory:
    """The folder ``name`` below the book's folder. ``create``: both are made where they are missing. Raises OSError."""
    with Directory.of(book, create=create) as root:
        return root.subdirectory(name, create=create)


def parts(name: str) -> tuple[str, ...]:
    """The parts of a relative name. Raises OSError where it leads up or is absolute."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise OSError(errno.EINVAL, "is outside its folder", name)
    return path.parts


def temporary_name(name: str) -> str:
    """A hidden name that nobody has, for what is being written beside ``name``."""
    return f".{name}.{os.urandom(4).hex()}"
