"""PDF structure, EPUB and TEI of nested markup conform to their standards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from PIL import Image

from dingben.builder.graph import build
from dingben.verification import schemas
from dingben.verification.checkers import epubcheck, library_missing, verapdf_library
from tests.support.books import PARAGRAPH, small_book
from tests.support.markdowns import chapters

MAY_HOLD = {
    "/LI": {"/Lbl", "/LBody"},
    "/L": {"/LI", "/L", "/Caption"},
    "/Table": {"/TBody", "/THead", "/TFoot", "/TR", "/Caption"},
    "/TBody": {"/TR"},
    "/THead": {"/TR"},
    "/TR": {"/TH", "/TD"},
}
"""What elements of the structure may have as kids: PDF 32000-1:2008, tables 336 and 337; ISO 14289-1, 7.5 and 7.6."""


def illustrated(folder: Path, text: str) -> Path:
    book = small_book(folder, text)
    (book / "source/images").mkdir()
    Image.new("RGB", (40, 40), "grey").save(book / "source/images/p.png")
    return book


def elements(element: Any) -> Iterator[Any]:
    """The elements below one."""
    for kid in element.K if isinstance(element.get("/K"), pikepdf.Array) else ():
        if not isinstance(kid, int) and "/S" in kid:
            yield kid
            yield from elements(kid)


def faults(document: pikepdf.Pdf) -> list[str]:
    """Elements with kids that they may not have or not name as their parent, and links that no Link holds."""
    found = []
    for element in elements(document.Root.StructTreeRoot.K[0]):
        kids = [kid for kid in element.K if not isinstance(kid, int) and "/S" in kid]
        may = MAY_HOLD.get(str(element.S))
        found += [f"{element.S} holds {kid.S}" for kid in kids if may and str(kid.S) not in may]
        found += [f"{kid.S} is lost" for kid in kids if kid.P.objgen != element.objgen]
        if element.S == "/Table" and {str(kid.S) for kid in kids} & {"/THead", "/TBody"} == {"/THead"}:
            found.append("a table with a head and without a body")
    numbers = list(document.Root.StructTreeRoot.ParentTree.Nums)
    parents = dict(zip(map(int, numbers[::2]), numbers[1::2], strict=True))
    for page in document.pages:
        for link in page.get("/Annots", ()):
            holder = parents[int(link.StructParent)]
            if holder.S != "/Link":
                found.append(f"{holder.S} holds the link to {link.get('/Dest') or link.A.URI}")
    return found


def deep(text: str, levels: int) -> str:
    """A block in quotations in each other, which leave it no width."""
    return text if not levels else "> " + deep(text, levels - 1).replace("\n", "\n> ")


WAYS = {
    "loose": "- 甲\n\n- 乙\n\n  丙",
    "blocks in items": "- > 引文\n- ```\n  x\n  ```\n- ![图](images/p.png)\n- 甲\n\n      1. 乙\n\n      2. 丙\n- ## 题",
    "definitions": "甲\n:   乙\n\n:   丙\n\n    丁",
    "head only": "| 甲 | 乙 |\n|---|---|",
    "a long cell": f"| 甲 | 乙 |\n|---|---|\n| 一 | 二 |\n| {PARAGRAPH * 30} | {PARAGRAPH * 14} |\n| 三 | 四 |",
    "a tall head": f"| {PARAGRAPH * 30} | 乙 |\n|---|---|\n| 一 | 二 |",
    "deep": deep(f"| {PARAGRAPH} | 乙 |\n|---|---|\n| 甲 | {PARAGRAPH} |", 10),
    "links": "[*甲*乙**丙**](http://e.org/) [`x`](http://e.org/) [甲^2^](#c1) [![图](images/p.png)](http://e.org/)",
    "notes": "甲*乙^[注[丙](http://e.org/)]*\n\n## 题^[注]\n\n- 甲^[注]\n\n- 乙",
}


@pytest.mark.parametrize("way", WAYS)
def test_structure_elements_have_allowed_children(way: str, tmp_path: Path) -> None:
    build(illustrated(tmp_path, f"# 第一章 {{#c1}}\n\n{WAYS[way]}\n\n末段。\n"), ["pdf"])
    with pikepdf.open(tmp_path / "build/haigang.pdf") as document:
        assert faults(document) == []


def test_link_annotation_covers_a_linked_image(tmp_path: Path) -> None:
    build(illustrated(tmp_path, "# 章\n\n文[图![图](images/p.png){width=4cm}](http://e.org/)。\n"), ["pdf"])
    with pikepdf.open(tmp_path / "build/haigang.pdf") as document:
        (link,) = [link for page in document.pages for link in page.get("/Annots", ())]
        left, one, right, other = (float(n) for n in link.Rect)
        assert abs(other - one) > 113  # 4 cm, in points
        assert right - left > 120


@pytest.mark.slow
@given(chapters)
@settings(max_examples=6, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_random_markdown_passes_the_checkers(need: Callable[[str, str], str], text: str) -> None:
    if missing := library_missing():
        need("javac", missing)
    with tempfile.TemporaryDirectory() as name:
        folder = illustrated(Path(name), text)
        build(folder, ["pdf", "epub", "tei"])
        with pikepdf.open(folder / "build/haigang.pdf") as document:
            assert faults(document) == []
        assert verapdf_library(folder / "build/haigang.pdf").messages == ()
        assert epubcheck(folder / "build/haigang.epub").messages == ()
        assert not schemas.tei_messages((folder / "build/haigang.xml").read_bytes())
