"""pandoc's command line: Markdown to its document model, and that to HTML and EPUB.

See also :mod:`dingben.document.pandoc_pool`.

pandoc runs with ``--sandbox``: it reads what it is given on standard input and nothing
else. Raw HTML, raw TeX and math are off in the reader, so that a stranger's Markdown can
put no markup of its own into the outputs; ``<`` is a character like any other.
https://pandoc.org/MANUAL.html
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from dingben.diagnostics import Diagnostic, Location
from dingben.document.ast import Node, nesting_depth
from dingben.errors import SourceError, ToolError

READER_FORMAT = (
    "markdown-raw_html-native_divs-native_spans-raw_tex-raw_attribute-markdown_in_html_blocks"
    "-yaml_metadata_block-pandoc_title_block-smart-auto_identifiers-implicit_header_references"
    "-tex_math_dollars-citations-example_lists-latex_macros+east_asian_line_breaks"
)
"""What chapters are written in."""

MAX_DEPTH = 150
"""Levels of lists and nodes: some twenty quotations or lists within each other."""

DEPTH_HINT = "Look for dozens of >, - or [ in a row."

SEPARATOR = "\x1d"
"""What stands between texts on their way through pandoc: a character that no source may hold."""

HTML_CACHE_SIZE = 256
"""Texts whose HTML is kept."""

HTML_CACHE: dict[str, str] = {}
"""The HTML of texts in JSON."""

TIMEOUT = 60
"""Seconds that one division may take; two million characters take four."""


def bundled_path() -> Path | None:
    """The pandoc that pypandoc-binary ships, None where there is none; pypandoc isn't imported, which takes 20 ms."""
    found = importlib.util.find_spec("pypandoc")
    path = Path(found.origin).parent / "files" / "pandoc" if found and found.origin else None
    return path if path and path.is_file() else None


def custom_path() -> str | None:
    """The pandoc that the user asks for by PYPANDOC_PANDOC, None where the pinned one is used."""
    asked = os.environ.get("PYPANDOC_PANDOC")
    return asked if asked and asked != str(bundled_path()) else None


def executable() -> str:
    """The pandoc in use: the pinned one, for any newer on the PATH would change the books. Raises ToolError."""
    if found := custom_path() or bundled_path():
        return str(found)
    import pypandoc

    try:
        return str(pypandoc.get_pandoc_path())
    except OSError as error:
        raise missing_error() from error


VERSIONS: dict[str, str] = {}
"""The versions of pandocs that have told theirs, by path."""


def version() -> str:
    """The version of the pandoc in use, e.g. ``3.9``. Raises ToolError where there is none."""
    path = executable()
    if path not in VERSIONS:
        VERSIONS[path] = query_version(path)
    return VERSIONS[path]


def query_version(program: str) -> str:
    """The version of a pandoc, which is asked."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=TIMEOUT, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise missing_error() from error
    words = said.split()
    if len(words) < 2 or not words[0].startswith("pandoc"):
        raise missing_error()
    return words[1]


def missing_error() -> ToolError:
    """The error for a machine without pandoc."""
    return ToolError(
        "pandoc is missing",
        hint="pip install --force-reinstall pypandoc-binary==1.17 (and unset PYPANDOC_PANDOC).",
    )


def read_markdown(text: str, path: Path) -> list[Node]:
    """The blocks of one chapter.

    Every warning of pandoc's reader (a note without a call, a division left open) is a
    SourceError at its place: each means that text would be lost.
    """
    return parse_blocks(markdown_to_json(text, path), path)


def parse_blocks(output: bytes, path: Path) -> list[Node]:
    """The blocks out of pandoc's JSON of a chapter. Raises SourceError where they are nested too deeply."""
    try:
        blocks: list[Node] = json.loads(output)["blocks"]
    except RecursionError as error:
        raise SourceError("markup is nested too deeply", hint=DEPTH_HINT, location=Location(path)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ToolError("pandoc failed: it told no document", hint="Run `dingben doctor`.") from error
    if nesting_depth(blocks) > MAX_DEPTH:
        raise SourceError("markup is nested too deeply", hint=DEPTH_HINT, location=Location(path))
    return blocks


def markdown_to_json(text: str, path: Path) -> bytes:
    """pandoc's document model of a chapter as JSON."""
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        log = Path(scratch) / "log.json"
        try:
            output = convert(text, READER_FORMAT, "json", ["--log", str(log)])
        except SourceError as error:
            raise SourceError(str(error), hint=error.diagnostics[0].hint, location=Location(path)) from error
        entries = json.loads(log.read_text("utf-8") or "[]") if log.is_file() else []
    problems = [
        Diagnostic(
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


def warning_place(entry: dict[str, Any], path: Path) -> Location:
    """Line and column of a log entry; some have them only in their words."""
    found = re.search(r"line (\d+) column (\d+)", str(entry.get("pretty", "")))
    line, column = entry.get("line"), entry.get("column")
    if line is None and found:
        line, column = found[1], found[2]
    return Location(path, int(line or 0), int(column or 0))


def warning_text(entry: dict[str, Any]) -> str:
    """A log entry without pandoc's own, made-up file name."""
    if entry.get("type") == "NoteDefinedButNotUsed":
        return f"note [^{entry.get('key')}] has no call in the text"
    return " ".join(str(entry.get("pretty", entry.get("type", "?"))).split())


def write_html(blocks: Sequence[Node]) -> str:
    """The blocks as an HTML 5 fragment."""
    return write_html_fragments([blocks])[0]


def write_html_fragments(
    texts: Sequence[Sequence[Node]], writer: Callable[[str], str | None] | None = None
) -> list[str]:
    """Each of the texts as an HTML 5 fragment. ``writer``: a process that is there already, which may fail."""
    writing = html_output(texts)
    html = writer(writing.arguments[0]) if writer and writing.arguments else None
    return writing.result() if html is None else writing.finish(html.encode("utf-8"))


def html_output(texts: Sequence[Sequence[Node]]) -> PandocOutput[list[str]]:
    """Each of the texts as an HTML 5 fragment, to be written by one run of pandoc; those of late are remembered.

    The editions for the screen want most chapters alike, and a watch all but those that changed.
    """
    keys = [to_json(list(blocks)) for blocks in texts]
    known = {key: HTML_CACHE[key] for key in keys if key in HTML_CACHE}
    new = [key for key in dict.fromkeys(keys) if key not in known]
    apart = to_json({"t": "RawBlock", "c": ["html", SEPARATOR]})
    pieces = [piece for key in new for piece in (apart, key[1:-1]) if piece][1:]

    def finish(written: bytes) -> list[str]:
        made = known | dict(zip(new, written.decode("utf-8").split(f"{SEPARATOR}\n"), strict=True)) if new else known
        HTML_CACHE.update(made)
        for key in list(HTML_CACHE)[:-HTML_CACHE_SIZE]:
            del HTML_CACHE[key]
        return [made[key] for key in keys]

    options = ["--wrap=none", "--syntax-highlighting=none"]
    return PandocOutput((wrap_document(f"[{','.join(pieces)}]"), "json", "html5", options) if new else None, finish)


def plain_output(blocks: Sequence[Node]) -> PandocOutput[str]:
    """The blocks as plain text, a paragraph to a line, to be written."""
    return PandocOutput(
        (document_json(blocks), "json", "plain", ["--wrap=none"]), lambda written: written.decode("utf-8")
    )


def document_json(blocks: Sequence[Node], metadata: dict[str, Node] | None = None) -> str:
    """A whole document of pandoc's, as JSON."""
    return wrap_document(to_json(list(blocks)), to_json(metadata or {}))


def wrap_document(blocks: str, metadata: str = "{}") -> str:
    """A whole document of blocks that are JSON."""
    return f'{{"pandoc-api-version":[1,23,1],"meta":{metadata},"blocks":{blocks}}}'


def to_json(value: object) -> str:
    """JSON as pandoc reads it soonest."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def convert(text: str, reader: str, writer: str, options: Sequence[str]) -> bytes:
    """One run of pandoc. Raises ToolError where it is missing or fails, SourceError where it doesn't end."""
    with contextlib.closing(PandocProcess(text, reader, writer, options)) as run:
        return run.result()


PandocArguments = tuple[str, str, str, Sequence[str]]
"""A text, its format, that which is wanted, and more options of pandoc's."""


class PandocProcess:
    """One run of pandoc, begun at once.

    pypandoc-binary brings pandoc; the process is ours, for pypandoc has no time limit and
    pandoc needs exponential time for some input, such as a dozen nested brackets. It works on files
    without names: a pipe would want a thread, and where there are threads no process can be forked.
    """

    def __init__(self, text: str, reader: str, writer: str, options: Sequence[str]) -> None:
        """Raises ToolError where pandoc is missing."""
        command = [executable(), f"--from={reader}", f"--to={writer}", "--sandbox", "--output=-", *options]
        with contextlib.ExitStack() as stack:
            given, self.out, self.told = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
            given.write(text.encode("utf-8"))
            given.seek(0)
            try:
                self.process = subprocess.Popen(command, stdin=given, stdout=self.out, stderr=self.told)
            except OSError as error:
                raise missing_error() from error
            given.close()
            stack.pop_all()

    def result(self) -> bytes:
        """What it has written, when it is done. Raises ToolError where it fails, SourceError where it doesn't end."""
        try:
            code = self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired as error:
            raise SourceError(
                f"pandoc did not come to an end in {TIMEOUT} seconds",
                hint="Look for many nested brackets or stars: [[[[…]]]], ****….",
            ) from error
        for file in (self.out, self.told):
            file.seek(0)
        if code:
            detail = " ".join(self.told.read().decode("utf-8", "replace").split())
            raise ToolError(f"pandoc failed: {detail}", hint="Run `dingben doctor`.")
        return self.out.read()

    def close(self) -> None:
        """End it, if it is still there."""
        self.process.kill()
        self.process.wait()
        self.out.close()
        self.told.close()


Result = TypeVar("Result")
NewResult = TypeVar("NewResult")


class PandocOutput(Generic[Result]):
    """Output that pandoc is to write: started when a core is free, or when the result is requested.

    ``arguments`` are those of a :class:`PandocProcess`, None if nothing is to be written. ``finish`` turns the bytes
    written into the result.
    """

    def __init__(self, arguments: PandocArguments | None, finish: Callable[[bytes], Result]) -> None:
        self.arguments, self.finish = arguments, finish
        self.run: PandocProcess | None = None

    def then(self, finish: Callable[[Result], NewResult]) -> PandocOutput[NewResult]:
        """The same, of which something else is made."""
        return PandocOutput(self.arguments, lambda written: finish(self.finish(written)))

    def begin(self) -> None:
        """Let pandoc write. Raises ToolError where it is missing."""
        if self.arguments and self.run is None:
            self.run = PandocProcess(*self.arguments)

    def result(self) -> Result:
        """What is made of it, once it is written. Raises as :meth:`PandocProcess.result` does."""
        self.begin()
        with contextlib.closing(self):
            return self.finish(self.run.result() if self.run else b"")

    def close(self) -> None:
        """End what has been begun."""
        if self.run:
            self.run.close()
