"""Local web server of ``dingben watch``: serves pages from memory and reloads those that change.

It listens on 127.0.0.1 and answers GET and HEAD for the pages it was given; it opens no file, so that no path leads out
of the web edition. Requests with another Host header are refused: a page elsewhere could point its own name at this
machine (DNS rebinding). The time for a request and the number of connections are limited; no request ends the server.
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
"""How many ports are tried from the default one on."""

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
    """Handles the requests of one connection: each is answered, or the connection is closed."""

    server: Server
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # an answer to a malformed request line has headers, too
    server_version = "dingben"
    sys_version = ""
    timeout = ANSWERING
    command = requestline = request_version = ""
    answered = False
    """Whether the response to this request has started."""

    def handle(self) -> None:
        """Handle requests until the connection is closed; a client that disconnects is no error."""
        try:
            super().handle()
        except OSError:  # the connection's: pages come out of memory
            self.close_connection = True

    def handle_one_request(self) -> None:
        """Read and answer one request; errors are reported in the terminal."""
        self.answered = False
        self.server.start_deadline(self.connection)
        try:
            super().handle_one_request()
        except OSError:
            raise
        except Exception as error:
            self.close_connection = True
            for problem in to_diagnostics(error, "answering a request"):
                self.server.report(problem)
            if not self.answered:
                self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
        finally:
            self.server.stop_deadline(self.connection)

    def parse_request(self) -> bool:
        """Parse and check the head of a request; return False if it has been refused."""
        if not super().parse_request():
            return False
        self.server.stop_deadline(self.connection)
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
        """Send a page, the script or the event stream."""
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
        pages = self.server.store.pages
        if name == EVENTS:
            self.events(asked)
        elif name == SCRIPT:
            self.send(HTTPStatus.OK, WATCH_JS.encode(), "text/javascript; charset=utf-8")
        elif name == "index.html" or (name in pages and name.endswith(".html")):
            self.send(HTTPStatus.OK, self.server.store.with_script(name), "text/html; charset=utf-8")
        elif (body := pages.get(name)) is not None:
            self.send(HTTPStatus.OK, body, mimetypes.guess_type(name)[0] or "application/octet-stream")
        else:
            self.send(HTTPStatus.NOT_FOUND, b"there is no such page\n", "text/plain; charset=utf-8")

    def send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        """Send a complete response, without its body for HEAD."""
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
        """Send the headers of every response, and the end of the headers."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()
        self.answered = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse the request with a message that repeats nothing of it."""
        self.close_connection = True
        status = HTTPStatus(code)
        self.send(status, f"{status.value} {status.phrase}\n".encode(), "text/plain; charset=utf-8")

    def events(self, page: str) -> None:
        """Send the state of a page now and after every change, until the client disconnects."""
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
        """Send server-sent events."""
        store = self.server.store
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        sent = -1
        while not store.closed and self.command != "HEAD":
            with store.changed:
                news = store.round != sent or store.changed.wait(HEARTBEAT)
                sent, state = store.round, store.state(page)
            self.wfile.write(b"data: " + state + b"\n\n" if news else b": still here\n\n")
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing: the terminal is for the book."""


class Server(ThreadingHTTPServer):
    """Serves the pages of a store on 127.0.0.1; port 0 takes any free port. ``report`` receives errors of requests."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, store: PageStore, port: int, report: Callable[[Diagnostic], object]) -> None:
        self.store, self.report = store, report
        self.taken = 0
        """The default port, if it is in use."""
        self.connections = threading.BoundedSemaphore(CONNECTIONS)
        self.streams = threading.BoundedSemaphore(STREAMS)
        self.deadlines: dict[socket.socket, float] = {}
        """When the head of a request has to be complete, by connection; monotonic seconds."""
        self.lock = threading.Lock()
        super().__init__((HERE, port), Handler)

    @property
    def url(self) -> str:
        """The address of the web pages."""
        return f"http://{HERE}:{self.server_port}/"

    # -- connections

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle a connection in a new thread, if there are not too many already."""
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
        """Handle a connection, and make room for the next one."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.connections.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: the handler has reported the error."""

    def start_deadline(self, connection: socket.socket) -> None:
        """Start the time limit for the head of a request."""
        with self.lock:
            self.deadlines[connection] = time.monotonic() + READING

    def stop_deadline(self, connection: socket.socket) -> None:
        """Stop the time limit: the head is complete, or the connection ends."""
        with self.lock:
            self.deadlines.pop(connection, None)

    def service_actions(self) -> None:
        """Close connections whose request is late: a timeout of the socket would restart with each byte."""
        now = time.monotonic()
        with self.lock:
            late = [connection for connection, deadline in self.deadlines.items() if deadline < now]
            for connection in late:
                del self.deadlines[connection]
                with contextlib.suppress(OSError):  # it has gone
                    connection.shutdown(socket.SHUT_RDWR)


def serve(store: PageStore, port: int | None, report: Callable[[Diagnostic], object]) -> Server:
    """Start a server on ``port``, or without one on 8421 or the next free port. Raises ToolError if it is not free."""
    server = open_server(store, port, report) if port is not None else open_on_free_port(store, report)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return server


def open_server(store: PageStore, port: int, report: Callable[[Diagnostic], object]) -> Server:
    """Return a server on this port. Raises PortError if it is in use or may not be opened."""
    try:
        return Server(store, port, report)
    except OSError as error:
        why = "it is in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        hint = "Choose another with --port; --port 0 takes any free one."
        raise PortError(f"port {port} can't be opened: {why}", hint=hint) from error


def open_on_free_port(store: PageStore, report: Callable[[Diagnostic], object]) -> Server:
    """Return a server on 8421, on one of the next ports, or on any free port. Raises PortError."""
    for port in (*range(PORT, PORT + NEIGHBOURS), 0):
        with contextlib.suppress(PortError):
            server = open_server(store, port, report)
            server.taken = PORT if port != PORT else 0
            return server
    raise PortError("no port can be opened", hint="Is the machine out of ports?")


class PortError(ToolError):
    """A port cannot be opened."""
