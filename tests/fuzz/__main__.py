"""Run random inputs for some minutes: ``python -m tests.fuzz MINUTES [KIND...]``.

An input fails where the command ends by a bug (an exception that nothing expected) or takes more than 15 seconds. It is
saved in build/fuzz/KIND-SEED, and printed; the exit code is 1 then. The seed alone makes it again.
"""

from __future__ import annotations

import contextlib
import io
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path

from dingben.cli import main

MOST_SECONDS = 15.0
"""pandoc and templates have 10 seconds of their own."""
SAVED = Path("build/fuzz")
BUG = "This is a bug"
"""Words of the hint of :class:`dingben.errors.InternalError`."""

COMMON = [
    "海港",
    "第一章",
    "a",
    "1",
    " ",
    "\u3000",
    "\n",
    "\n\n",
    "。",
    "“",
    "”",
    "\u202e",
    "\u0301",
    "שלום",
    "𠮷",
    "\ufeff",
]
WORDS = {
    "raw": ["第", "章", "节", "·", "…", "— 12 —", "\f", "ISBN 978-7-", "图书在版编目（CIP）数据", "<p>", "&amp;", "|", "-----", "①"],
    "markdown": ["# ", "## ", "[^1]", "[^1]: ", "**", "*", "[", "](", ")", "`", "$", "> ", "- ", "1. ", "|", "::: {.a}", ":::", "{.c}"],
    "toml": ["[book]", "[[division]]", "title", "language", "=", '"', "'''", "{", "}", "[", "]", ",", "1e999", "1979-05-27", "file", "true"],
    "css": ["p", "{", "}", ":", ";", "color", "var(--a)", "--a", "@page", "@media", "calc(", "1e9px", "url(x)", "/*", "*/", "\\", "!important"],
    "template": ["{{", "}}", "{%", "%}", "if", "for x in book", "endfor", "endif", "title", "|", "<p>", "</p>", "range(99)", "'", "**", "set a"],
}  # fmt: skip
TARGETS = {
    "raw": ("raw.txt", ("ingest", "{raw}", "--force")),
    "markdown": ("source/chapters/01-chapter.md", ("check",)),
    "toml": ("source/book.toml", ("check",)),
    "css": ("styles/book.css", ("build", "html", "--quiet")),
    "template": ("templates/titlepage.html", ("build", "html", "--quiet")),
}
"""Of each kind: the file of the book that is written, and the command that reads it."""


def generated(kind: str, seed: int) -> str:
    """Return a random text of some kind."""
    chooser = random.Random(f"{kind} {seed}")  # noqa: S311
    words = WORDS[kind] + COMMON
    length = chooser.choice((3, 20, 100))
    return "".join(chooser.choice(words) * chooser.choice((1, 1, 1, 1, 2, 50)) for _ in range(length))


def problem(kind: str, text: str, template: Path, folder: Path) -> str:
    """Return what is wrong with how an input ends; nothing if it ends as it should."""
    book = folder / "book"
    shutil.rmtree(book, ignore_errors=True)
    shutil.copytree(template, book)
    name, words = TARGETS[kind]
    (book / name).parent.mkdir(parents=True, exist_ok=True)
    (book / name).write_text(text, "utf-8")
    said = io.StringIO()
    start = time.monotonic()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        main([*(word.format(raw=book / name) for word in words), "--book", str(book)])
    taken = time.monotonic() - start
    if BUG in said.getvalue():
        return said.getvalue().strip()
    return f"took {taken:.1f} seconds" if taken > MOST_SECONDS else ""


def fuzz(minutes: float, kinds: list[str]) -> tuple[Counter[str], list[str]]:
    """Run inputs of the kinds in turn; return how many of each were run, and the failures."""
    end = time.monotonic() + 60 * minutes
    run: Counter[str] = Counter()
    failures: list[str] = []
    first = time.time_ns() // 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with contextlib.redirect_stdout(io.StringIO()):
            main(["new", str(folder / "new")])
        for seed in count(first):
            for kind in kinds:
                if time.monotonic() > end:
                    return run, failures
                text = generated(kind, seed)
                run[kind] += 1
                if wrong := problem(kind, text, folder / "new", folder):
                    SAVED.mkdir(parents=True, exist_ok=True)
                    (SAVED / f"{kind}-{seed}").write_text(text, "utf-8")
                    failures.append(f"{SAVED / f'{kind}-{seed}'}: {wrong}")
                    print(failures[-1], flush=True)
    return run, failures


if __name__ == "__main__":
    done, failed = fuzz(float(sys.argv[1]), sys.argv[2:] or list(TARGETS))
    print(", ".join(f"{kind}: {number} inputs" for kind, number in done.items()), f"; {len(failed)} failed")
    sys.exit(bool(failed))
