"""Read chapters with a pool of pandoc processes, one on each core, that start at once and then write HTML.

Each process is ``pandoc lua`` with the script ``LUA_SCRIPT``. It reads several chapters, because touching a pandoc's
memory for the first time takes as long as reading a chapter. A chapter with warnings is read again by the command
line, which says where they are. See :mod:`dingben.document.pandoc` for what pandoc may do.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock, Timer

from dingben.book.model import Division
from dingben.document.ast import Node
from dingben.document.pandoc import (
    READER_FORMAT,
    VERSIONS,
    custom_path,
    executable,
    markdown_to_json,
    parse_blocks,
    time_limit,
)
from dingben.errors import DingbenError
from dingben.system.cache import Cache
from dingben.system.processes import bound_group

BASE_TIMEOUT = 5.0
"""Seconds allowed for the chapters of one process, and one more for each 100,000 bytes."""

PIPE_SIZE = 1 << 20
"""Pipe buffer size in bytes (Linux), so that pandoc can write before anything reads."""

SMALL_HEAP = ("+RTS", "-H4m", "-A4m", "-RTS")
"""Runtime options for a small initial heap: a pandoc that reads one chapter starts a quarter faster."""

LUA_SCRIPT = """
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
local function each(texts, work)
  for size in texts:lines() do
    local text = texts:read(tonumber(size))
    local fine, answer = pcall(work, text)
    answer = fine and answer or ""
    io.write(#answer, "\\n", answer)
    io.flush()
  end
end
io.write("pandoc ", tostring(PANDOC_VERSION), "\\n")
io.flush()
local format, path = io.read("l"), io.read("l")
local reading = pandoc.ReaderOptions{columns = 72}
local texts = io.open(path)
os.remove(path)
each(texts, function (text)
  local messages, document = pandoc.log.silence(pandoc.read, text, format, reading, {})
  local json = pandoc.write(document, "json")
  if json:find('"SoftBreak"', 1, true) then json = pandoc.write(document:walk{Inlines = joined}, "json") end
  return #messages == 0 and json or ""
end)
local writing = pandoc.WriterOptions{wrap_text = "none", highlight_method = "none"}
each(io.stdin, function (text)
  local html = pandoc.write(pandoc.read(text, "json", {}, {}), "html5", writing)
  return html:sub(-1) == "\\n" and html or html .. "\\n"
end)
"""
"""Lua script: print the version, parse the chapters one by one, then write HTML for each document sent.

The answer for a chapter with warnings is empty. The script also does what the command line does besides parsing: the
line width, which decides the column widths of tables, and the joining of lines that break between Han characters
(``east_asian_line_breaks``). The empty list of files puts the reader in pandoc's sandbox.
https://pandoc.org/lua-filters.html#pandoc.read
"""

COMMAND_LINE_ONLY = re.compile("[\t\r\ufeff]")
"""Characters that the command line normalises before parsing; chapters with them are read by the command line."""


class ChapterReader:
    """Reads chapters with pandoc processes in the background, one on each core.

    No thread is started before a result is requested, and none is left when all chapters are read, so that this process
    can be forked then.
    """

    def __init__(self, chapters: Sequence[tuple[str, Path]], cache: Cache, *, stay: bool = False) -> None:
        """Start the processes. ``stay``: keep them afterwards, to write HTML."""
        self.chapters, self.cache, self.stay = chapters, cache, stay
        self.outputs: list[Future[bytes]] = [Future() for _ in chapters]
        self.command_line: list[int] = []
        self.pool: ThreadPoolExecutor | None = None
        unread = []
        for index, (text, _) in enumerate(chapters):
            if found := cache.get("blocks", cache_key(text)):
                self.outputs[index].set_result(found)
            elif COMMAND_LINE_ONLY.search(text):
                self.command_line.append(index)
            else:
                unread.append(index)
        made = balance([(len(chapters[index][0]), index) for index in unread], os.cpu_count() or 1)
        self.workers = [(pile, PandocWorker([chapters[at][0] for at in pile])) for pile in made]

    def __enter__(self) -> ChapterReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()
        self.end()

    def finish(self) -> None:
        """Release the threads, and the processes that will not write HTML."""
        if self.pool:
            self.pool.shutdown(cancel_futures=True)
            self.pool = None
        for _, process in self.workers:
            if not (self.stay and process.done):
                process.end()

    def end(self) -> None:
        """Stop all processes."""
        for _, process in self.workers:
            process.end()

    def receive_version(self) -> None:
        """Receive the version from a running process, which saves another run of pandoc."""
        for _, process in self.workers[:1]:
            process.receive_version()

    @property
    def writers(self) -> list[PandocWorker]:
        """The processes that have read their chapters and can write HTML."""
        return [process for _, process in self.workers if self.stay and process.done]

    def blocks(self, index: int) -> list[Node]:
        """Return the AST blocks of a chapter, waiting for pandoc. Raises SourceError."""
        self.start_receiving()
        return parse_blocks(self.outputs[index].result(), self.chapters[index][1])

    def start_receiving(self) -> None:
        """Start receiving results from the processes."""
        if self.pool is None:
            self.pool = ThreadPoolExecutor(os.cpu_count())
            for pile, process in self.workers:
                self.pool.submit(self.receive, pile, process.results())
            for single in self.command_line:
                self.pool.submit(self.receive, [single], (b"" for _ in ()))

    def receive(self, pile: Sequence[int], answers: Generator[bytes, None, None]) -> None:
        """Receive the chapters with these indices.

        Those that fail are read again by the command line, which reports errors.
        """
        try:
            with contextlib.closing(answers):
                for index in pile:
                    text, path = self.chapters[index]
                    try:
                        output = next(answers, b"") or markdown_to_json(text, path)
                    except DingbenError as error:
                        self.outputs[index].set_exception(error)
                        continue
                    self.cache.put("blocks", cache_key(text), output)
                    self.outputs[index].set_result(output)
        except BaseException as error:  # raised where the chapters are waited for
            for index in pile:
                if not self.outputs[index].done():
                    self.outputs[index].set_exception(error)


def chapters_of(divisions: Sequence[Division]) -> list[tuple[str, Path]]:
    """Return text and path of the divisions that have a file."""
    return [(division.text, division.path) for division in divisions if division.path]


def cache_key(text: str) -> tuple[str, ...]:
    """Return what the AST of a chapter depends on: the key of the cache."""
    return READER_FORMAT, custom_path() or "", text


def balance(sized: Sequence[tuple[int, int]], most: int) -> list[list[int]]:
    """Distribute indices, each with a size, over at most ``most`` groups of about the same total size."""
    groups: list[tuple[int, list[int]]] = [(0, []) for _ in range(min(most, len(sized)))]
    for size, number in sorted(sized, key=lambda pair: (-pair[0], pair[1])):
        smallest = min(range(len(groups)), key=lambda index: groups[index][0])
        groups[smallest] = (groups[smallest][0] + size, [*groups[smallest][1], number])
    return [sorted(numbers) for _, numbers in groups]


class PandocWorker:
    """A pandoc process that parses several texts, then writes HTML."""

    def __init__(self, texts: Sequence[str]) -> None:
        data = [text.encode("utf-8") for text in texts]
        self.patience = BASE_TIMEOUT + sum(map(len, data)) / 100_000
        self.left = len(data)
        self.process: subprocess.Popen[bytes] | None = None
        self.program = executable()
        self.version_lock = Lock()
        self.version_received = False
        command = [self.program, *(SMALL_HEAP if len(texts) == 1 else ()), "lua", "-E", "-e", LUA_SCRIPT]
        # it makes a folder for temporary files, and leaves it behind when it is ended
        self.scratch = tempfile.mkdtemp(prefix="dingben-")
        texts_file = Path(self.scratch) / "texts"  # no pipe: pandoc answers before it has read all
        texts_file.write_bytes(b"".join(b"%d\n%b" % (len(text), text) for text in data))
        with contextlib.suppress(OSError):
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "TMPDIR": self.scratch},
                process_group=bound_group(),
            )
        if self.process:
            self.send(b"%b\n%b\n" % (READER_FORMAT.encode(), os.fsencode(texts_file)))
            if sys.platform == "linux":
                import fcntl

                assert self.process.stdout
                with contextlib.suppress(OSError):  # not everywhere is so much allowed
                    fcntl.fcntl(self.process.stdout, fcntl.F_SETPIPE_SZ, PIPE_SIZE)

    def send(self, data: bytes) -> None:
        """Write to the process; a dead process is noticed when its answer is read."""
        if self.process and self.process.stdin:
            with contextlib.suppress(OSError):
                self.process.stdin.write(data)
                self.process.stdin.flush()

    def receive_version(self) -> None:
        """Receive the version of pandoc, once."""
        with self.version_lock:
            if not self.version_received and self.process and self.process.stdout:
                self.version_received = True
                with self.time_limit(self.patience):
                    words = self.process.stdout.readline().decode("utf-8", "replace").split()
                if words[:1] == ["pandoc"]:
                    VERSIONS[self.program] = words[1]

    def results(self) -> Generator[bytes, None, None]:
        """Yield the AST of each text as JSON: empty where there are warnings, fewer where the process failed."""
        self.receive_version()
        with self.time_limit(self.patience):
            while self.left and (answer := self.read_answer()) is not None:
                self.left -= 1
                yield answer

    def html(self, document: str) -> str | None:
        """Render a JSON document as an HTML 5 fragment; None where pandoc failed."""
        data = document.encode("utf-8")
        with self.time_limit(time_limit(len(data))):
            self.send(b"%d\n%b" % (len(data), data))
            answer = self.read_answer()
        return answer.decode("utf-8") if answer else None

    @property
    def done(self) -> bool:
        """Whether all texts are parsed and the process can write HTML."""
        return self.process is not None and not self.left

    @contextlib.contextmanager
    def time_limit(self, seconds: float) -> Iterator[None]:
        """Context in which the process is killed after ``seconds``."""
        timer = Timer(seconds, self.process.kill) if self.process else None
        if timer:
            timer.start()
        try:
            yield
        finally:
            if timer:
                timer.cancel()
                timer.join()  # no thread is left

    def read_answer(self) -> bytes | None:
        """Read the next answer; None where it is incomplete."""
        if self.process is None or self.process.stdout is None:
            return None
        size = self.process.stdout.readline().strip()
        answer = self.process.stdout.read(int(size)) if size.isdigit() else b""
        if not size.isdigit() or len(answer) != int(size):
            self.end()
            return None
        return answer

    def stop(self) -> None:
        """Kill the process without waiting, to release its memory."""
        if self.process:
            self.process.kill()

    def end(self) -> None:
        """Stop the process and remove its temporary files."""
        if self.process:
            self.process.kill()
            with contextlib.suppress(OSError), self.process:  # its pipes are closed, whatever is left in them
                pass
            self.process = None
        shutil.rmtree(self.scratch, ignore_errors=True)
