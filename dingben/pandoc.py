"""The only caller of pandoc: Markdown to its document model, and that to HTML and EPUB.

pandoc runs with ``--sandbox``: it reads what it is given on standard input and nothing
else. Raw HTML, raw TeX and math are off in the reader, so that a stranger's Markdown can
put no markup of its own into the outputs; ``<`` is a character like any other.
https://pandoc.org/MANUAL.html
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Timer
from typing import Any

from dingben.cache import Cache
from dingben.errors import DingbenError, Place, Problem, SourceError, ToolError
from dingben.model import Division
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

APART = "\x1d"
"""What stands between texts on their way through pandoc: a character that no source may hold."""

REMEMBERED = 256
"""Texts whose HTML is kept."""

WRITTEN: dict[str, str] = {}
"""The HTML of texts in JSON."""

LONGEST = 60
"""Seconds that one division may take; two million characters take four."""

PATIENCE = 5.0
"""Seconds that chapters may take together, and one more for each 100,000 bytes: longer than any but a hopeless one."""

ROOM = 1 << 20
"""Bytes that pandoc may have told before anybody listens, where a pipe can hold so many (Linux)."""

SMALL = ("+RTS", "-H4m", "-A4m", "-RTS")
"""How much memory a pandoc that reads one chapter shall begin with: it has it a quarter sooner."""

TOGETHER = """
local function wide(text, at)
  local here = text ~= "" and utf8.offset(text, at)
  return here and pandoc.layout.real_length(utf8.char(utf8.codepoint(text, here))) == 2
end
local function joined(inlines)
  for i = #inlines - 1, 2, -1 do
    if inlines[i].t == "SoftBreak" and wide(pandoc.utils.stringify(inlines[i - 1]), -1)
      and wide(pandoc.utils.stringify(inlines[i + 1]), 1) then inlines:remove(i) end
  end
  return inlines
end
local format = io.read("l")
local options = pandoc.ReaderOptions{columns = 72}
for size in io.lines() do
  local text = io.read(tonumber(size))
  local fine, answer = pcall(function ()
    local messages, document = pandoc.log.silence(pandoc.read, text, format, options, {})
    local json = pandoc.write(document, "json")
    if json:find('"SoftBreak"', 1, true) then json = pandoc.write(document:walk{Inlines = joined}, "json") end
    return #messages == 0 and json or ""
  end)
  answer = fine and answer or ""
  io.write(#answer, "\\n", answer)
  io.flush()
end
"""
"""Reads chapters apart from each other, as pandoc's command line does: nothing for one of which it tells something.

What the command line does beside its reader is done here: its width of lines, which decides over the columns of
tables, and the joining of lines that break between Han (``east_asian_line_breaks``). The empty list of files puts the
reader in pandoc's sandbox. https://pandoc.org/lua-filters.html#pandoc.read
"""

ALONE = re.compile("[\t\r\ufeff]")
"""What the command line turns into something else before it reads."""


def bundled() -> Path | None:
    """The pandoc that pypandoc-binary ships, None where there is none; pypandoc isn't imported, which takes 20 ms."""
    found = importlib.util.find_spec("pypandoc")
    path = Path(found.origin).parent / "files" / "pandoc" if found and found.origin else None
    return path if path and path.is_file() else None


def own() -> str | None:
    """The pandoc that the user asks for by PYPANDOC_PANDOC, None where the pinned one is used."""
    asked = os.environ.get("PYPANDOC_PANDOC")
    return asked if asked and asked != str(bundled()) else None


def program() -> str:
    """The pandoc in use: the pinned one, for any newer on the PATH would change the books. Raises ToolError."""
    if found := own() or bundled():
        return str(found)
    import pypandoc

    try:
        return str(pypandoc.get_pandoc_path())
    except OSError as error:
        raise missing() from error


def version() -> str:
    """The version of the pandoc in use, e.g. ``3.9``. Raises ToolError where there is none."""
    return version_of(program())


@functools.cache
def version_of(program: str) -> str:
    """The version of a pandoc, which is asked once."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=LONGEST, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise missing() from error
    return said.split()[1]


def missing() -> ToolError:
    """The error for a machine without pandoc."""
    return ToolError(
        "pandoc is missing",
        hint="pip install --force-reinstall pypandoc-binary==1.17 (and unset PYPANDOC_PANDOC).",
    )


class Chapters:
    """Chapters being read by pandoc from the first moment on, a process on each core.

    A process reads several, for touching its memory for the first time takes it as long as reading one does. No thread
    is begun before anything is asked: until then this process may be forked.
    """

    def __init__(self, chapters: Sequence[tuple[str, Path]], cache: Cache) -> None:
        self.chapters, self.cache = chapters, cache
        self.outputs: list[Future[bytes]] = [Future() for _ in chapters]
        self.alone: list[int] = []
        self.pool: ThreadPoolExecutor | None = None
        unread = []
        for index, (text, _) in enumerate(chapters):
            if found := cache.found("blocks", shaped_by(text)):
                self.outputs[index].set_result(found)
            elif ALONE.search(text):
                self.alone.append(index)
            else:
                unread.append(index)
        made = piles([(len(chapters[index][0]), index) for index in unread], os.cpu_count() or 1)
        self.together = [(pile, Together([chapters[at][0] for at in pile])) for pile in made]

    def __enter__(self) -> Chapters:
        return self

    def __exit__(self, *_: object) -> None:
        if self.pool:
            self.pool.shutdown(cancel_futures=True)
        for pile in self.together:
            pile[1].end()

    def blocks(self, index: int) -> list[Node]:
        """The blocks of a chapter, when it is read. Raises SourceError."""
        self.listen()
        return blocks_of(self.outputs[index].result(), self.chapters[index][1])

    def listen(self) -> None:
        """Begin to take what pandoc answers."""
        if self.pool is None:
            self.pool = ThreadPoolExecutor(os.cpu_count())
            for pile, process in self.together:
                self.pool.submit(self.take, pile, process.answers())
            for single in self.alone:
                self.pool.submit(self.take, [single], iter(()))

    def take(self, pile: Sequence[int], answers: Iterator[bytes]) -> None:
        """Take the chapters with these numbers; those that come to nothing together are read alone, and faults told."""
        try:
            for index in pile:
                text, path = self.chapters[index]
                try:
                    output = next(answers, b"") or parsed(text, path)
                except DingbenError as error:
                    self.outputs[index].set_exception(error)
                    continue
                self.cache.keep("blocks", shaped_by(text), output)
                self.outputs[index].set_result(output)
        except BaseException as error:  # told where the chapters are waited for
            for index in pile:
                if not self.outputs[index].done():
                    self.outputs[index].set_exception(error)


def chapters_of(divisions: Sequence[Division]) -> list[tuple[str, Path]]:
    """Text and file of divisions that have one."""
    return [(division.text, division.path) for division in divisions if division.path]


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


class Together:
    """A process of pandoc that reads several texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        data = [text.encode("utf-8") for text in texts]
        self.patience = PATIENCE + sum(map(len, data)) / 100_000
        self.process: subprocess.Popen[bytes] | None = None
        command = [program(), *(SMALL if len(texts) == 1 else ()), "lua", "-E", "-e", TOGETHER]
        # it makes a folder for temporary files, and leaves it behind when it is ended
        self.scratch = tempfile.mkdtemp(prefix="dingben-")
        with tempfile.TemporaryFile() as file:  # no pipe: pandoc answers before it has read all
            file.write(READER.encode() + b"\n" + b"".join(b"%d\n%b" % (len(text), text) for text in data))
            file.seek(0)
            with contextlib.suppress(OSError):
                self.process = subprocess.Popen(
                    command,
                    stdin=file,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "TMPDIR": self.scratch},
                )
        if self.process and self.process.stdout and sys.platform == "linux":
            import fcntl

            with contextlib.suppress(OSError):  # not everywhere is so much allowed
                fcntl.fcntl(self.process.stdout, fcntl.F_SETPIPE_SZ, ROOM)

    def answers(self) -> Iterator[bytes]:
        """The document model of each text as JSON: empty where pandoc has something to tell, missing if it failed."""
        if self.process is None or self.process.stdout is None:
            self.end()
            return
        timer = Timer(self.patience, self.process.kill)
        timer.start()
        try:
            while size := self.process.stdout.readline():
                answer = self.process.stdout.read(int(size))
                yield answer if len(answer) == int(size) else b""
        finally:
            timer.cancel()
            self.end()

    def end(self) -> None:
        """End the process, if it is still there, and take away what it leaves."""
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)


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
    return write_htmls([blocks])[0]


def write_htmls(texts: Sequence[Sequence[Node]]) -> list[str]:
    """Each of the texts as an HTML 5 fragment, by one run of pandoc; those of late are remembered.

    The editions for the screen want most chapters alike, and a watch all but those that changed.
    """
    keys = [json_of(list(blocks)) for blocks in texts]
    new = [key for key in dict.fromkeys(keys) if key not in WRITTEN]
    if new:
        apart = json_of({"t": "RawBlock", "c": ["html", APART]})
        pieces = [piece for key in new for piece in (apart, key[1:-1]) if piece][1:]
        whole = document_of(f"[{','.join(pieces)}]")
        output = convert(whole, "json", "html5", ["--wrap=none", "--syntax-highlighting=none"])
        WRITTEN.update(zip(new, output.decode("utf-8").split(f"{APART}\n"), strict=True))
    made = [WRITTEN[key] for key in keys]
    for key in list(WRITTEN)[:-REMEMBERED]:
        del WRITTEN[key]
    return made


def write_plain(blocks: Sequence[Node]) -> str:
    """The blocks as plain text, a paragraph to a line."""
    return convert(document(blocks), "json", "plain", ["--wrap=none"]).decode("utf-8")


def write_epub(blocks: Sequence[Node], metadata: dict[str, Node], options: Sequence[str]) -> bytes:
    """The blocks as the bytes of an EPUB 3 publication. Dates come from SOURCE_DATE_EPOCH."""
    return convert(document(blocks, metadata), "json", "epub3", ["--output=-", *options])


def document(blocks: Sequence[Node], metadata: dict[str, Node] | None = None) -> str:
    """A whole document of pandoc's, as JSON."""
    return document_of(json_of(list(blocks)), json_of(metadata or {}))


def document_of(blocks: str, metadata: str = "{}") -> str:
    """A whole document of blocks that are JSON."""
    return f'{{"pandoc-api-version":[1,23,1],"meta":{metadata},"blocks":{blocks}}}'


def json_of(value: object) -> str:
    """JSON as pandoc reads it soonest."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def convert(text: str, reader: str, writer: str, options: Sequence[str]) -> bytes:
    """One run of pandoc. Raises ToolError where it is missing or fails, SourceError where it doesn't end.

    pypandoc-binary brings pandoc; the process is ours, for pypandoc has no time limit and
    pandoc needs exponential time for some input, such as a dozen nested brackets.
    """
    try:
        command = [
            program(),
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
