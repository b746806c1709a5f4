"""A web server for the one who writes: on this machine only, out of memory, reloading what changed.

It listens on 127.0.0.1 and answers GET and HEAD for the pages it was given; it opens no
file, so that no path can lead out of the web edition. Requests that name another host are
refused: a page elsewhere could point its own name at this machine (DNS rebinding).
How long a request may take to come, and how many connections there are, is bounded; no request ends the server.
"""

from __future__ import annotations

import contextlib
import errno
import mimetypes
import re
import socket
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from dingben.diagnostics import Diagnostic
from dingben.errors import ToolError, to_diagnostics
from dingben.live.page_store import EVENTS, SCRIPT, WATCH_JS, PageStore

HERE, PORT = "127.0.0.1", 8421
NEIGHBOURS = 20
"""Ports that are tried from the usual one on."""

OURS = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]{0,5})?", re.IGNORECASE)
"""What a request may call this machine (RFC 9110, section 7.2)."""

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that closed pages are noticed."""

READING, ANSWERING = 10.0, 60.0
"""Seconds for the head of a request, from when it may begin; and for a read, or a piece of an answer to be taken."""

PIECE = 1 << 18
"""Bytes of an answer that are sent at once."""

CONNECTIONS, STREAMS = 64, 32
"""How many connections there are at once; how many of them may be streams of events."""

FIELDS = 8
"""Of a query, at most."""

POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Pages have styles in attributes (tables, dots of emphasis) and may have pictures and fonts in data: URLs, but no
script of their own (https://www.w3.org/TR/CSP3/)."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every answer."""

TOO_MANY = "".join(
    f"{line}\r\n"
    for line in (
        "HTTP/1.1 503 Service Unavailable",
        "Content-Length: 0",
        "Connection: close",
        *(f"{name}: {value}" for name, value in HEADERS.items()),
        "",
    )
).encode("ascii")
"""The answer where there are too many connections."""


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection. Whatever they hold, it ends with an answer or closes."""

    server: Server
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # what is told of a line that can't be read has headers too
    server_version = "dingben"
    sys_version = ""
    timeout = ANSWERING
    command = requestline = request_version = ""
    answered = False
    """Whether the answer to this request has begun."""

    def handle(self) -> None:
        """A reader who goes is no error."""
        try:
            super().handle()
        except OSError:  # the connection's: pages come out of memory
            self.close_connection = True

    def handle_one_request(self) -> None:
        """Read a request and answer it; what that raises is told in the terminal."""
        self.answered = False
        self.server.reading(self.connection)
        try:
            super().handle_one_request()
        except OSError:
            raise
        except Exception as error:
            self.close_connection = True
            for problem in to_diagnostics(error, "answering a request"):
                self.server.told(problem)
            if not self.answered:
                self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
        finally:
            self.server.has_read(self.connection)

    def parse_request(self) -> bool:
        """Whether the head of the request can be answered; else it has been refused."""
        if not super().parse_request():
            return False
        self.server.has_read(self.connection)
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body isn't read, nor taken for the next request
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or len(self.requestline.split()) != 3:  # RFC 9112, sections 3 and 3.2
            self.send_error(HTTPStatus.BAD_REQUEST)
        elif not OURS.fullmatch(hosts[0].strip()):
            self.send_error(HTTPStatus.FORBIDDEN)
        else:
            return True
        return False

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def answer(self) -> None:
        """Send the page, the script or the events."""
        try:
            url = urlsplit(self.path)
            asked = parse_qs(url.query, max_num_fields=FIELDS).get("page", ["index.html"])[0]
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        if url.netloc and not OURS.fullmatch(url.netloc):
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        name = unquote(url.path).removeprefix("/") or "index.html"
        pages = self.server.shown.pages
        if name == EVENTS:
            self.events(asked)
        elif name == SCRIPT:
            self.send(HTTPStatus.OK, WATCH_JS.encode(), "text/javascript; charset=utf-8")
        elif name == "index.html" or (name in pages and name.endswith(".html")):
            self.send(HTTPStatus.OK, self.server.shown.with_script(name), "text/html; charset=utf-8")
        elif (body := pages.get(name)) is not None:
            self.send(HTTPStatus.OK, body, mimetypes.guess_type(name)[0] or "application/octet-stream")
        else:
            self.send(HTTPStatus.NOT_FOUND, b"there is no such page\n", "text/plain; charset=utf-8")

    def send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        """One whole answer; its head alone where that was asked for."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            for start in range(0, len(body), PIECE):  # each within the time of the connection
                self.wfile.write(body[start : start + PIECE])

    def end_headers(self) -> None:
        """The headers of every answer, then the end of them."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()
        self.answered = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse the request, in words that repeat nothing of it."""
        self.close_connection = True
        status = HTTPStatus(code)
        self.send(status, f"{status.value} {status.phrase}\n".encode(), "text/plain; charset=utf-8")

    def events(self, page: str) -> None:
        """The state of the page now and after every change, until the reader goes."""
        if self.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            self.send_error(HTTPStatus.FORBIDDEN)  # a page elsewhere, which would take up connections
            return
        if not self.server.streams.acquire(blocking=False):
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        try:
            self.stream(page)
        finally:
            self.server.streams.release()

    def stream(self, page: str) -> None:
        """Send events."""
        shown = self.server.shown
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        told = -1
        while not shown.closed and self.command != "HEAD":
            with shown.changed:
                news = shown.round != told or shown.changed.wait(HEARTBEAT)
                told, state = shown.round, shown.state(page)
            self.wfile.write(b"data: " + state + b"\n\n" if news else b": still here\n\n")
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: the terminal is for the book."""


class Server(ThreadingHTTPServer):
    """Serves ``shown`` on 127.0.0.1; port 0 takes any free one. ``told`` is called with what a request raises."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, shown: PageStore, port: int, told: Callable[[Diagnostic], object]) -> None:
        self.shown, self.told = shown, told
        self.taken = 0
        """The port that was wanted first, where it is in use."""
        self.connections = threading.BoundedSemaphore(CONNECTIONS)
        self.streams = threading.BoundedSemaphore(STREAMS)
        self.deadlines: dict[socket.socket, float] = {}
        """When the head of a request has to be whole, by connection."""
        self.guard = threading.Lock()
        super().__init__((HERE, port), Handler)

    @property
    def url(self) -> str:
        """Where to look."""
        return f"http://{HERE}:{self.server_port}/"

    # -- connections

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, if there aren't too many already."""
        if not self.connections.acquire(blocking=False):
            with contextlib.suppress(OSError):
                request.settimeout(0)
                request.send(TOO_MANY)
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except Exception:  # no thread can be started
            self.connections.release()
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room for the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.connections.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing is printed: the handler has told what there is to tell."""

    def reading(self, connection: socket.socket) -> None:
        """The head of a request is awaited."""
        with self.guard:
            self.deadlines[connection] = time.monotonic() + READING

    def has_read(self, connection: socket.socket) -> None:
        """The head is whole, or the connection ends."""
        with self.guard:
            self.deadlines.pop(connection, None)

    def service_actions(self) -> None:
        """End the connections whose request doesn't come: a timeout of the socket would begin anew with each byte."""
        now = time.monotonic()
        with self.guard:
            late = [connection for connection, deadline in self.deadlines.items() if deadline < now]
            for connection in late:
                del self.deadlines[connection]
                with contextlib.suppress(OSError):  # it has gone
                    connection.shutdown(socket.SHUT_RDWR)


def serve(shown: PageStore, port: int | None, told: Callable[[Diagnostic], object]) -> Server:
    """A running server on ``port``; where none is asked for, on 8421 or the next that is free.

    Raises ToolError where the port can't be had.
    """
    server = opened(shown, port, told) if port is not None else first_free(shown, told)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return server


def opened(shown: PageStore, port: int, told: Callable[[Diagnostic], object]) -> Server:
    """A server on this port. Raises ToolError where it is in use or may not be opened."""
    try:
        return Server(shown, port, told)
    except OSError as error:
        why = "it is in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        hint = "Choose another with --port; --port 0 takes any free one."
        raise PortError(f"port {port} can't be opened: {why}", hint=hint) from error


def first_free(shown: PageStore, told: Callable[[Diagnostic], object]) -> Server:
    """A server on 8421, on one of the next, or on any."""
    for port in (*range(PORT, PORT + NEIGHBOURS), 0):
        with contextlib.suppress(PortError):
            server = opened(shown, port, told)
            server.taken = PORT if port != PORT else 0
            return server
    raise PortError("no port can be opened", hint="Is the machine out of ports?")


class PortError(ToolError):
    """A port can't be opened."""
