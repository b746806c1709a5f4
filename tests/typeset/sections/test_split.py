"""The book set in parts, held against the book laid out in one piece."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.builder.graph import build
from dingben.errors import RenderError, SourceError, ToolError
from dingben.formats.pdf import screen as printing
from dingben.formats.pdf.read_text import text_of_pdf
from dingben.system.cache import Cache
from dingben.typeset import book as book_layout
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.options import LayoutOptions
from dingben.typeset.page import typeset_page
from dingben.typeset.records import TypesetResult
from dingben.typeset.sections import split, workers
from dingben.typeset.sections.layout import SectionLayout
from dingben.typeset.sections.split import split_sections
from tests.support.books import full_book, small_book

DIVISION = '[[division]]\nmatter = "{}"\nrole = "{}"\n{}'
FILLER = "\n\n".join(["海港的研究，向来以“档案”与方志为主。" * 12] * 9)


def chapters(folder: Path, count: int = 3, css: str = "", more: str = "") -> Path:
    """A book of several chapters with all that crosses from one to the next, a preface before and one after the contents."""
    rows = [DIVISION.format("front", "titlepage", ""), DIVISION.format("front", "imprint", "")]
    rows += [DIVISION.format("front", "preface", 'file = "chapters/00.md"\n'), DIVISION.format("front", "toc", "")]
    rows += [DIVISION.format("front", "preface", 'file = "chapters/000.md"\n')]
    rows += [DIVISION.format("body", "chapter", f'file = "chapters/{n:02d}.md"\n') for n in range(2, count + 1)]
    rows += [DIVISION.format("back", "colophon", "")]
    head, last = "\n".join(rows[:5]), "\n".join(rows[5:])
    book = small_book(folder, chapter(1, count), more=f"{more}\n{head}")
    (folder / "source/book.toml").write_text(f"{(folder / 'source/book.toml').read_text('utf-8')}\n{last}", "utf-8")
    for name, text in (
        ("00", "# 前言\n\n见[末章](#c1)。"),
        ("000", f"# 再序\n\n{FILLER}\n\n{FILLER}\n\n再序[^1]。\n\n[^1]: 注"),
    ):
        (folder / f"source/chapters/{name}.md").write_text(text + "\n", "utf-8")
    for number in range(2, count + 1):
        (folder / f"source/chapters/{number:02d}.md").write_text(chapter(number, count), "utf-8")
    if css:
        (folder / "styles").mkdir()
        (folder / "styles/book.css").write_text(css, "utf-8")
    return book


def chapter(number: int, count: int) -> str:
    """A chapter with a table, notes, a link to the next chapter and one back."""
    other = number % count + 1
    return (
        f"# 第{'一二三四五六七八九'[number - 1]}章 港 {{#c{number}}}\n\n见[他章](#c{other})[^1]，又[前言](#s{number})。\n\n"
        f"## 第一节 城 {{#s{number}}}\n\n{FILLER * (1 + number % 2)}\n\n| 年 | 船 |\n|---|---|\n| 1405 | 二 |\n\n"
        f'末[^2]。\n\n### 细目\n\n汉⾔[字]{{ruby="zì"}}。\n\n[^1]: 注一\n\n[^2]: 注二\n'
    )


def typeset(book: Path, jobs: int = 1) -> TypesetResult:
    edition = BuildContext(read_book(book), [], jobs=jobs)
    try:
        return printing.make_pdf(edition)
    finally:
        edition.session.finish()


def in_one_piece(book: Path, monkeypatch: pytest.MonkeyPatch) -> TypesetResult:
    with monkeypatch.context() as patch:
        patch.setattr(book_layout, "split_sections", refuse)
        return typeset(book)


def refuse(*_: Any) -> Any:
    raise NotSplittableError("as the test asks")


def delete_build(book: Path) -> None:
    shutil.rmtree(book / "build", ignore_errors=True)


@pytest.fixture
def in_sections_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way back to one piece, and another process for any book."""
    monkeypatch.setattr(book_layout, "typeset_page", lambda *_, **__: pytest.fail("laid out in one piece"))
    monkeypatch.setattr(workers, "CHARACTERS_PER_WORKER", 1)
    monkeypatch.setattr(split, "SMALL", 100)


def facts(data: bytes) -> dict[str, Any]:
    """What a PDF's reader sees besides the pages: outline, links, labels, names, structure."""
    with pikepdf.open(io.BytesIO(data)) as document, document.open_outline() as outline:
        page_indexes: dict[Any, int] = {page.objgen: i for i, page in enumerate(document.pages)}

        def entries(items: Any) -> list[Any]:
            return [
                (i.title, page_indexes[i.destination[0].objgen], place(i.destination), entries(i.children))
                for i in items
            ]

        def place(destination: Any) -> list[float]:
            return [float(number) for number in list(destination)[2:]]

        names = list(document.Root.Names.Dests.Names)
        parent_tree = list(pikepdf.NumberTree(document.Root.StructTreeRoot.ParentTree).items())
        identifiers = [str(o.ID) for o in document.objects if isinstance(o, pikepdf.Dictionary) and "/ID" in o]
        keys = [key for key, _ in parent_tree]
        assert len(set(identifiers)) == len(identifiers)
        assert keys == sorted(set(keys))
        return {
            "outline": entries(outline.root),
            "labels": str(document.Root.PageLabels.Nums[2]),
            "links": [
                [(str(a.get("/Dest")), [round(float(x), 2) for x in a.Rect]) for a in page.obj.get("/Annots", [])]
                for page in document.pages
            ],
            "names": [
                (str(n), page_indexes[d[0].objgen], place(d)) for n, d in zip(names[::2], names[1::2], strict=True)
            ],
            "tree": list(elements(document.Root.StructTreeRoot.K, page_indexes)),
            "root": sorted(document.Root.keys()),
            "metadata": document.Root.Metadata.read_bytes(),
            "info": {key: str(value) for key, value in document.docinfo.items()},
            "identifiers": len(identifiers),
            "parents": sorted(len(value) if isinstance(value, pikepdf.Array) else 0 for _, value in parent_tree),
        }


def elements(element: Any, page_indexes: dict[Any, int]) -> Iterator[Any]:
    """The structure tree, flat: types, titles, pages, numbers of marked content."""
    if isinstance(element, pikepdf.Array):
        for kid in element:
            yield from elements(kid, page_indexes)
    elif isinstance(element, pikepdf.Dictionary):
        page = page_indexes[element.Pg.objgen] if "/Pg" in element else None
        yield str(element.get("/S")), str(element.get("/T", "")), page
        if "/K" in element:
            yield from elements(element.K, page_indexes)
    else:
        yield int(element)


def pictures(data: bytes) -> list[bytes]:
    """Every page as it looks."""
    document = pypdfium2.PdfDocument(data)
    return [bytes(page.render(scale=1.5, grayscale=True).buffer) for page in document]


def assert_same(one: TypesetResult, other: TypesetResult) -> None:
    assert one.page_count == other.page_count
    assert one.warnings == other.warnings
    first, second = facts(one.pdf), facts(other.pdf)
    assert first == second
    assert text_of_pdf(one.pdf) == text_of_pdf(other.pdf)
    shown = zip(pictures(one.pdf), pictures(other.pdf), strict=True)
    assert [side for side, (a, b) in enumerate(shown) if a != b] == []


@pytest.mark.usefixtures("in_sections_only")
def test_book_in_sections_equals_book_in_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = chapters(tmp_path)
    monkeypatch.undo()
    whole = in_one_piece(book, monkeypatch)
    monkeypatch.setattr(book_layout, "typeset_page", lambda *_, **__: pytest.fail("laid out in one piece"))
    monkeypatch.setattr(split, "SMALL", 100)
    assert_same(typeset(book), whole)


@pytest.mark.slow
def test_full_book_in_sections_equals_full_book_in_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = full_book(tmp_path)
    whole = in_one_piece(book, monkeypatch)
    monkeypatch.setattr(book_layout, "typeset_page", lambda *_, **__: pytest.fail("laid out in one piece"))
    assert_same(typeset(book), whole)


@pytest.mark.slow
@pytest.mark.usefixtures("in_sections_only")
def test_bytes_do_not_depend_on_processes_and_cache(tmp_path: Path) -> None:
    book = chapters(tmp_path)
    one = typeset(book, jobs=1)
    delete_build(book)
    two = typeset(book, jobs=2)
    cached = typeset(book, jobs=2)
    assert one.pdf == two.pdf == cached.pdf


@pytest.mark.slow
@pytest.mark.usefixtures("in_sections_only")
def test_only_changed_sections_are_laid_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = chapters(tmp_path)
    typeset(book)
    laid: list[str] = []
    lay = SectionLayout.lay_out

    def recorded(layout: Any, part: Any, *more: Any, **named: Any) -> Any:
        laid.append(part.name)
        return lay(layout, part, *more, **named)

    monkeypatch.setattr(SectionLayout, "lay_out", recorded)
    path = book / "source/chapters/02.md"
    path.write_text(path.read_text("utf-8").replace("末[^2]。", "末了[^2]。"), "utf-8")
    warm = typeset(book)
    assert laid == ["d04"]
    delete_build(book)
    assert typeset(book).pdf == warm.pdf
    # two pages more: the folios after them change, and so do the contents, but no other part is laid out
    path.write_text(path.read_text("utf-8").replace("末了[^2]。", f"{FILLER}\n\n{FILLER}\n\n末了[^2]。"), "utf-8")
    laid.clear()
    warm = typeset(book)
    assert laid == ["d04", "toc"]
    delete_build(book)
    assert typeset(book).pdf == warm.pdf


@pytest.mark.slow
@pytest.mark.parametrize(
    "css",
    [
        "body { counter-reset: chapter } .chapter { counter-increment: chapter }",
        "@page :left { @bottom-center { content: counter(pages) } }",
        "h2::after { content: target-counter('#c1', page) }",
        "h2::after { content: target-text('#c1') }",
        "h2::after { content: counter(page) }",
        ".division { break-before: page }",
        "@page :nth(3) { margin-top: 50pt }",
        "section:nth-of-type(2) h1 { color: red }",
        ".chapter:first-child p { color: red }",
        ".chapter + .chapter h1 { color: red }",
        ".division:has(+ .division) { color: red }",
    ],
)
def test_styles_across_sections_prevent_splitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, css: str) -> None:
    book = chapters(tmp_path, 2, css)
    whole: list[bool] = []

    def recorded(*given: Any, **more: Any) -> TypesetResult:
        whole.append(True)
        return typeset_page(*given, **more)

    monkeypatch.setattr(book_layout, "typeset_page", recorded)
    typeset(book)
    assert whole


@pytest.mark.slow
@pytest.mark.parametrize(
    "css",
    [
        "h1 + p { text-indent: 0 }",
        "p:first-of-type { text-indent: 0 }",
        "tr:nth-child(2) td, .note-paragraph:last-child { color: red }",
    ],
)
def test_sibling_styles_inside_divisions_allow_splitting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, css: str
) -> None:
    book = chapters(tmp_path, 2, css)
    whole = in_one_piece(book, monkeypatch)
    monkeypatch.setattr(book_layout, "typeset_page", lambda *_, **__: pytest.fail("laid out in one piece"))
    assert_same(typeset(book), whole)


@pytest.mark.slow
@pytest.mark.parametrize("notes", ["chapter", "book"])
def test_note_numbers_equal_those_in_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: str) -> None:
    book = chapters(tmp_path, 2, more=f'[format]\nnotes = "{notes}"')
    assert text_and_appearance(typeset(book)) == text_and_appearance(in_one_piece(book, monkeypatch))


def text_and_appearance(typeset: TypesetResult) -> Any:
    return text_of_pdf(typeset.pdf), pictures(typeset.pdf)


@pytest.mark.slow
@pytest.mark.usefixtures("in_sections_only")
def test_errors_are_raised_from_worker_processes(tmp_path: Path) -> None:
    book = chapters(tmp_path)
    path = book / "source/chapters/02.md"
    text = path.read_text("utf-8")
    path.write_text(text + "\n生僻\ue000字\n", "utf-8")
    with pytest.raises(RenderError, match="U\\+E000") as caught:
        typeset(book, jobs=2)
    assert str(caught.value.diagnostics[0].location).endswith("02.md:" + str(text.count("\n") + 2) + ":3")
    path.write_text(text, "utf-8")
    (book / "styles").mkdir()
    (book / "styles/book.css").write_text("h2 { background: url('../outside.png') }", "utf-8")
    with pytest.raises(SourceError, match="blocked"):
        typeset(book, jobs=2)


def work_until_killed(pipes: Any, *_: Any) -> None:
    pipes[0].recv()
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.usefixtures("in_sections_only")
@pytest.mark.skipif(sys.platform != "linux", reason="the test's own function goes into a forked process")
def test_killed_worker_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = chapters(tmp_path)
    monkeypatch.setattr(workers, "work", work_until_killed)
    with pytest.raises(ToolError, match="was killed"):
        typeset(book, jobs=2)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_the_build(tmp_path: Path, sign: signal.Signals) -> None:
    book = chapters(tmp_path, 8)
    for path in (book / "source/chapters").iterdir():  # enough for two processes, and to be seen at it
        path.write_text(path.read_text("utf-8") + f"\n\n{FILLER}" * 8, "utf-8")
    command = [sys.executable, "-m", "dingben", "build", "pdf", "--jobs", "2", "--quiet", "--book", str(book)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    deadline = time.monotonic() + 60
    while len(children := descendants_of(running.pid)) < 2 and time.monotonic() < deadline and running.poll() is None:
        time.sleep(0.01)
    assert len(children) >= 2
    running.send_signal(sign)
    _, said = running.communicate(timeout=30)
    assert running.returncode == (130 if sign == signal.SIGINT else -sign)
    assert (b"interrupted" in said) == (sign == signal.SIGINT)
    while any(Path(f"/proc/{pid}").exists() for pid in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []


def descendants_of(pid: int) -> list[int]:
    children = children_of(pid)
    return [*children, *(later for child in children for later in descendants_of(child))]


def children_of(pid: int) -> list[int]:
    """The Python processes that a process has started, pandoc left out."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if int(rest.split()[1]) == pid and "python" in name:
            found.append(int(path.parent.name))
    return found


def test_small_divisions_are_joined_to_one_section() -> None:
    def section(name: str, size: int, matter: str = "body") -> str:
        return f'<section class="division {matter}" data-division="{name}"><p>{"字" * size}</p></section>\n'

    front = '<section class="titlepage" id="t"></section><section class="imprint" id="i"></section>'
    toc = '<section class="toc front" id="toc"></section>'
    text = "".join(section(name, size) for name, size in (("a", 20_000), ("b", 100), ("c", 100), ("d", 9_000)))
    found = split_sections(f"<html><body>\n{front}{toc}{text}</body></html>", [])
    assert [part.name for part in found] == ["t", "toc", "a", "b", "d"]
    assert [part.contents for part in found] == [False, True, False, False, False]
    assert found[0].before is False
    assert found[-1].after is False
    assert [re.findall(r'data-division="(\w)"', part.html) for part in found[2:]] == [["a"], ["b", "c"], ["d"]]


@pytest.mark.parametrize(
    "body",
    [
        "<p>x</p>",
        "<section>a</section><p>x</p><section>b</section>",
        "<section>a</section>",
        "<div><section>a</section></div>",
    ],
)
def test_page_without_divisions_is_not_split(body: str) -> None:
    with pytest.raises(NotSplittableError):
        split_sections(f"<html><body>{body}</body></html>", [])


@pytest.mark.slow
@pytest.mark.usefixtures("in_sections_only")
def test_damaged_section_record_is_created_again(tmp_path: Path) -> None:
    book = chapters(tmp_path, 2)
    first = typeset(book)
    for path in Cache(book).folder.glob("section/*"):
        path.write_bytes(path.read_bytes()[:-50])
    assert typeset(book).pdf == first.pdf


def test_jobs_must_be_positive(capsys: pytest.CaptureFixture[str]) -> None:
    from dingben.cli import main

    assert main(["build", "--jobs", "0"]) == 2
    assert "--jobs" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("in_sections_only")
def test_image_of_two_sections_is_stored_once(tmp_path: Path) -> None:
    from PIL import Image

    book = chapters(tmp_path, 2)
    (book / "source/images").mkdir()
    Image.effect_noise((90, 90), 60).convert("RGBA").save(book / "source/images/p.png")
    for name in ("01", "02"):
        path = book / f"source/chapters/{name}.md"
        path.write_text(path.read_text("utf-8") + "\n![图](../images/p.png)\n", "utf-8")
    with pikepdf.open(io.BytesIO(typeset(book).pdf)) as document:
        kept = [o for o in document.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image"]
    assert 1 <= len(kept) <= 2  # with its mask
    build(book, ["pdf"])


def test_layout_options_can_be_pickled(tmp_path: Path) -> None:
    import pickle

    looks = LayoutOptions(tmp_path, ("p { color: red }",), 0.2, notes_by_page=True)
    assert pickle.loads(pickle.dumps(looks)) == looks  # noqa: S301
