"""The only caller of pandoc: Markdown to its document model, and that to HTML and EPUB.

pandoc runs with ``--sandbox``: it reads what it is given on standard input and nothing
else. Raw HTML, raw TeX and math are off in the reader, so that a stranger's Markdown can
put no markup of its own into the outputs; ``<`` is a character like any other.
https://pandoc.org/MANUAL.html
"""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Timer
from typing import Any

from dingben.cache import Cache
from dingben.errors import DingbenError, Place, Problem, SourceError, ToolError
from dingben.nodes import Node, depth

READER = (
    "markdown-raw_html-native_divs-native_spans-raw_tex-raw_attribute-markdown_in_html_blocks"
    "-yaml_metadata_block-pandoc_title_block-smart-auto_identifiers-implicit_header_references"
    "-tex_math_dollars-citations-example_lists-latex_macros+east_asian_line_breaks"
)
"""What chapters are written in."""

DEEPEST = 150
"""Levels of lists and nodes: some twenty quotations or lists within each other."""

DEEP = "Look for dozens of >, - or [ in a row."

LONGEST = 60
"""Seconds that one division may take; two million characters take four."""

PATIENCE = 5.0
"""Seconds that chapters may take together, and one more for each 100,000 bytes: longer than any but a hopeless one."""

TOGETHER = """
local format = io.read("l")
for size in io.lines() do
  local text = io.read(tonumber(size))
  local fine, messages, document = pcall(pandoc.log.silence, pandoc.read, text, format, nil, {})
  local answer = fine and #messages == 0 and pandoc.write(document, "json") or ""
  io.write(#answer, "\\n", answer)
  io.flush()
end
"""
"""Reads chapters apart from each other: nothing for one of which pandoc has something to say.

The empty list of files puts the reader in pandoc's sandbox. https://pandoc.org/lua-filters.html#pandoc.read
"""


def bundled() -> Path | None:
    """The pandoc that pypandoc-binary ships, None where there is none."""
    import pypandoc

    path = Path(pypandoc.__file__).parent / "files" / "pandoc"
    return path if path.is_file() else None


def version() -> str:
    """The version of the pandoc in use, e.g. ``3.9``. Raises ToolError where there is none."""
    import pypandoc

    choose()
    try:
        return str(pypandoc.get_pandoc_version())
    except OSError as error:
        raise missing() from error


def own() -> str | None:
    """The pandoc that the user asks for by PYPANDOC_PANDOC, None where the pinned one is used."""
    asked = os.environ.get("PYPANDOC_PANDOC")
    return asked if asked and asked != str(bundled()) else None


def choose() -> None:
    """Take the pinned pandoc: pypandoc prefers any newer one on the PATH, which would change the books."""
    path = bundled()
    if path and not own():
        os.environ["PYPANDOC_PANDOC"] = str(path)


def missing() -> ToolError:
    """The error for a machine without pandoc."""
    return ToolError(
        "pandoc is missing",
        hint="pip install --force-reinstall pypandoc-binary==1.17 (and unset PYPANDOC_PANDOC).",
    )


class Chapters:
    """Chapters being read by pandoc, a process on each core.

    A process reads several, for touching its memory for the first time takes it as long as reading one does.
    """

    def __init__(self, chapters: Sequence[tuple[str, Path]], cache: Cache) -> None:
        self.chapters, self.cache = chapters, cache
        self.outputs: list[Future[bytes]] = [Future() for _ in chapters]
        self.pool = ThreadPoolExecutor(os.cpu_count())
        unread = []
        for index, (text, _) in enumerate(chapters):
            if found := cache.found("blocks", shaped_by(text)):
                self.outputs[index].set_result(found)
            else:
                unread.append(index)
        for pile in piles([(len(chapters[index][0]), index) for index in unread], os.cpu_count() or 1):
            self.pool.submit(self.read, pile)

    def __enter__(self) -> Chapters:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(cancel_futures=True)

    def blocks(self, index: int) -> list[Node]:
        """The blocks of a chapter, when it is read. Raises SourceError."""
        return blocks_of(self.outputs[index].result(), self.chapters[index][1])

    def read(self, pile: Sequence[int]) -> None:
        """Read the chapters with these numbers together; those that come to nothing so alone, where faults are told."""
        try:
            together = read_together([self.chapters[index][0] for index in pile]) if len(pile) > 1 else iter(())
            for index in pile:
                text, path = self.chapters[index]
                try:
                    output = next(together, b"") or parsed(text, path)
                except DingbenError as error:
                    self.outputs[index].set_exception(error)
                    continue
                self.cache.keep("blocks", shaped_by(text), output)
                self.outputs[index].set_result(output)
        except BaseException as error:  # told where the chapters are waited for
            for index in pile:
                if not self.outputs[index].done():
                    self.outputs[index].set_exception(error)


def shaped_by(text: str) -> tuple[str, ...]:
    """What a chapter's blocks depend on."""
    return READER, own() or "", text


def piles(sized: Sequence[tuple[int, int]], most: int) -> list[list[int]]:
    """Numbers, each with a size, in at most so many piles of about the same size; in order within a pile."""
    made: list[tuple[int, list[int]]] = [(0, []) for _ in range(min(most, len(sized)))]
    for size, number in sorted(sized, key=lambda pair: (-pair[0], pair[1])):
        smallest = min(range(len(made)), key=lambda index: made[index][0])
        made[smallest] = (made[smallest][0] + size, [*made[smallest][1], number])
    return [sorted(numbers) for _, numbers in made]


def read_together(texts: Sequence[str]) -> Iterator[bytes]:
    """The document model of each text as JSON: empty where pandoc has something to tell, missing where it failed."""
    import pypandoc

    choose()
    data = [text.encode("utf-8") for text in texts]
    with tempfile.TemporaryFile() as file:  # no pipe: pandoc answers before it has read all
        file.write(READER.encode() + b"\n" + b"".join(b"%d\n%b" % (len(text), text) for text in data))
        file.seek(0)
        try:
            command = [pypandoc.get_pandoc_path(), "lua", "-E", "-e", TOGETHER]
            process = subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except OSError:
            return
    timer = Timer(PATIENCE + sum(map(len, data)) / 100_000, process.kill)
    timer.start()
    with process:
        assert process.stdout
        try:
            while size := process.stdout.readline():
                answer = process.stdout.read(int(size))
                yield answer if len(answer) == int(size) else b""
        finally:
            timer.cancel()
            process.kill()


def read_markdown(text: str, path: Path) -> list[Node]:
    """The blocks of one chapter.

    Every warning of pandoc's reader (a note without a call, a division left open) is a
    SourceError at its place: each means that text would be lost.
    """
    return blocks_of(parsed(text, path), path)


def blocks_of(output: bytes, path: Path) -> list[Node]:
    """The blocks out of pandoc's JSON of a chapter. Raises SourceError where they are nested too deeply."""
    try:
        blocks: list[Node] = json.loads(output)["blocks"]
    except RecursionError as error:
        raise SourceError("markup is nested too deeply", hint=DEEP, place=Place(path)) from error
    if depth(blocks) > DEEPEST:
        raise SourceError("markup is nested too deeply", hint=DEEP, place=Place(path))
    return blocks


def parsed(text: str, path: Path) -> bytes:
    """pandoc's document model of a chapter as JSON."""
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        log = Path(scratch) / "log.json"
        try:
            output = convert(text, READER, "json", ["--log", str(log)])
        except SourceError as error:
            raise SourceError(str(error), hint=error.problems[0].hint, place=Place(path)) from error
        entries = json.loads(log.read_text("utf-8") or "[]") if log.is_file() else []
    problems = [
        Problem(
            warning_text(entry),
            "pandoc would lose text here; see https://pandoc.org/MANUAL.html#pandocs-markdown.",
            warning_place(entry, path),
        )
        for entry in entries
        if entry.get("verbosity") in ("WARNING", "ERROR")
    ]
    if problems:
        raise SourceError.of(problems)
    return output


def warning_place(entry: dict[str, Any], path: Path) -> Place:
    """Line and column of a log entry; some have them only in their words."""
    found = re.search(r"line (\d+) column (\d+)", str(entry.get("pretty", "")))
    line, column = entry.get("line"), entry.get("column")
    if line is None and found:
        line, column = found[1], found[2]
    return Place(path, int(line or 0), int(column or 0))


def warning_text(entry: dict[str, Any]) -> str:
    """A log entry without pandoc's own, made-up file name."""
    if entry.get("type") == "NoteDefinedButNotUsed":
        return f"note [^{entry.get('key')}] has no call in the text"
    return " ".join(str(entry.get("pretty", entry.get("type", "?"))).split())


def write_html(blocks: Sequence[Node]) -> str:
    """The blocks as an HTML 5 fragment."""
    return html_of(document(blocks))


@functools.lru_cache(256)
def html_of(text: str) -> str:
    """A document in JSON as an HTML 5 fragment; kept, for the editions for the screen want most chapters alike."""
    return convert(text, "json", "html5", ["--wrap=none", "--syntax-highlighting=none"]).decode("utf-8")


def write_plain(blocks: Sequence[Node]) -> str:
    """The blocks as plain text, a paragraph to a line."""
    return convert(document(blocks), "json", "plain", ["--wrap=none"]).decode("utf-8")


def write_epub(blocks: Sequence[Node], metadata: dict[str, Node], options: Sequence[str]) -> bytes:
    """The blocks as the bytes of an EPUB 3 publication. Dates come from SOURCE_DATE_EPOCH."""
    return convert(document(blocks, metadata), "json", "epub3", ["--output=-", *options])


def document(blocks: Sequence[Node], metadata: dict[str, Node] | None = None) -> str:
    """A whole document of pandoc's, as JSON."""
    whole = {"pandoc-api-version": [1, 23, 1], "meta": metadata or {}, "blocks": list(blocks)}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def convert(text: str, reader: str, writer: str, options: Sequence[str]) -> bytes:
    """One run of pandoc. Raises ToolError where it is missing or fails, SourceError where it doesn't end.

    pypandoc says where pandoc is; the process is ours, for pypandoc has no time limit and
    pandoc needs exponential time for some input, such as a dozen nested brackets.
    """
    import pypandoc

    choose()
    try:
        command = [
            pypandoc.get_pandoc_path(),
            f"--from={reader}",
            f"--to={writer}",
            "--sandbox",
            "--output=-",
            *options,
        ]
        done = subprocess.run(command, input=text.encode("utf-8"), capture_output=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired as error:
        raise SourceError(
            f"pandoc did not come to an end in {LONGEST} seconds",
            hint="Look for many nested brackets or stars: [[[[…]]]], ****….",
        ) from error
    except OSError as error:
        raise missing() from error
    if done.returncode:
        detail = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise ToolError(f"pandoc failed: {detail}", hint="Run `dingben doctor`.")
    return done.stdout
