"""The pages that the server of ``dingben watch`` shows, the current error, and the script that reloads pages.

Each page gets one script, which no output has; it listens for server-sent events
(https://html.spec.whatwg.org/multipage/server-sent-events.html), reloads its page after a change, and restores the
reader's position.
"""

from __future__ import annotations

import hashlib
import json
import threading
from html import escape

SCRIPT, EVENTS = "-/watch.js", "-/events"

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


class PageStore:
    """The last good pages and the current error. Thread-safe."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.pages: dict[str, bytes] = {}
        self.versions: dict[str, str] = {}
        self.problem = ""
        self.round = 0
        self.closed = False

    def show(self, pages: dict[str, bytes]) -> list[str]:
        """Replace the pages and clear the error; return the names of the pages that changed."""
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
        """Set the error; the last good pages stay."""
        with self.changed:
            self.problem = problem
            self.round += 1
            self.changed.notify_all()

    def close(self) -> None:
        """Wake up the threads that wait for changes."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def state(self, page: str) -> bytes:
        """Return the version of a page and the current error, as JSON."""
        return json.dumps({"version": self.versions.get(page, ""), "problem": self.problem}).encode("ascii")

    def with_script(self, name: str) -> bytes:
        """Return a page with the script."""
        version = self.versions.get(name, "")
        tag = f'<script src="/{SCRIPT}" data-page="{escape(name)}" data-version="{version}"></script>\n'
        page = self.pages.get(name, b"<!DOCTYPE html>\n<title>dingben</title>\n<body><main></main>\n")
        head, body, tail = page.rpartition(b"</body>")
        return head + tag.encode() + body + tail if body else page + tag.encode()
