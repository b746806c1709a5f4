"""A web server for the one who writes: on this machine only, out of memory, reloading what changed.

It listens on 127.0.0.1 and answers GET and HEAD for the pages it was given; it opens no
file, so that no path can lead out of the web edition. Requests that name another host are
refused: a page elsewhere could point its own name at this machine (DNS rebinding). Each
page gets one script, which no output has; it listens for events
(https://html.spec.whatwg.org/multipage/server-sent-events.html), reloads when its page has
changed, and keeps the reader's place.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

HERE = "127.0.0.1"
SCRIPT, EVENTS = "-/watch.js", "-/events"
HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that closed pages are noticed."""

WATCH_JS = """\
"use strict";
(() => {
  const page = document.currentScript.dataset.page, version = document.currentScript.dataset.version;
  const key = "dingben-place " + page;
  const kinds = "main :is(p, h1, h2, h3, h4, h5, h6, li, tr, figure, pre, dt, dd)";
  const blocks = () => [...document.querySelectorAll(kinds)];
  const words = block => block.textContent.trim().slice(0, 60);
  const keep = () => {
    const all = blocks(), at = all.findIndex(block => block.getBoundingClientRect().bottom > 1);
    const top = at < 0 ? scrollY : all[at].getBoundingClientRect().top;
    sessionStorage.setItem(key, JSON.stringify({at, top, words: at < 0 ? "" : words(all[at])}));
  };
  const find = place => {
    const all = blocks();
    // the block with the same words that is nearest to where it was; else the one that stands there now
    const same = all.filter(block => words(block) === place.words);
    const far = block => Math.abs(all.indexOf(block) - place.at);
    return same.sort((one, two) => far(one) - far(two))[0] || all[Math.min(place.at, all.length - 1)];
  };
  const kept = sessionStorage.getItem(key);
  if (kept) {
    sessionStorage.removeItem(key);
    history.scrollRestoration = "manual";
    const place = JSON.parse(kept);
    const back = () => {
      const block = place.at < 0 ? null : find(place);
      const top = block ? scrollY + block.getBoundingClientRect().top - place.top : place.top;
      window.scrollTo({top, behavior: "instant"});
    };
    back();
    addEventListener("load", back);
  }
  const tell = text => {
    let box = document.getElementById("dingben-problem");
    if (!text) { if (box) box.remove(); return; }
    if (!box) {
      box = document.createElement("pre");
      box.id = "dingben-problem";
      box.setAttribute("role", "alert");
      box.style.cssText = "position:fixed;inset:0 0 auto 0;z-index:9999;margin:0;padding:1em;max-height:50vh;" +
        "overflow:auto;white-space:pre-wrap;background:#9a3328;color:#fff;font:14px/1.5 monospace";
      document.body.append(box);
    }
    box.textContent = text;
  };
  new EventSource("/-/events?page=" + encodeURIComponent(page)).onmessage = event => {
    const state = JSON.parse(event.data);
    if (state.version && state.version !== version) { keep(); location.reload(); return; }
    tell(state.problem);
  };
})();
"""


class Shown:
    """What the server shows: the last good pages and what is wrong now. Threads may read and change it."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.pages: dict[str, bytes] = {}
        self.versions: dict[str, str] = {}
        self.problem = ""
        self.round = 0
        self.closed = False

    def show(self, pages: dict[str, bytes]) -> list[str]:
        """Show these pages; gives the names of those that changed."""
        rest = hashlib.sha256()  # style sheets and pictures belong to every page
        for name in sorted(pages):
            if not name.endswith((".html", ".pdf", ".epub", ".txt", ".azw3")):
                rest.update(name.encode() + b"\0" + pages[name])
        common = rest.digest()
        html = {name: data for name, data in pages.items() if name.endswith(".html")}
        versions = {name: hashlib.sha256(data + common).hexdigest()[:16] for name, data in html.items()}
        before = self.versions
        with self.changed:
            self.pages, self.versions, self.problem = pages, versions, ""
            self.round += 1
            self.changed.notify_all()
        return [name for name in versions if versions[name] != before.get(name)]

    def fail(self, problem: str) -> None:
        """Say what is wrong; the last good pages stay."""
        with self.changed:
            self.problem = problem
            self.round += 1
            self.changed.notify_all()

    def close(self) -> None:
        """Let those go who wait for changes."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def state(self, page: str) -> bytes:
        """What a page has to know, as JSON."""
        return json.dumps(
            {"version": self.versions.get(page, ""), "problem": self.problem}, ensure_ascii=False
        ).encode()

    def with_script(self, name: str) -> bytes:
        """The page with the script."""
        tag = f'<script src="/{SCRIPT}" data-page="{name}" data-version="{self.versions.get(name, "")}"></script>\n'
        page = self.pages.get(name, b"<!DOCTYPE html>\n<title>dingben</title>\n<body><main></main>\n")
        head, body, tail = page.rpartition(b"</body>")
        return head + tag.encode() + body + tail if body else page + tag.encode()


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "dingben"
    sys_version = ""

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def answer(self, *, with_body: bool) -> None:
        """Send the page, the script or the events."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host not in (HERE, "localhost"):
            self.send(HTTPStatus.FORBIDDEN, b"this server serves this machine only\n", "text/plain", with_body)
            return
        url = urlsplit(self.path)
        name = unquote(url.path).removeprefix("/") or "index.html"
        shown = self.server.shown
        if name == EVENTS:
            self.events(parse_qs(url.query).get("page", ["index.html"])[0])
        elif name == SCRIPT:
            self.send(HTTPStatus.OK, WATCH_JS.encode(), "text/javascript; charset=utf-8", with_body)
        elif name == "index.html" or (name in shown.pages and name.endswith(".html")):
            self.send(HTTPStatus.OK, shown.with_script(name), "text/html; charset=utf-8", with_body)
        elif name in shown.pages:
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            self.send(HTTPStatus.OK, shown.pages[name], kind, with_body)
        else:
            self.send(HTTPStatus.NOT_FOUND, b"there is no such page\n", "text/plain", with_body)

    def send(self, status: HTTPStatus, body: bytes, kind: str, with_body: bool) -> None:
        """One whole answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def events(self, page: str) -> None:
        """The state of the page now and after every change, until the reader goes."""
        shown = self.server.shown
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        told = -1
        while not shown.closed:
            with shown.changed:
                news = shown.round != told or shown.changed.wait(HEARTBEAT)
                told, state = shown.round, shown.state(page)
            self.wfile.write(b"data: " + state + b"\n\n" if news else b": still here\n\n")
            self.wfile.flush()

    def handle(self) -> None:
        """A reader who goes is no error."""
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: the terminal is for the book."""


class Server(ThreadingHTTPServer):
    """Serves ``shown`` on 127.0.0.1; port 0 takes any free one."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, shown: Shown, port: int) -> None:
        self.shown = shown
        super().__init__((HERE, port), Handler)

    @property
    def url(self) -> str:
        """Where to look."""
        return f"http://{HERE}:{self.server_port}/"


def serve(shown: Shown, port: int) -> Server:
    """A running server; where ``port`` is taken, on any free one."""
    try:
        server = Server(shown, port)
    except OSError:
        server = Server(shown, 0)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return server
