"""Run pandoc: Markdown to its AST, the AST to HTML, plain text and EPUB.

See also :mod:`dingben.document.pandoc_pool`.

pandoc runs with ``--sandbox``: it reads standard input and no file. Raw HTML, raw TeX and math are off in the reader,
so that untrusted Markdown cannot put markup into the outputs; ``<`` is a character like any other.
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
from dingben.system.processes import bound_group

READER_FORMAT = (
    "markdown-raw_html-native_divs-native_spans-raw_tex-raw_attribute-markdown_in_html_blocks"
    "-yaml_metadata_block-pandoc_title_block-smart-auto_identifiers-implicit_header_references"
    "-tex_math_dollars-citations-example_lists-latex_macros+east_asian_line_breaks"
)
"""pandoc's input format for chapters, with its extensions."""

MAX_DEPTH = 150
"""Nesting depth of lists and nodes: about twenty block quotes or lists inside each other."""

DEPTH_HINT = "Look for dozens of >, - or [ in a row."

SEPARATOR = "\x1d"
"""Separator between texts in one run of pandoc: a character that no source may contain."""

HTML_CACHE_SIZE = 256
"""Number of texts whose HTML is kept in memory."""

HTML_CACHE: dict[str, str] = {}
"""HTML of texts by their JSON, kept in memory."""

TIMEOUT = 10.0
"""Seconds allowed for a text, besides one for each 50,000 bytes; two million characters take four."""


def time_limit(size: int) -> float:
    """Return the seconds allowed for a text of so many bytes."""
    return TIMEOUT + size / 50_000


def bundled_path() -> Path | None:
    """Return the pandoc that pypandoc-binary ships, or None; pypandoc itself is not imported, which takes 20 ms."""
    found = importlib.util.find_spec("pypandoc")
    path = Path(found.origin).parent / "files" / "pandoc" if found and found.origin else None
    return path if path and path.is_file() else None


def custom_path() -> str | None:
    """Return the pandoc set by PYPANDOC_PANDOC, or None where the bundled one is used."""
    asked = os.environ.get("PYPANDOC_PANDOC")
    return asked if asked and asked != str(bundled_path()) else None


def executable() -> str:
    """Return the path of pandoc: the pinned version, because a newer one would change the books. Raises ToolError."""
    if found := custom_path() or bundled_path():
        return str(found)
    import pypandoc

    try:
        return str(pypandoc.get_pandoc_path())
    except OSError as error:
        raise missing_error() from error


VERSIONS: dict[str, str] = {}
"""Versions of pandoc by path of the executable."""


def version() -> str:
    """Return the version of pandoc in use, e.g. ``3.9``. Raises ToolError where it is missing."""
    path = executable()
    if path not in VERSIONS:
        VERSIONS[path] = query_version(path)
    return VERSIONS[path]


def query_version(program: str) -> str:
    """Run ``pandoc --version`` and return the version. Raises ToolError."""
    try:
        output = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=TIMEOUT, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise missing_error() from error
    words = output.split()
    if len(words) < 2 or not words[0].startswith("pandoc"):
        raise missing_error()
    return words[1]


def missing_error() -> ToolError:
    """Return the error for a missing pandoc."""
    return ToolError(
        "pandoc is missing",
        hint="pip install --force-reinstall pypandoc-binary==1.17 (and unset PYPANDOC_PANDOC).",
    )


def read_markdown(text: str, path: Path) -> list[Node]:
    """Parse a chapter into AST blocks.

    Every warning of pandoc's reader (a note without a call, an unclosed Div) becomes a SourceError with its location,
    for each means that text would be lost.
    """
    return parse_blocks(markdown_to_json(text, path), path)


def parse_blocks(output: bytes, path: Path) -> list[Node]:
    """Parse pandoc's JSON into AST blocks. Raises SourceError where nesting is too deep."""
    try:
        blocks: list[Node] = json.loads(output)["blocks"]
    except RecursionError as error:
        raise SourceError("markup is nested too deeply", hint=DEPTH_HINT, location=Location(path)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ToolError("pandoc failed: no document in its output", hint="Run `dingben doctor`.") from error
    if nesting_depth(blocks) > MAX_DEPTH:
        raise SourceError("markup is nested too deeply", hint=DEPTH_HINT, location=Location(path))
    return blocks


def markdown_to_json(text: str, path: Path) -> bytes:
    """Convert a chapter to pandoc's AST as JSON. Raises SourceError for warnings."""
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
            "pandoc would drop text here; see https://pandoc.org/MANUAL.html#pandocs-markdown.",
            warning_place(entry, path),
        )
        for entry in entries
        if entry.get("verbosity") in ("WARNING", "ERROR")
    ]
    if problems:
        raise SourceError.of(problems)
    return output


def warning_place(entry: dict[str, Any], path: Path) -> Location:
    """Return line and column of a log entry; some entries have them in the message only."""
    found = re.search(r"line (\d+) column (\d+)", str(entry.get("pretty", "")))
    line, column = entry.get("line"), entry.get("column")
    if line is None and found:
        line, column = found[1], found[2]
    return Location(path, int(line or 0), int(column or 0))


def warning_text(entry: dict[str, Any]) -> str:
    """Return the message of a log entry, without pandoc's placeholder for the file name."""
    if entry.get("type") == "NoteDefinedButNotUsed":
        return f"note [^{entry.get('key')}] has no call in the text"
    return " ".join(str(entry.get("pretty", entry.get("type", "?"))).split())


def write_html(blocks: Sequence[Node]) -> str:
    """Render blocks as an HTML 5 fragment."""
    return write_html_fragments([blocks])[0]


def write_html_fragments(
    texts: Sequence[Sequence[Node]], writer: Callable[[str], str | None] | None = None
) -> list[str]:
    """Render each text as an HTML 5 fragment. ``writer`` is a running pandoc process, which may fail."""
    writing = html_output(texts)
    html = writer(writing.arguments[0]) if writer and writing.arguments else None
    return writing.result() if html is None else writing.finish(html.encode("utf-8"))


def html_output(texts: Sequence[Sequence[Node]]) -> PandocOutput[list[str]]:
    """Prepare the HTML 5 fragment of each text, written by one run of pandoc; recent ones come from memory.

    The formats for the screen share most chapters, and ``watch`` needs only the changed ones again.
    """
    keys = [to_json(list(blocks)) for blocks in texts]
    known = {key: HTML_CACHE[key] for key in keys if key in HTML_CACHE}
    new = [key for key in dict.fromkeys(keys) if key not in known]
    apart = to_json({"t": "RawBlock", "c": ["html", SEPARATOR]})
    pieces = [piece for key in new for piece in (apart, key[1:-1]) if piece][1:]

    def finish(written: bytes) -> list[str]:
        texts = known | dict(zip(new, written.decode("utf-8").split(f"{SEPARATOR}\n"), strict=True)) if new else known
        HTML_CACHE.update(texts)
        for key in list(HTML_CACHE)[:-HTML_CACHE_SIZE]:
            del HTML_CACHE[key]
        return [texts[key] for key in keys]

    options = ["--wrap=none", "--syntax-highlighting=none"]
    return PandocOutput((wrap_document(f"[{','.join(pieces)}]"), "json", "html5", options) if new else None, finish)


def plain_output(blocks: Sequence[Node]) -> PandocOutput[str]:
    """Prepare the blocks as plain text, one line for each paragraph."""
    return PandocOutput(
        (document_json(blocks), "json", "plain", ["--wrap=none"]), lambda written: written.decode("utf-8")
    )


def document_json(blocks: Sequence[Node], metadata: dict[str, Node] | None = None) -> str:
    """Serialize a whole pandoc document as JSON."""
    return wrap_document(to_json(list(blocks)), to_json(metadata or {}))


def wrap_document(blocks: str, metadata: str = "{}") -> str:
    """Wrap blocks that are JSON already into a document."""
    return f'{{"pandoc-api-version":[1,23,1],"meta":{metadata},"blocks":{blocks}}}'


def to_json(value: object) -> str:
    """Serialize as compact JSON, which pandoc parses fastest."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def convert(text: str, reader: str, writer: str, options: Sequence[str]) -> bytes:
    """Run pandoc once. Raises ToolError where it is missing or fails, SourceError where it exceeds the time limit."""
    with contextlib.closing(PandocProcess(text, reader, writer, options)) as run:
        return run.result()


PandocArguments = tuple[str, str, str, Sequence[str]]
"""Text, input format, output format, and further options of pandoc."""


class PandocProcess:
    """A process of pandoc, started at once.

    pypandoc-binary brings the executable. The process is started here, because pypandoc has no time limit, and pandoc
    needs exponential time for some input, such as a dozen nested brackets. Input and output are unnamed files: pipes
    would need a thread, and a process with threads cannot be forked safely.
    """

    def __init__(self, text: str, reader: str, writer: str, options: Sequence[str]) -> None:
        """Start pandoc. Raises ToolError where it is missing."""
        command = [executable(), f"--from={reader}", f"--to={writer}", "--sandbox", "--output=-", *options]
        with contextlib.ExitStack() as stack:
            given, self.out, self.errors = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
            data = text.encode("utf-8")
            self.seconds = time_limit(len(data))
            given.write(data)
            given.seek(0)
            try:
                self.process = subprocess.Popen(
                    command, stdin=given, stdout=self.out, stderr=self.errors, process_group=bound_group()
                )
            except OSError as error:
                raise missing_error() from error
            given.close()
            stack.pop_all()

    def result(self) -> bytes:
        """Wait for the process and return its output.

        Raises ToolError where it fails, SourceError after the time limit.
        """
        try:
            code = self.process.wait(self.seconds)
        except subprocess.TimeoutExpired as error:
            raise SourceError(
                f"pandoc did not finish within {self.seconds:.0f} seconds",
                hint="Look for deeply nested brackets or asterisks: [[[[…]]]], ****….",
            ) from error
        for file in (self.out, self.errors):
            file.seek(0)
        if code:
            detail = " ".join(self.errors.read().decode("utf-8", "replace").split())
            raise ToolError(f"pandoc failed: {detail}", hint="Run `dingben doctor`.")
        return self.out.read()

    def close(self) -> None:
        """Stop the process and close its files."""
        self.process.kill()
        self.process.wait()
        self.out.close()
        self.errors.close()


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
        """Return the same output with another conversion of its result."""
        return PandocOutput(self.arguments, lambda written: finish(self.finish(written)))

    def begin(self) -> None:
        """Let pandoc write. Raises ToolError where it is missing."""
        if self.arguments and self.run is None:
            self.run = PandocProcess(*self.arguments)

    def result(self) -> Result:
        """Return the result, waiting for pandoc. Raises as :meth:`PandocProcess.result` does."""
        self.begin()
        with contextlib.closing(self):
            return self.finish(self.run.result() if self.run else b"")

    def close(self) -> None:
        """Stop a running process."""
        if self.run:
            self.run.close()
