"""Changes in a book's files are seen."""

from __future__ import annotations

import http.client
import io
import os
import re
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.diagnostics import Diagnostic, Location
from dingben.document import pandoc, pandoc_pool
from dingben.errors import SourceError
from dingben.formats.html.site import make_web
from dingben.live import pdf_process, watcher
from tests.formats.html.test_site import browser as browser
from tests.support.books import small_book, write


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
def test_changed_source_is_detected(tmp_path: Path, change: Callable[[Path], object]) -> None:
    folder = small_book(tmp_path)
    before = watcher.state(folder)
    change(folder)
    assert watcher.state(folder) != before


def test_outputs_are_not_watched(tmp_path: Path) -> None:
    folder = small_book(tmp_path)
    before = watcher.state(folder)
    write(folder / "build/a.pdf", "x")
    assert watcher.state(folder) == before


def test_dangling_link_is_ignored(tmp_path: Path) -> None:
    folder = small_book(tmp_path)
    before = watcher.state(folder)
    (folder / "source/chapters/.#01.md").symlink_to("nowhere")
    assert watcher.state(folder).keys() == before.keys()


class Reports:
    """Keeps what a watch tells."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.problems: list[Diagnostic] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def wrong(self, problems: Sequence[Diagnostic]) -> None:
        self.problems += problems


def look_until(watching: watcher.Watcher, output: Callable[[], object]) -> None:
    """Look as often as it takes for something to be true, a minute at most."""
    deadline = time.monotonic() + 60
    while not output() and time.monotonic() < deadline:
        watching.poll()
        time.sleep(0.02)
    assert output()


@pytest.mark.slow
def test_pdf_process_is_persistent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book, reports, begun = small_book(tmp_path, CHAPTER), Reports(), []
    monkeypatch.setattr(watcher.Watcher, "start_build", lambda _: begun.append(True))
    watching = watcher.Watcher(book, reports, port=0)

    try:
        look_until(watching, lambda: any("built: haigang.pdf" in note for note in reports.notes))
        assert begun == [True]
        write(book / "source/chapters/01.md", "# 第一章 起首\n\n见[无](#nowhere)。\n")
        look_until(watching, lambda: len(reports.problems) >= 2)  # of the pages and of the PDF
        assert begun == [True]
        assert b"nowhere" in watching.pages.problem.encode()
        assert watching.pdf_process
        watching.pdf_process.end()  # whatever happens to it, the next save has another
        write(book / "source/chapters/01.md", "# 第一章 又起\n\n正文。\n")
        look_until(watching, lambda: len(begun) == 2)
        assert sum("built: haigang.pdf" in note for note in reports.notes) == 2
    finally:
        watching.close()


CHAPTER = "# 第一章 起首\n\n" + "\n\n".join(f"第{number}段，海港的城墙与潮水。" * 3 for number in range(1, 80)) + "\n"


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, watcher.Watcher, Reports]]:
    """A watched book, seen once; builds of the editions on disk are left out."""
    book, reports = small_book(tmp_path, CHAPTER), Reports()
    monkeypatch.setattr(watcher.Watcher, "start_build", lambda _: None)
    monkeypatch.setattr(watcher.Watcher, "start_builds", lambda _: None)
    watching = watcher.Watcher(book, reports, port=0)
    watching.poll()
    yield book, watching, reports
    watching.close()


def get(watching: watcher.Watcher, path: str, **headers: str) -> tuple[int, bytes]:
    """Status and body of a request."""
    connection = http.client.HTTPConnection("127.0.0.1", watching.server.server_port, timeout=5)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_served_pages_equal_the_build_plus_a_script(watched: tuple[Path, watcher.Watcher, Reports]) -> None:
    book, watching, _ = watched
    built = make_web(read_book(book), (edition := BuildContext(read_book(book), [])).fragments, edition.cover, {})
    assert watching.pages.pages == built
    status, page = get(watching, "/01.html")
    assert status == 200
    script = re.findall(rb"<script .*</script>\n", page)
    assert len(script) == 1
    assert page.replace(script[0], b"") == built["01.html"]
    assert get(watching, "/web.css") == (200, built["web.css"])
    assert get(watching, "/")[1].count(b"<script") == 1


@pytest.mark.parametrize(
    "path",
    [
        "/../haigang.pdf",
        "/..%2f..%2fsource/book.toml",
        "/source/book.toml",
        "//etc/passwd",
        "/%2e%2e/x",
        "/01.md",
        "/-/",
    ],
)
def test_only_the_web_edition_is_served(watched: tuple[Path, watcher.Watcher, Reports], path: str) -> None:
    assert get(watched[1], path)[0] == 404


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 200), ("localhost", 200), ("evil.example", 403)])
def test_only_local_hosts_are_answered(watched: tuple[Path, watcher.Watcher, Reports], host: str, status: int) -> None:
    watching = watched[1]
    assert watching.server.server_address[0] == "127.0.0.1"
    assert get(watching, "/", Host=f"{host}:{watching.server.server_port}")[0] == status


def test_only_changed_pages_are_rendered(
    watched: tuple[Path, watcher.Watcher, Reports], monkeypatch: pytest.MonkeyPatch
) -> None:
    book, watching, reports = watched
    write(book / "source/chapters/02.md", "# 第二章 又一章\n\n正文。\n")
    toml = book / "source/book.toml"
    toml.write_text(
        toml.read_text("utf-8") + '[[division]]\nmatter = "body"\nrole = "chapter"\nfile = "chapters/02.md"\n'
    )
    watching.poll()
    read: list[str] = []
    written: list[str] = []
    together = pandoc_pool.PandocWorker

    def reads(texts: Sequence[str]) -> pandoc_pool.PandocWorker:
        read.extend(texts)
        return together(texts)

    class Watched(pandoc.PandocProcess):
        def __init__(self, text: str, reader: str, writer: str, options: Sequence[str]) -> None:
            written.append(text)
            super().__init__(text, reader, writer, options)

    monkeypatch.setattr(pandoc_pool, "PandocWorker", reads)
    monkeypatch.setattr(pandoc, "PandocProcess", Watched)
    write(book / "source/chapters/02.md", "# 第二章 又一章\n\n正文改了。\n")
    watching.poll()
    assert read == ["# 第二章 又一章\n\n正文改了。\n"]
    assert len(written) == 1
    assert reports.notes[-1].startswith("web: 1 page changed")


def test_error_is_reported_and_the_last_pages_are_kept(watched: tuple[Path, watcher.Watcher, Reports]) -> None:
    book, watching, reports = watched
    good = watching.pages.pages
    write(book / "source/chapters/01.md", "# 第一章 起首\n\n见[无](#nowhere)。\n")
    watching.poll()
    assert "has no target" in reports.problems[0].message
    assert "source/chapters/01.md:3" in watching.pages.problem
    assert watching.pages.pages == good
    write(book / "source/chapters/01.md", "# 第一章 起首\n\n好了。\n")
    watching.poll()
    assert watching.pages.problem == ""
    assert "好了".encode() in get(watching, "/01.html")[1]


def test_file_deleted_while_reading_does_not_stop_watch(
    watched: tuple[Path, watcher.Watcher, Reports], monkeypatch: pytest.MonkeyPatch
) -> None:
    book, watching, reports = watched
    with monkeypatch.context() as patch:
        patch.setattr(watching.preview, "pages", lambda: (book / "gone").read_bytes())
        touch(book)
        watching.poll()
    assert "No such file" in reports.problems[0].message
    write(book / "source/chapters/01.md", "# 第一章 起首\n\n好了。\n")
    watching.poll()
    assert "好了".encode() in get(watching, "/01.html")[1]


@pytest.mark.slow
def test_other_editions_are_built_in_another_process(tmp_path: Path) -> None:
    book, reports = small_book(tmp_path), Reports()
    watching = watcher.Watcher(book, reports, port=0)
    try:
        look_until(watching, lambda: watching.build)  # first the PDF is made
        first = watching.build
        assert first
        write(book / "source/chapters/01.md", "# 第一章 起首\n\n改了。\n")
        watching.poll()
        assert first.returncode == -9
        look_until(watching, lambda: watching.build)
        assert watching.build
        watching.build.wait()
        watching.poll()
        assert any(note.startswith("built: haigang.pdf") for note in reports.notes), (reports.notes, reports.problems)
        assert "改了" in (book / "build/haigang.txt").read_text("utf-8")
        assert get(watching, "/haigang.txt")[1] == (book / "build/haigang.txt").read_bytes()
    finally:
        watching.close()


# -- in a browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 900, "height": 700})
    yield page
    page.close()


def first_seen(page: Page) -> str:
    """The words of the paragraph at the top of the window."""
    found = "() => [...document.querySelectorAll('main p')].find(p => p.getBoundingClientRect().bottom > 1).textContent"
    return str(page.evaluate(found))


def test_page_reloads_and_keeps_its_scroll_position(watched: tuple[Path, watcher.Watcher, Reports], page: Page) -> None:
    book, watching, _ = watched
    page.goto(f"{watching.server.url}01.html")
    page.evaluate("document.querySelectorAll('main p')[50].scrollIntoView()")
    top = "() => document.querySelectorAll('main p')[%d].getBoundingClientRect().top"
    before, words = page.evaluate(top % 50), first_seen(page)
    added = "新添的一段在前，把后面的都推下去了。" * 9
    write(book / "source/chapters/01.md", CHAPTER.replace("\n\n第1段", f"\n\n{added}\n\n{added}\n\n第1段", 1))
    watching.poll()
    page.wait_for_function(f"document.querySelector('main p').textContent.startsWith('{added[:8]}')")
    page.wait_for_load_state("load")
    assert first_seen(page) == words
    assert page.evaluate(top % 52) == pytest.approx(before, abs=2)


def test_error_is_shown_on_the_page_until_it_is_fixed(
    watched: tuple[Path, watcher.Watcher, Reports], page: Page
) -> None:
    book, watching, _ = watched
    page.goto(f"{watching.server.url}01.html")
    write(book / "source/chapters/01.md", "# 第一章 起首\n\n见[无](#nowhere)。\n")
    watching.poll()
    box = page.locator("#dingben-problem")
    box.wait_for()
    assert "01.md:3" in box.inner_text()
    assert "第1段" in page.locator("main").inner_text()
    write(book / "source/chapters/01.md", CHAPTER)
    watching.poll()
    box.wait_for(state="detached")


def test_book_with_an_initial_error_shows_it(tmp_path: Path, page: Page) -> None:
    book, reports = small_book(tmp_path, "没有标题。\n"), Reports()
    watching = watcher.Watcher(book, reports, port=0)
    try:
        watching.poll()
        page.goto(watching.server.url)
        page.locator("#dingben-problem").wait_for()
        write(book / "source/chapters/01.md", "# 标题\n\n有了。\n")
        watching.poll()
        page.get_by_role("heading", name="海港志").wait_for()
    finally:
        watching.close()


def test_unchanged_page_is_not_reloaded(watched: tuple[Path, watcher.Watcher, Reports], page: Page) -> None:
    book, watching, _ = watched
    page.goto(f"{watching.server.url}index.html")
    page.evaluate("window.same = true")
    write(book / "source/chapters/01.md", CHAPTER + "\n末了又一段。\n")
    watching.poll()
    page.wait_for_timeout(300)
    assert page.evaluate("window.same") is True
    write(book / "styles/book.css", "p { color: #123 }")
    watching.poll()
    page.wait_for_function("!window.same")


# -- whatever the book holds


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RecursionError("too deep"), "internal error while rendering the pages: RecursionError: too deep"),
        (MemoryError(), "out of memory while rendering the pages"),
        (ValueError("4300 digits\n\033[2J\udcff"), r"ValueError: 4300 digits\n\x1b[2J\udcff"),
        (RuntimeError("Traceback (most recent call last):\n  File …\nKeyError: 1\n"), "RuntimeError: KeyError: 1"),
        (PermissionError(13, "Permission denied", b"/x\xff\n"), r"/x\udcff\n: can't be read: Permission denied"),
        (OSError(24, "Too many open files"), "system error while rendering the pages: Too many open files"),
        (SourceError("wrong", location=Location(Path("a\033.md"), 3)), r"a\x1b.md:3: wrong"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_preview_exception_is_reported(
    watched: tuple[Path, watcher.Watcher, Reports],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    error: Exception,
    message: str,
) -> None:
    book, watching, reports = watched
    good = watching.pages.pages

    def raises() -> dict[str, bytes]:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(watching.preview, "pages", raises)
        touch(book)
        watching.poll()
    (problem,) = reports.problems
    assert message in str(problem)
    assert message in watching.pages.problem
    assert watching.pages.pages == good
    assert capfd.readouterr() == ("", "")
    write(book / "source/chapters/01.md", "# 第一章 起首\n\n好了。\n")
    watching.poll()
    assert watching.pages.problem == ""
    assert "好了".encode() in get(watching, "/01.html")[1]


def nothing_there(book: Path) -> None:
    shutil.rmtree(book / "source")


def pipe(book: Path) -> None:
    (book / "source/chapters/01.md").unlink()
    os.mkfifo(book / "source/chapters/01.md")


def pipe_for_the_book(book: Path) -> None:
    (book / "source/book.toml").unlink()
    os.mkfifo(book / "source/book.toml")


def device(book: Path) -> None:
    (book / "source/chapters/01.md").unlink()
    (book / "source/chapters/01.md").symlink_to("/dev/zero")


def folder_for_a_chapter(book: Path) -> None:
    (book / "source/chapters/01.md").unlink()
    (book / "source/chapters/01.md").mkdir()


def circle(book: Path) -> None:
    (book / "source/chapters/01.md").unlink()
    (book / "source/chapters/01.md").symlink_to("01.md")
    (book / "source/chapters/round").symlink_to("..")


def deep_toml(book: Path) -> None:
    write(book / "source/book.toml", f"x = {'[' * 5000}{']' * 5000}\n")


def large_number(book: Path) -> None:
    write(book / "source/book.toml", f"x = {'9' * 5000}\n")


@pytest.mark.parametrize(
    "spoil",
    [
        nothing_there,
        pipe,
        pipe_for_the_book,
        device,
        folder_for_a_chapter,
        circle,
        deep_toml,
        large_number,
    ],
)
def test_watch_survives_an_invalid_book(
    watched: tuple[Path, watcher.Watcher, Reports], spoil: Callable[[Path], None]
) -> None:
    book, watching, reports = watched
    spoil(book)
    watching.poll()
    assert len(reports.problems) >= 1
    assert watching.pages.problem
    shutil.rmtree(book / "source", ignore_errors=True)
    small_book(book, "# 第一章 起首\n\n好了。\n")
    watching.poll()
    assert watching.pages.problem == ""
    assert "好了".encode() in get(watching, "/01.html")[1]


def test_folder_in_place_of_a_chapter_does_not_stop_watch(watched: tuple[Path, watcher.Watcher, Reports]) -> None:
    book, watching, reports = watched
    chapters_ = book / "source/chapters"
    os.mkfifo(chapters_ / "02.md")
    (Path(os.fsdecode(os.fsencode(chapters_) + b"/\xff.md"))).write_text("# 一\n")
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(str(chapters_ / "s"))
        watching.poll()
    assert reports.problems == []


def test_changed_file_mode_is_detected(tmp_path: Path) -> None:
    folder = small_book(tmp_path)
    before = watcher.state(folder)
    (folder / "source/chapters/01.md").chmod(0o600)
    assert watcher.state(folder) != before


@pytest.mark.parametrize(
    "output", ["", "{", "[]", "{}", '{"outputs": [{}], "findings": []}', '{"errors": [{"message": 1}]}', "[" * 9999]
)
def test_malformed_build_message_is_reported(watched: tuple[Path, watcher.Watcher, Reports], output: str) -> None:
    _, watching, reports = watched
    watching.build_output = io.BytesIO(output.encode())
    watching.finish_build()
    (problem,) = reports.problems
    assert "answer" in problem.message or "without a message" in problem.message
    assert watching.pages.problem


@pytest.mark.slow
def test_failed_pdf_process_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that answers nonsense, and one that comes to no end."""
    monkeypatch.setattr(pdf_process, "SLOW", 1.0)
    monkeypatch.setattr(watcher.Watcher, "start_build", lambda _: None)
    book, reports = small_book(tmp_path), Reports()
    watching = watcher.Watcher(book, reports, port=0)
    main = "import sys, time; [(print('nonsense', flush=True), {}) for _ in sys.stdin]"
    try:
        with monkeypatch.context() as patch:
            patch.setattr(pdf_process, "MAIN", main.format("0"))
            look_until(watching, lambda: reports.problems)
            assert "malformed answer" in reports.problems[0].message
            patch.setattr(
                pdf_process, "MAIN", main.format("time.sleep(99)").replace("print('nonsense', flush=True)", "0")
            )
            touch(book)
            look_until(watching, lambda: "still being built" in reports.problems[-1].message)
        os.utime(book / "source/chapters/01.md")
        look_until(watching, lambda: any("built: haigang.pdf" in note for note in reports.notes))
    finally:
        watching.close()
    assert watching.pages.problem == ""
