"""Chapters read by processes of pandoc side by side, and HTML written by the same processes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.document import ast, pandoc, pandoc_pool
from dingben.errors import SourceError, ToolError
from dingben.formats.pdf import screen as printing
from dingben.system.cache import Cache
from dingben.theme.page_geometry import page_geometry
from dingben.theme.stylesheets import stylesheet, variables
from tests.support.books import small_book

CHAPTER = Path("01.md")
ROOT = Path(__file__).parents[2]


def read_side_by_side(folder: Path, *texts: str) -> list[list[ast.Node]]:
    several = [(text, Path(f"{number:02d}.md")) for number, text in enumerate(texts, 1)]
    with pandoc_pool.ChapterReader(several, Cache(folder)) as reading:
        return [reading.blocks(index) for index in range(len(texts))]


SEVERAL = [f"# 第{n}章\n\n甲[^1]乙 *{n}*。\n\n[^1]: 注{n}\n\n> 引文\n" for n in range(9)]

LINES = [
    "海\n港 city\nwall\n",
    "《海》\n“港”\n*甲*\n乙[^1]\n丙\n\n[^1]: 一\n二\n",
    "Mr. Smith\nDr. Who 甲\nA\n甲\nB",
    "ｶﾅ\nｶﾅ 甲\n½\n±\n…\n—\n—甲\n한\n글\n甲\u0301\n乙\n😀\n甲\n",
    "- 甲\n乙\n  - 丙\n丁\n\n| 甲\n| 乙\n  丙\n\n# 戊\n己\n",
    "`甲`\n`乙`\n[丙\n丁](http://x/)\n**戊**\n**己**![甲\n乙](a.png)\n丙",
    f"| {'甲' * 40} | 乙 |\n|---|---|\n| 丙 | 丁 |\n",
    "甲\n\n    code\twith a tab\n\n1.\t乙\r\n\r\n丙\r\n",
    "\ufeff甲\n",
]


@pytest.mark.slow
def test_chapters_read_together_equal_chapters_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handbook = [path.read_text("utf-8") for path in sorted((ROOT / "source").rglob("*.md"))]
    texts = [*SEVERAL, *LINES, *handbook]
    alone = [pandoc.markdown_to_json(text, CHAPTER) for text in texts]
    whole = [text for text in texts if not pandoc_pool.COMMAND_LINE_ONLY.search(text)]
    assert len(whole) > len(SEVERAL) + 10
    assert all(list(pandoc_pool.PandocWorker(whole).results()))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert read_side_by_side(tmp_path, *texts) == [pandoc.parse_blocks(output, CHAPTER) for output in alone]


def test_warning_is_reported_for_its_chapter_only(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_side_by_side(tmp_path, *SEVERAL, "甲\n\n[^1]: 乙\n")
    assert [str(p) for p in caught.value.diagnostics] == ["10.md:3:1: note [^1] has no call in the text"]


@pytest.mark.parametrize("script", ["os.exit(3)", "error('x')", "io.write('99\\n[')", ""])
def test_chapters_that_fail_together_are_read_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(pandoc_pool, "LUA_SCRIPT", script)
    assert read_side_by_side(tmp_path, *SEVERAL) == [pandoc.read_markdown(text, CHAPTER) for text in SEVERAL]


def test_pandoc_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pandoc_pool, "LUA_SCRIPT", "while true do end")
    monkeypatch.setattr(pandoc_pool, "BASE_TIMEOUT", 0.2)
    assert list(pandoc_pool.PandocWorker(["甲"]).results()) == []


def test_pandoc_starts_at_once_without_a_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    threads = threading.active_count()
    several = [(text, Path(f"{n}.md")) for n, text in enumerate(SEVERAL)]
    with pandoc_pool.ChapterReader(several, Cache(tmp_path / "book")) as reading:
        processes = [together.process for _, together in reading.workers]
        assert processes
        assert all(processes)
        assert threading.active_count() == threads
    assert all(process and process.poll() is not None for process in processes)
    assert list(tmp_path.iterdir()) == []


def test_version_comes_from_the_running_pandoc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = pandoc.query_version(pandoc.executable())
    versions: dict[str, str] = {}
    monkeypatch.setattr(pandoc, "VERSIONS", versions)
    monkeypatch.setattr(pandoc_pool, "VERSIONS", versions)
    with pandoc_pool.ChapterReader([("甲", CHAPTER)], Cache(tmp_path)) as reading:
        reading.receive_version()
        assert versions == {pandoc.executable(): asked}
        reading.receive_version()
        assert ast.text_of(reading.blocks(0)) == "甲"


def test_missing_pandoc_is_an_error_with_many_chapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYPANDOC_PANDOC", "/nowhere/pandoc")
    with pytest.raises(ToolError, match="pandoc is missing"):
        read_side_by_side(tmp_path, *SEVERAL)


@pytest.mark.parametrize("sizes", [[], [5], [1, 1, 1], [9, 1, 1, 8, 2], list(range(20))])
@pytest.mark.parametrize("most", [1, 2, 7])
def test_balanced_groups_contain_each_number_once(sizes: list[int], most: int) -> None:
    made = pandoc_pool.balance([(size, number) for number, size in enumerate(sizes)], most)
    assert sorted(n for pile in made for n in pile) == list(range(len(sizes)))
    assert all(pile == sorted(pile) and pile for pile in made)
    assert len(made) == min(most, len(sizes))
    weights = [sum(sizes[n] for n in pile) for pile in made]
    assert not made or max(weights) - min(weights) <= max(sizes)


# -- writing

CODE = "```python\nx = 1\n```\n\n`y`{.python}\n\n<a@b.cn>\n\n![甲](a.png)\n\n: 题\n"


@pytest.mark.slow
def test_worker_writes_the_html_of_the_command_line(tmp_path: Path) -> None:
    handbook = [path.read_text("utf-8") for path in sorted((ROOT / "source").rglob("*.md"))]
    models = [pandoc.document_json(pandoc.read_markdown(text, CHAPTER)) for text in [*SEVERAL, *LINES, CODE, *handbook]]
    models.append(pandoc.document_json([]))
    with pandoc_pool.ChapterReader([("甲", CHAPTER)], Cache(tmp_path), stay=True) as reading:
        assert reading.writers == []
        reading.blocks(0)
        reading.finish()
        (writer,) = reading.writers
        written = [writer.html(model) for model in models]
    options = ["--wrap=none", "--syntax-highlighting=none"]
    assert written == [pandoc.convert(model, "json", "html5", options).decode("utf-8") for model in models]


def test_failed_and_killed_workers_raise_errors(tmp_path: Path) -> None:
    with pandoc_pool.ChapterReader([("甲", CHAPTER)], Cache(tmp_path), stay=True) as reading:
        reading.blocks(0)
        reading.finish()
        (writer,) = reading.writers
        assert writer.html("no JSON") is None
        assert writer.html(pandoc.document_json([])) == "\n"
        writer.stop()
        assert writer.html(pandoc.document_json([])) is None
    paragraph: list[ast.Node] = [{"t": "Para", "c": [ast.str_node("写不成")]}]
    assert pandoc.write_html_fragments([paragraph], writer.html) == ["<p>写不成</p>\n"]


def test_failed_and_unneeded_workers_are_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pandoc_pool.ChapterReader([("甲", CHAPTER)], Cache(tmp_path)) as reading:
        reading.blocks(0)
        reading.finish()
        assert reading.writers == []
    monkeypatch.setattr(pandoc_pool, "LUA_SCRIPT", "os.exit(3)")
    with pandoc_pool.ChapterReader([("乙", CHAPTER)], Cache(tmp_path), stay=True) as reading:
        reading.blocks(0)
        reading.finish()
        assert reading.writers == []


def test_reading_workers_write_the_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = BuildContext(read_book(small_book(tmp_path)), [])
    css = stylesheet(edition.book.folder, "print")
    page = page_geometry(edition.book.format, variables(css), tmp_path)

    def refused(*_: object) -> bytes:
        raise AssertionError("another pandoc was begun")

    with edition.reading(stay=True), monkeypatch.context() as patch:
        fragments = edition.fragments
        assert fragments
        patch.setattr(pandoc, "convert", refused)
        first = printing.print_htmls(edition, page)
        assert all(process.html(pandoc.document_json([])) is None for process in edition.pandoc_workers)
    pandoc.HTML_CACHE.clear()
    for path in (edition.book.folder / "build/.cache/print").iterdir():
        path.unlink()
    assert printing.print_htmls(edition, page) == first
