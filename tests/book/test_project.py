"""A new book project, and clearing away what was built."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book.project import FILES, clean, new_project
from dingben.book.reader import read_book
from dingben.document.reader import read_fragments
from dingben.errors import UsageError
from dingben.theme.stylesheets import check_styles
from tests.support.books import small_book, write


def test_new_project_has_no_diagnostics(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    made = new_project(folder)
    assert {p.relative_to(folder).as_posix() for p in made} == set(FILES.values())
    fragments = read_fragments(read_book(folder))
    assert len(fragments) == 2
    assert not [f for fragment in fragments for f in fragment.findings]
    check_styles(folder)
    assert all((folder / name).is_dir() for name in ("source/images", "templates", "build"))


def test_new_project_in_an_empty_folder(tmp_path: Path) -> None:
    assert new_project(tmp_path)


@pytest.mark.parametrize("name", ["a.txt", ".git"])
def test_new_project_refuses_a_folder_with_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(UsageError, match="is not empty") as caught:
        new_project(tmp_path)
    assert caught.value.exit_code == 2
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_new_project_refuses_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "x")
    with pytest.raises(UsageError):
        new_project(path)
    assert path.read_text() == "x"


def test_clean_keeps_readme_and_sources(tmp_path: Path) -> None:
    folder = small_book(tmp_path)
    for name in ("README.md", "a.pdf", "web/index.html", ".cache/outputs.json"):
        write(folder / "build" / name, "x")
    before = sorted(p for p in (folder / "source").rglob("*"))
    assert sorted(p.name for p in clean(folder)) == [".cache", "a.pdf", "web"]
    assert [p.name for p in (folder / "build").iterdir()] == ["README.md"]
    assert sorted(p for p in (folder / "source").rglob("*")) == before


def test_clean_deletes_a_link_but_not_its_target(tmp_path: Path) -> None:
    folder = small_book(tmp_path / "book")
    kept = write(tmp_path / "kept/a", "x")
    (folder / "build").mkdir()
    (folder / "build/web").symlink_to(kept.parent)
    clean(folder)
    assert kept.is_file()


def test_clean_without_a_build_does_nothing(tmp_path: Path) -> None:
    assert clean(small_book(tmp_path)) == ()


def test_clean_refuses_a_folder_without_a_book(tmp_path: Path) -> None:
    kept = write(tmp_path / "build/a", "x")
    with pytest.raises(UsageError, match="is not a book project"):
        clean(tmp_path)
    assert kept.is_file()


def test_clean_does_not_follow_a_linked_build_folder(tmp_path: Path) -> None:
    folder = small_book(tmp_path / "book")
    kept = write(tmp_path / "kept/a", "x")
    (folder / "build").symlink_to(kept.parent)
    with pytest.raises(UsageError, match="is a link"):
        clean(folder)
    assert kept.is_file()
