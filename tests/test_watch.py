"""Changes in a book's files are seen."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dingben import watch
from tests.books import small_book, write


def touch(folder: Path) -> None:
    """Change the time alone."""
    os.utime(folder / "source/chapters/01.md", ns=(1, 1))


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: write(folder / "source/chapters/01.md", "# 改\n"),
        lambda folder: write(folder / "source/images/a.svg", "<svg/>"),
        lambda folder: write(folder / "templates/book.html", "x"),
        lambda folder: write(folder / "styles/book.css", "x"),
        lambda folder: (folder / "source/chapters/01.md").unlink(),
        lambda folder: (folder / "source/chapters/01.md").rename(folder / "source/chapters/02.md"),
        touch,
    ],
    ids=["text", "new picture", "template", "style", "gone", "renamed", "time"],
)
def test_change_of_a_source_is_seen(tmp_path: Path, change: Callable[[Path], object]) -> None:
    folder = small_book(tmp_path)
    before = watch.state(folder)
    change(folder)
    assert watch.state(folder) != before


def test_outputs_are_not_watched(tmp_path: Path) -> None:
    folder = small_book(tmp_path)
    before = watch.state(folder)
    write(folder / "build/a.pdf", "x")
    assert watch.state(folder) == before


def test_dangling_link_does_no_harm(tmp_path: Path) -> None:
    folder = small_book(tmp_path)
    before = watch.state(folder)
    (folder / "source/chapters/.#01.md").symlink_to("nowhere")
    assert watch.state(folder).keys() == before.keys()


def test_once_at_the_beginning_and_once_after_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PAUSE", 0.01)
    folder = small_book(tmp_path)
    rounds = watch.changes(folder)
    next(rounds)
    saved = threading.Event()

    def save() -> None:
        saved.set()
        write(folder / "source/chapters/01.md", "# 改\n")

    timer = threading.Timer(0.1, save)
    timer.start()
    next(rounds)
    timer.join()
    assert saved.is_set()
