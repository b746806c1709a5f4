"""The structure tree of the PDF names what its parts are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from dingben.builder.graph import build
from tests.support.books import small_book


@pytest.fixture(scope="module")
def tree(built_book: Path) -> Iterator[Any]:
    """The Document element of the full book."""
    with pikepdf.open(built_book / "build/sihai.pdf") as document:
        yield document.Root.StructTreeRoot.K[0]


def elements(element: Any, inside: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every element with the types above it."""
    for kid in element.K if isinstance(element.get("/K"), pikepdf.Array) else ():
        if not isinstance(kid, int) and "/S" in kid:
            yield inside, kid
            yield from elements(kid, (*inside, str(kid.S)))


def test_divisions_are_tagged_with_their_name_on_every_page(tree: Any) -> None:
    titles = [str(e.T) for inside, e in elements(tree) if str(e.S) == "/Sect" and not inside]
    assert list(dict.fromkeys(titles)) == [
        "halftitlepage", "titlepage", "imprint", "d01", "toc", "d02", "d03", "d04", "colophon",
    ]  # fmt: skip
    assert Counter(titles)["d02"] > 1


def test_notes_markers_and_calls_are_tagged(tree: Any) -> None:
    notes = [e for _, e in elements(tree) if str(e.S) == "/Note"]
    assert len(notes) == 3
    assert len({str(e.ID) for e in notes}) == 3
    assert all([str(inner.S) for _, inner in elements(note)].count("/Lbl") == 1 for note in notes)
    calls = [inside for inside, e in elements(tree) if str(e.S) == "/Reference"]
    assert len(calls) == 3
    assert {inside[-1] for inside in calls} <= {"/P", "/LBody"}


def test_contents_are_tagged_as_toc(tree: Any) -> None:
    items = [inside[-1] for inside, e in elements(tree) if str(e.S) == "/TOCI"]
    assert len(items) == 7
    assert set(items) == {"/TOC"}


def test_note_calls_and_notes_are_linked(tmp_path: Path) -> None:
    build(small_book(tmp_path, "# 章\n\n甲[^1]乙[^2]。\n\n[^1]: 注一。\n\n[^2]: 注二。\n"), ["pdf"])
    with pikepdf.open(tmp_path / "build/haigang.pdf") as document:
        page = next(p for p in document.pages if "/Annots" in p)
        links = {str(link.Dest): [float(n) for n in link.Rect] for link in page.Annots}
        assert sorted(links) == ["d01-fn01", "d01-fn01-call", "d01-fn02", "d01-fn02-call"]
        # the call stands high on the page, the note, which leads back to it, at the foot
        assert all(links[f"d01-fn0{n}"][1] > links[f"d01-fn0{n}-call"][1] for n in (1, 2))
