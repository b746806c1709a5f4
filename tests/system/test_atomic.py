"""An output appears only when it is whole; the last good one stays otherwise."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

from dingben.errors import ToolError
from dingben.system.atomic import remove_leftovers, write_file, write_folder
from dingben.system.directory import Directory


def full_disk(*_: Any, **__: Any) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(*_: Any, **__: Any) -> NoReturn:
    raise KeyboardInterrupt


def names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def test_write_file_creates_folders_with_default_mode(tmp_path: Path) -> None:
    write_file(tmp_path, "a/b.pdf", b"new")
    assert (tmp_path / "a/b.pdf").read_bytes() == b"new"
    assert (tmp_path / "a/b.pdf").stat().st_mode & 0o777 == 0o644
    assert names(tmp_path) == ["a", "a/b.pdf"]


def test_write_file_replaces_the_old_file(tmp_path: Path) -> None:
    write_file(tmp_path, "b.pdf", b"old")
    write_file(tmp_path, "b.pdf", b"new")
    assert (tmp_path / "b.pdf").read_bytes() == b"new"


@pytest.mark.parametrize("target", ["os.fdopen", "os.replace", "os.fchmod"])
def test_full_disk_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    path = tmp_path / "b.pdf"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(target, full_disk)
        with pytest.raises(ToolError, match="the disk is full") as caught:
            write_file(tmp_path, "b.pdf", b"new")
    assert caught.value.exit_code == 4
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["b.pdf"]


def test_interrupted_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "b.pdf"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr("os.replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_file(tmp_path, "b.pdf", b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["b.pdf"]


def test_truncated_file_never_appears(tmp_path: Path) -> None:
    path = tmp_path / "b.pdf"
    path.write_bytes(b"old")
    code = (
        "import resource, signal, sys; from pathlib import Path; from dingben.system.atomic import write_file\n"
        "from dingben.errors import ToolError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n    write_file(Path(sys.argv[1]), 'b.pdf', b'x' * 100000)\n"
        "except ToolError as error:\n    sys.exit(f'{error.exit_code} {error}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stderr.startswith("4 ")
    assert "the disk is full" in done.stderr
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["b.pdf"]


def test_folder_in_place_of_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "b.pdf").mkdir()
    with pytest.raises(ToolError, match="can't be written"):
        write_file(tmp_path, "b.pdf", b"new")
    assert names(tmp_path) == ["b.pdf"]


def test_write_folder_replaces_the_folder(tmp_path: Path) -> None:
    write_folder(tmp_path, "web", {"index.html": b"1", "old.html": b"1", "a/b.css": b"1"})
    write_folder(tmp_path, "web", {"index.html": b"2", "c/d/e.css": b"2"})
    assert names(tmp_path) == ["web", "web/c", "web/c/d", "web/c/d/e.css", "web/index.html"]
    assert (tmp_path / "web/index.html").read_bytes() == b"2"


def test_write_folder_uses_default_modes(tmp_path: Path) -> None:
    write_folder(tmp_path, "web", {"index.html": b"1"})
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "web").stat().st_mode & 0o777 == 0o777 & ~mask


@pytest.mark.parametrize("target", ["os.fdopen", "os.replace"])
def test_full_disk_keeps_the_old_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    write_folder(tmp_path, "web", {"index.html": b"old"})
    with monkeypatch.context() as patch:
        patch.setattr("dingben.system.directory.Directory.exchange", lambda *_: False)
        patch.setattr(target, full_disk)
        with pytest.raises(ToolError, match="the disk is full"):
            write_folder(tmp_path, "web", {"index.html": b"new"})
    assert names(tmp_path) == ["web", "web/index.html"]
    assert (tmp_path / "web/index.html").read_bytes() == b"old"


def test_old_folder_is_restored_if_the_swap_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path, "web", {"index.html": b"old"})
    rename = Directory.rename

    def refuse_the_new(self: Directory, name: str, folder: Directory, other: str) -> None:
        return full_disk() if name == "new" else rename(self, name, folder, other)

    with monkeypatch.context() as patch:
        patch.setattr(
            "dingben.system.directory.Directory.exchange", lambda *_: False
        )  # as where the system can't exchange folders
        patch.setattr(Directory, "rename", refuse_the_new)
        with pytest.raises(ToolError):
            write_folder(tmp_path, "web", {"index.html": b"new"})
    assert names(tmp_path) == ["web", "web/index.html"]
    assert (tmp_path / "web/index.html").read_bytes() == b"old"


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is Linux's")
def test_folders_are_exchanged_atomically(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a/of-a").touch()
    folder = Directory.of(tmp_path)
    assert folder.exchange("a", folder, "b")
    assert names(tmp_path) == ["a", "b", "b/of-a"]
    assert not folder.exchange("a", folder, "missing")


def test_leftovers_of_killed_builds_are_removed(tmp_path: Path) -> None:
    write_file(tmp_path, "build/.b.pdf.abcdefgh", b"half")
    write_folder(tmp_path, "build/.web.abcdefgh", {"new/index.html": b"half"})
    write_file(tmp_path, "build/.c.pdf.abcdefgh", b"being written now")
    for name in (".b.pdf.abcdefgh", ".web.abcdefgh"):
        os.utime(tmp_path / "build" / name, (1, 1))
    remove_leftovers(tmp_path, "build")
    assert names(tmp_path / "build") == [".c.pdf.abcdefgh"]
