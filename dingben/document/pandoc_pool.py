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
    TIMEOUT,
    VERSIONS,
    custom_path,
    executable,
    markdown_to_json,
    parse_blocks,
)
from dingben.errors import DingbenError
from dingben.system.cache import Cache

BASE_TIMEOUT = 5.0
"""Seconds that chapters may take together, and one more for each 100,000 bytes: longer than any but a hopeless one."""

PIPE_SIZE = 1 << 20
"""Bytes that pandoc may have told before anybody listens, where a pipe can hold so many (Linux)."""

SMALL_HEAP = ("+RTS", "-H4m", "-A4m", "-RTS")
"""How much memory a pandoc that reads one chapter shall begin with: it has it a quarter sooner."""

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
"""Says its version, and reads chapters apart from each other, as pandoc's command line does: nothing for one of which
it tells something. Then writes the HTML of document models, as long as it is given some.

What the command line does beside its reader is done here: its width of lines, which decides over the columns of
tables, and the joining of lines that break between Han (``east_asian_line_breaks``). The empty list of files puts the
reader in pandoc's sandbox. https://pandoc.org/lua-filters.html#pandoc.read
"""

COMMAND_LINE_ONLY = re.compile("[\t\r\ufeff]")
"""What the command line turns into something else before it reads."""


class ChapterReader:
    """Chapters being read by pandoc from the first moment on, a process on each core.

    No thread is begun before anything is asked, and none is left when all is read: this process may be forked then.
    """

    def __init__(self, chapters: Sequence[tuple[str, Path]], cache: Cache, *, stay: bool = False) -> None:
        """``stay``: the processes are kept until the end, for they are to write."""
        self.chapters, self.cache, self.stay = chapters, cache, stay
        self.outputs: list[Future[bytes]] = [Future() for _ in chapters]
        self.alone: list[int] = []
        self.pool: ThreadPoolExecutor | None = None
        unread = []
        for index, (text, _) in enumerate(chapters):
            if found := cache.found("blocks", cache_key(text)):
                self.outputs[index].set_result(found)
            elif COMMAND_LINE_ONLY.search(text):
                self.alone.append(index)
            else:
                unread.append(index)
        made = balance([(len(chapters[index][0]), index) for index in unread], os.cpu_count() or 1)
        self.together = [(pile, PandocWorker([chapters[at][0] for at in pile])) for pile in made]

    def __enter__(self) -> ChapterReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()
        self.end()

    def finish(self) -> None:
        """All is read: leave no thread, and no process that isn't to write."""
        if self.pool:
            self.pool.shutdown(cancel_futures=True)
            self.pool = None
        for _, process in self.together:
            if not (self.stay and process.done):
                process.end()

    def end(self) -> None:
        """End all processes."""
        for _, process in self.together:
            process.end()

    def greet(self) -> None:
        """Have one that reads tell its version, before anybody asks yet another pandoc."""
        for _, process in self.together[:1]:
            process.greet()

    @property
    def writers(self) -> list[PandocWorker]:
        """The processes that have read all they had to, and may write."""
        return [process for _, process in self.together if self.stay and process.done]

    def blocks(self, index: int) -> list[Node]:
        """The blocks of a chapter, when it is read. Raises SourceError."""
        self.listen()
        return parse_blocks(self.outputs[index].result(), self.chapters[index][1])

    def listen(self) -> None:
        """Begin to take what pandoc answers."""
        if self.pool is None:
            self.pool = ThreadPoolExecutor(os.cpu_count())
            for pile, process in self.together:
                self.pool.submit(self.take, pile, process.answers())
            for single in self.alone:
                self.pool.submit(self.take, [single], (b"" for _ in ()))

    def take(self, pile: Sequence[int], answers: Generator[bytes, None, None]) -> None:
        """Take the chapters with these numbers; those that come to nothing together are read alone, and faults told."""
        try:
            with contextlib.closing(answers):
                for index in pile:
                    text, path = self.chapters[index]
                    try:
                        output = next(answers, b"") or markdown_to_json(text, path)
                    except DingbenError as error:
                        self.outputs[index].set_exception(error)
                        continue
                    self.cache.keep("blocks", cache_key(text), output)
                    self.outputs[index].set_result(output)
        except BaseException as error:  # told where the chapters are waited for
            for index in pile:
                if not self.outputs[index].done():
                    self.outputs[index].set_exception(error)


def chapters_of(divisions: Sequence[Division]) -> list[tuple[str, Path]]:
    """Text and file of divisions that have one."""
    return [(division.text, division.path) for division in divisions if division.path]


def cache_key(text: str) -> tuple[str, ...]:
    """What a chapter's blocks depend on."""
    return READER_FORMAT, custom_path() or "", text


def balance(sized: Sequence[tuple[int, int]], most: int) -> list[list[int]]:
    """Numbers, each with a size, in at most so many piles of about the same size; in order within a pile."""
    made: list[tuple[int, list[int]]] = [(0, []) for _ in range(min(most, len(sized)))]
    for size, number in sorted(sized, key=lambda pair: (-pair[0], pair[1])):
        smallest = min(range(len(made)), key=lambda index: made[index][0])
        made[smallest] = (made[smallest][0] + size, [*made[smallest][1], number])
    return [sorted(numbers) for _, numbers in made]


class PandocWorker:
    """A process of pandoc that reads several texts, then writes HTML."""

    def __init__(self, texts: Sequence[str]) -> None:
        data = [text.encode("utf-8") for text in texts]
        self.patience = BASE_TIMEOUT + sum(map(len, data)) / 100_000
        self.left = len(data)
        self.process: subprocess.Popen[bytes] | None = None
        self.program = executable()
        self.greeting = Lock()
        self.greeted = False
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
            )
        if self.process:
            self.send(b"%b\n%b\n" % (READER_FORMAT.encode(), os.fsencode(texts_file)))
            if sys.platform == "linux":
                import fcntl

                assert self.process.stdout
                with contextlib.suppress(OSError):  # not everywhere is so much allowed
                    fcntl.fcntl(self.process.stdout, fcntl.F_SETPIPE_SZ, PIPE_SIZE)

    def send(self, data: bytes) -> None:
        """Tell it something; if it is gone, that is seen when its answer is waited for."""
        if self.process and self.process.stdin:
            with contextlib.suppress(OSError):
                self.process.stdin.write(data)
                self.process.stdin.flush()

    def greet(self) -> None:
        """Let it tell its version, which it does once."""
        with self.greeting:
            if not self.greeted and self.process and self.process.stdout:
                self.greeted = True
                with self.in_time(self.patience):
                    said = self.process.stdout.readline().decode("utf-8", "replace").split()
                if said[:1] == ["pandoc"]:
                    VERSIONS[self.program] = said[1]

    def answers(self) -> Generator[bytes, None, None]:
        """The document model of each text as JSON: empty where pandoc has something to tell, missing if it failed."""
        self.greet()
        with self.in_time(self.patience):
            while self.left and (answer := self.answer()) is not None:
                self.left -= 1
                yield answer

    def html(self, document: str) -> str | None:
        """A document model, which is JSON, as an HTML 5 fragment; None where pandoc failed."""
        data = document.encode("utf-8")
        with self.in_time(TIMEOUT):
            self.send(b"%d\n%b" % (len(data), data))
            answer = self.answer()
        return answer.decode("utf-8") if answer else None

    @property
    def done(self) -> bool:
        """Whether all is read and it may write."""
        return self.process is not None and not self.left

    @contextlib.contextmanager
    def in_time(self, seconds: float) -> Iterator[None]:
        """While this lasts, the process has so many seconds to live."""
        timer = Timer(seconds, self.process.kill) if self.process else None
        if timer:
            timer.start()
        try:
            yield
        finally:
            if timer:
                timer.cancel()
                timer.join()  # no thread is left

    def answer(self) -> bytes | None:
        """What it says next; None if it says nothing whole any more."""
        if self.process is None or self.process.stdout is None:
            return None
        size = self.process.stdout.readline().strip()
        answer = self.process.stdout.read(int(size)) if size.isdigit() else b""
        if not size.isdigit() or len(answer) != int(size):
            self.end()
            return None
        return answer

    def stop(self) -> None:
        """Nothing more is wanted of it: let it give back its memory, and don't wait until it has."""
        if self.process:
            self.process.kill()

    def end(self) -> None:
        """End the process, if it is still there, and take away what it leaves."""
        if self.process:
            self.process.kill()
            with contextlib.suppress(OSError), self.process:  # its pipes are closed, whatever is left in them
                pass
            self.process = None
        shutil.rmtree(self.scratch, ignore_errors=True)
