"""Outputs appear only when they are whole: written beside, then renamed.

A build that dies leaves the last good edition. Faults of the disk are told as such.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dingben.cache import ABANDONED
from dingben.errors import ToolError


@contextlib.contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn the disk's errors while writing ``path`` into ToolError."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        reason = "the disk is full" if full else (error.strerror or str(error))
        hint = "Make room and run it again." if full else "Check the folder's permissions."
        raise ToolError(f"{path} can't be written: {reason}", hint=f"{hint} The last good one is untouched.") from error


def write_file(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Put ``data``, whole or in pieces, at ``path`` in one step. Raises ToolError where the disk refuses."""
    with disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines((data,) if isinstance(data, bytes) else data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Put a folder of ``files`` (by relative name) at ``path``; the old one stays until the new one is whole."""
    with disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        try:
            new, old = scratch / "new", scratch / "old"
            for name, data in files.items():
                target = new / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            if not exchanged(new, path):
                if path.exists():
                    path.rename(old)
                try:
                    new.rename(path)
                except OSError:
                    if old.exists():
                        old.rename(path)
                    raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def write_into(path: Path, files: Mapping[str, bytes | Iterable[bytes]], without: Iterable[str] = ()) -> None:
    """Put ``files`` into the folder at ``path``, which keeps its others but those ``without``, at one stroke.

    A copy that shares the kept files is completed beside it, then the two change places. Where the
    system can't do that, each file is put in its place by itself, in the order given.
    """
    real = path.resolve()
    with disk(path):
        real.parent.mkdir(parents=True, exist_ok=True)
        sweep(real.parent, real.name)
        scratch = Path(tempfile.mkdtemp(prefix=f".{real.name}.", dir=real.parent))
        try:
            new = scratch / "new"
            if real.is_dir():
                shutil.copytree(real, new, symlinks=True, copy_function=linked)
            else:
                new.mkdir()
            for name in without:
                (new / name).unlink()
            for name, data in files.items():
                write_file(new / name, data)
            if not real.exists():
                new.rename(real)
            elif not exchanged(new, real):
                for name in files:
                    (real / name).parent.mkdir(parents=True, exist_ok=True)
                    (new / name).replace(real / name)
                for name in without:
                    (real / name).unlink()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def linked(source: str, target: str) -> str:
    """Let ``target`` be the same file as ``source``; a copy of it where the disk has no links."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
    return target


def exchanged(one: Path, two: Path) -> bool:
    """Let two folders change places at one stroke, so that no moment has none; False where the system can't.

    renameat2 with RENAME_EXCHANGE is Linux's (https://man7.org/linux/man-pages/man2/rename.2.html).
    """
    import ctypes

    here, exchange = -100, 2
    try:
        renameat2 = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError):
        return False
    return bool(renameat2(here, os.fsencode(one), here, os.fsencode(two), exchange) == 0)


def sweep(folder: Path, name: str = "*") -> None:
    """Delete what killed builds left half written beside the outputs; of those called ``name`` only, if given."""
    for path in folder.glob(f".{name}.????????"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()
