"""The server of a watch answers whatever comes, and goes on."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, ConsoleMessage

from dingben.diagnostics import Diagnostic
from dingben.errors import ToolError
from dingben.live import server as serve
from dingben.live import watcher
from dingben.live.page_store import PageStore
from dingben.live.server import Handler, Server
from tests.formats.html.test_site import browser as browser
from tests.live.test_watcher import Reports
from tests.support.books import full_book

GOOD = b"GET /01.html HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
REPORTED: list[Diagnostic] = []


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    shown = PageStore()
    shown.show({"01.html": b"<html><body>good</body></html>", "web.css": b"", "x.pdf": b"x" * 3_000_000})
    made = serve.serve(shown, 0, REPORTED.append)
    yield made
    shown.close()
    made.shutdown()
    made.server_close()


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.server_port), timeout=5)


def response_to(server: Server, request: bytes, *, end: bool = True) -> bytes:
    """All that is answered until the server closes, which takes it 2 seconds at most; ``end``: nothing more is sent."""
    start = time.monotonic()
    got = b""
    with connect(server) as connection:
        with contextlib.suppress(OSError):  # refused before all was sent
            connection.sendall(request)
            if end:
                connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while data := connection.recv(1 << 16):
                got += data
    assert time.monotonic() - start < 2
    return got


def status(answer: bytes) -> int:
    """The status code of the first answer."""
    assert answer.startswith(b"HTTP/1.1 "), answer[:200]
    return int(answer[9:12])


def request(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, *headers, "Connection: close", "", ""]).encode("latin-1")


HOST = "Host: 127.0.0.1"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (request("GET http://[::1/x HTTP/1.1", HOST), 400),
        (request("GET http://127.0.0.1:8421/01.html HTTP/1.1", HOST), 200),
        (request("GET http://evil.example/01.html HTTP/1.1", HOST), 403),
        (request("GET /01.html HTTP/1.1"), 400),
        (request("GET /01.html HTTP/1.0"), 400),
        (request("GET /01.html HTTP/1.1", HOST, HOST), 400),
        (request("GET /01.html HTTP/1.1", "Host: evil.example"), 403),
        (request("GET /01.html HTTP/1.1", "Host: [::1"), 403),
        (request("GET /01.html HTTP/1.1", "Host: 127.0.0.1:x"), 403),
        (request("GET /01.html HTTP/1.1", "Host: LOCALHOST:9"), 200),
        (request("GET /01.html HTTP/1.1", HOST, "Content-Length: nonsense"), 200),
        (request("GET /%ff%fe%00%zz HTTP/1.1", HOST), 404),
        (request("GET /\xff\xfe HTTP/1.1", HOST), 404),
        (request("GET /01.html?page=%ff&&=&%=%zz;page HTTP/1.1", HOST), 200),
        (request("GET /-/events?" + "a=1&" * 99 + " HTTP/1.1", HOST), 400),
        (request("HEAD /-/events HTTP/1.1", HOST), 200),
        (request("GET /-/events HTTP/1.1", HOST, "Sec-Fetch-Site: cross-site"), 403),
        (request(f"GET /{'x' * 70_000} HTTP/1.1", HOST), 414),
        (request("GET / HTTP/1.1", HOST, "X: " + "x" * 70_000), 431),
        (request("GET / HTTP/1.1", HOST, *["X: x"] * 200), 431),
        (request("GET / HTTP/9.9", HOST), 505),
        (request("GET / HTTP/x", HOST), 400),
        (request("<script>alert(1)</script>", HOST), 400),
        (request("GET /", HOST), 400),
        (request("POST / HTTP/1.1", HOST, "Content-Length: 4"), 501),
        (request("<b> / HTTP/1.1", HOST), 501),
        (request("__init__ / HTTP/1.1", HOST), 501),
    ],
)
def test_malformed_request_is_refused(server: Server, asked: bytes, code: int) -> None:
    answer = response_to(server, asked)
    assert status(answer) == code
    assert b"<script>" not in answer
    assert b"<b>" not in answer
    for name in serve.HEADERS:
        assert answer.count(f"\r\n{name}: ".encode()) == 1
    assert REPORTED == []


def test_request_body_is_not_a_second_request(server: Server) -> None:
    asked = f"GET /web.css HTTP/1.1\r\n{HOST}\r\nContent-Length: {len(GOOD)}\r\n\r\n".encode() + GOOD
    assert response_to(server, asked).count(b"HTTP/1.1 ") == 1


def test_large_file_is_sent_completely(server: Server) -> None:
    answer = response_to(server, request("GET /x.pdf HTTP/1.1", HOST))
    assert answer.partition(b"\r\n\r\n")[2] == b"x" * 3_000_000


words = st.sampled_from(
    [b"GET ", b"HEAD ", b"/", b"01.html", b" HTTP/1.1", b"\r\n", b"Host: 127.0.0.1", b"Host: ", b":", b"\r\n\r\n"]
)


@given(st.lists(st.one_of(words, st.binary(max_size=9)), max_size=20).map(b"".join))
@example(b"GET http://[::1/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
@settings(max_examples=200)
def test_random_requests_do_not_stop_the_server(server: Server, sent: bytes) -> None:
    response_to(server, sent)
    assert status(response_to(server, GOOD, end=False)) == 200
    assert REPORTED == []


def test_handler_exception_is_reported_and_answered(
    server: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def raises(_: object) -> None:
        raise KeyError("\033[31m<b>")

    with monkeypatch.context() as patch:
        patch.setattr(Handler, "answer", raises)
        answer = response_to(server, GOOD)
    assert status(answer) == 500
    assert b"<b>" not in answer
    (problem,) = REPORTED
    REPORTED.clear()
    assert problem.message.startswith("internal error while answering a request: KeyError: ")
    assert "\033" not in problem.message
    assert status(response_to(server, GOOD)) == 200
    assert capfd.readouterr() == ("", "")


def test_idle_connection_is_closed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "READING", 0.5)
    start = time.monotonic()
    with connect(server) as connection, contextlib.suppress(ConnectionError):
        while time.monotonic() - start < 4:  # a byte now and then doesn't help
            connection.sendall(b"GET / HTTP/1.1\r\nX: "[:1] if time.monotonic() - start < 0.1 else b"x")
            time.sleep(0.05)
    assert time.monotonic() - start < 3


@pytest.mark.slow
def test_number_of_connections_is_limited(server: Server) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(serve.CONNECTIONS):
            stack.enter_context(connect(server))
        time.sleep(0.3)
        refused = response_to(server, GOOD)
        assert status(refused) == 503
        assert b"X-Frame-Options: DENY\r\n" in refused
    assert_served_again(server)


@pytest.mark.slow
def test_event_streams_do_not_block_pages(server: Server) -> None:
    asked = request("GET /-/events HTTP/1.1", HOST)
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(connect(server)) for _ in range(serve.STREAMS)]
        for stream in streams:
            stream.sendall(asked)
            assert stream.recv(99).startswith(b"HTTP/1.1 200 ")
        assert status(response_to(server, asked)) == 503
        assert status(response_to(server, GOOD)) == 200
    server.store.fail("")  # what is sent shows that nobody reads
    server.store.fail("")
    assert_served_again(server)


def assert_served_again(server: Server) -> None:
    """A request is served within some seconds."""
    deadline = time.monotonic() + 5
    while status(response_to(server, GOOD)) != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


# -- ports


def test_chosen_port_is_used_or_an_error(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=f"port {server.server_port} can't be opened: it is in use"):
        watcher.Watcher(tmp_path, Reports(), port=server.server_port)


def test_next_port_is_used_if_the_default_is_taken(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "PORT", server.server_port)
    watching, reports = watcher.Watcher(tmp_path, Reports()), Reports()
    watching.reporter = reports
    monkeypatch.setattr(watching, "poll", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        watching.run()
    assert watching.server.server_port != server.server_port
    assert reports.notes[0].endswith(f"(port {server.server_port} is in use)")


# -- in a browser


@pytest.mark.slow
def test_pages_obey_the_content_security_policy(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher.Watcher, "start_builds", lambda _: None)
    watching = watcher.Watcher(full_book(tmp_path), Reports(), port=0)
    response_to: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        response_to.append(message.text)

    try:
        watching.poll()
        page = browser.new_page()
        page.on("console", hear)
        page.on("requestfailed", lambda failed: response_to.append(failed.url))
        names = [name for name in watching.pages.pages if name.endswith(".html")]
        assert len(names) > 2
        for name in names:
            page.goto(f"{watching.server.url}{name}")
            page.wait_for_load_state("load")
        page.goto("about:blank")
        page.close()
    finally:
        watching.close()
    assert [text for text in response_to if "/-/events" not in text] == []  # which end when the page is left
