"""Containers of a bag: a folder, or a ZIP file with one folder, read without trusting either.

Both give paths with sizes, and content in chunks. A symbolic link, a device, a duplicate path, an entry outside the
folder or a ZIP bomb is reported before a byte is unpacked. ZIP: APPNOTE 6.3
(https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from dingben.diagnostics import Location
from dingben.errors import ArchiveError

CHUNK = 1 << 20
"""Bytes read at a time."""

MAX_BYTES = 16 * 1024**3
"""Total unpacked size of a bag in bytes."""

MAX_FILES = 200_000

MAX_RATIO = 200
"""Allowed compression ratio of a file above 1 MB: text reaches 30, the maximum of deflate is 1032."""


class Container(Protocol):
    """The files of a bag."""

    sizes: Mapping[str, int]
    """Size in bytes by path, sorted by path."""
    problems: list[tuple[str, str]]
    """Reasons not to read it: (path, message)."""

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the content of a file in chunks. Raises ArchiveError where it is unreadable."""


class FolderContainer:
    """A bag as a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[tuple[str, str]] = []
        self.sizes: Mapping[str, int] = dict(sorted(self.walk(path, "")))

    def walk(self, folder: Path, below: str) -> Iterator[tuple[str, int]]:
        """Yield path and size of each file; symbolic links are never followed."""
        for entry in sorted(os.scandir(folder), key=lambda e: e.name):
            name = below + entry.name
            if entry.is_symlink():
                self.problems.append((name, "a symbolic link"))
            elif entry.is_dir(follow_symlinks=False):
                yield from self.walk(Path(entry.path), f"{name}/")
            elif entry.is_file(follow_symlinks=False):
                yield name, entry.stat(follow_symlinks=False).st_size
            else:
                self.problems.append((name, "no file: a device, a pipe or a socket"))

    def chunks(self, name: str) -> Iterator[bytes]:
        try:
            with (self.path / name).open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except OSError as error:
            raise ArchiveError(f"can't be read: {error.strerror}", location=Location(self.path / name)) from error


class ZipContainer:
    """A bag as a ZIP file, with everything in one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[tuple[str, str]] = []
        if path.exists() and not path.is_file():  # it may never end
            raise ArchiveError("a device, a pipe or a socket is no bag", location=Location(path))
        try:
            self.archive = zipfile.ZipFile(path)
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
            raise ArchiveError(
                f"is not a ZIP file: {error}", location=Location(path), hint="Get another copy."
            ) from error
        entries = self.archive.infolist()
        tops = {entry.filename.split("/")[0] for entry in entries}
        self.top = min(tops) if len(tops) == 1 else ""
        if not self.top or any("/" not in entry.filename for entry in entries):
            self.problems.append(("", "a bag's ZIP file holds one folder, and nothing beside it"))
        self.entries = self.validate_entries(entries)
        self.sizes: Mapping[str, int] = {name: entry.file_size for name, entry in sorted(self.entries.items())}

    def validate_entries(self, entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        """Return the entries by path below the folder, and report problems."""
        found: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            name = entry.orig_filename.removeprefix(f"{self.top}/") if self.top else entry.orig_filename
            if fault := self.fault(entry):
                self.problems.append((name, fault))
            if entry.is_dir():
                continue
            if name in found:
                self.problems.append((name, "stands in the ZIP file twice"))
            found[name] = entry
        if len(entries) > MAX_FILES:
            self.problems.append(("", f"more than {MAX_FILES} files"))
        if sum(e.file_size for e in entries) > MAX_BYTES:
            self.problems.append(("", f"a ZIP bomb: more than {MAX_BYTES // 1024**3} GB unpacked"))
        for one, two in pairwise(sorted(entries, key=lambda e: e.header_offset)):
            if one.header_offset + 30 + len(one.filename.encode()) + one.compress_size > two.header_offset:
                self.problems.append((two.filename, "a ZIP bomb: files share the same bytes"))
                break
        return found

    def fault(self, entry: zipfile.ZipInfo) -> str:
        """Return what is wrong with an entry, "" where nothing is."""
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind == stat.S_IFLNK:
            return "a symbolic link"
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            return "no file: a device, a pipe or a socket"
        if entry.flag_bits & 1:
            return "is encrypted"
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return f"is packed by method {entry.compress_type}; only deflate is known"
        if entry.file_size > 1_000_000 and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            return f"a ZIP bomb: {entry.file_size} bytes from {entry.compress_size}"
        return ""

    def chunks(self, name: str) -> Iterator[bytes]:
        place = Location(self.path / name)
        try:
            with self.archive.open(self.entries[name]) as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
            raise ArchiveError(f"can't be unpacked: {error}", location=place) from error


def make_zip(files: Mapping[str, bytes], folder: str, when: datetime) -> bytes:
    """A ZIP file of ``files`` in ``folder``: the same bytes every time, ``when`` (UTC) as the time of each."""
    out = io.BytesIO()
    time = max(when.timetuple()[:6], (1980, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(f"{folder}/{name}", time)
            packed = name.endswith((".pdf", ".epub", ".jpg", ".jpeg", ".png", ".webp"))
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.create_system = 3
            archive.writestr(info, content, compresslevel=9)
    return out.getvalue()
