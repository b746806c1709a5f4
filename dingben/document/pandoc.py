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
from dingben.document.ast import Node, depth
from dingben.errors import SourceError, ToolError

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


VERSIONS: dict[str, str] = {}
"""The versions of pandocs that have told theirs, by path."""


def version() -> str:
    """The version of the pandoc in use, e.g. ``3.9``. Raises ToolError where there is none."""
    path = program()
    if path not in VERSIONS:
        VERSIONS[path] = version_of(path)
    return VERSIONS[path]


def version_of(program: str) -> str:
    """The version of a pandoc, which is asked."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=LONGEST, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise missing() from error
    words = said.split()
    if len(words) < 2 or not words[0].startswith("pandoc"):
        raise missing()
    return words[1]


def missing() -> ToolError:
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
    return blocks_of(parsed(text, path), path)


def blocks_of(output: bytes, path: Path) -> list[Node]:
    """The blocks out of pandoc's JSON of a chapter. Raises SourceError where they are nested too deeply."""
    try:
        blocks: list[Node] = json.loads(output)["blocks"]
    except RecursionError as error:
        raise SourceError("markup is nested too deeply", hint=DEEP, location=Location(path)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ToolError("pandoc failed: it told no document", hint="Run `dingben doctor`.") from error
    if depth(blocks) > DEEPEST:
        raise SourceError("markup is nested too deeply", hint=DEEP, location=Location(path))
    return blocks


def parsed(text: str, path: Path) -> bytes:
    """pandoc's document model of a chapter as JSON."""
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        log = Path(scratch) / "log.json"
        try:
            output = convert(text, READER, "json", ["--log", str(log)])
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
    return write_htmls([blocks])[0]


def write_htmls(texts: Sequence[Sequence[Node]], writer: Callable[[str], str | None] | None = None) -> list[str]:
    """Each of the texts as an HTML 5 fragment. ``writer``: a process that is there already, which may fail."""
    writing = htmls(texts)
    html = writer(writing.asked[0]) if writer and writing.asked else None
    return writing.result() if html is None else writing.finish(html.encode("utf-8"))


def htmls(texts: Sequence[Sequence[Node]]) -> PandocOutput[list[str]]:
    """Each of the texts as an HTML 5 fragment, to be written by one run of pandoc; those of late are remembered.

    The editions for the screen want most chapters alike, and a watch all but those that changed.
    """
    keys = [json_of(list(blocks)) for blocks in texts]
    known = {key: WRITTEN[key] for key in keys if key in WRITTEN}
    new = [key for key in dict.fromkeys(keys) if key not in known]
    apart = json_of({"t": "RawBlock", "c": ["html", APART]})
    pieces = [piece for key in new for piece in (apart, key[1:-1]) if piece][1:]

    def finish(written: bytes) -> list[str]:
        made = known | dict(zip(new, written.decode("utf-8").split(f"{APART}\n"), strict=True)) if new else known
        WRITTEN.update(made)
        for key in list(WRITTEN)[:-REMEMBERED]:
            del WRITTEN[key]
        return [made[key] for key in keys]

    options = ["--wrap=none", "--syntax-highlighting=none"]
    return PandocOutput((document_of(f"[{','.join(pieces)}]"), "json", "html5", options) if new else None, finish)


def plain(blocks: Sequence[Node]) -> PandocOutput[str]:
    """The blocks as plain text, a paragraph to a line, to be written."""
    return PandocOutput((document(blocks), "json", "plain", ["--wrap=none"]), lambda written: written.decode("utf-8"))


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
    """One run of pandoc. Raises ToolError where it is missing or fails, SourceError where it doesn't end."""
    with contextlib.closing(Run(text, reader, writer, options)) as run:
        return run.result()


Asked = tuple[str, str, str, Sequence[str]]
"""A text, its format, that which is wanted, and more options of pandoc's."""


class Run:
    """One run of pandoc, begun at once.

    pypandoc-binary brings pandoc; the process is ours, for pypandoc has no time limit and
    pandoc needs exponential time for some input, such as a dozen nested brackets. It works on files
    without names: a pipe would want a thread, and where there are threads no process can be forked.
    """

    def __init__(self, text: str, reader: str, writer: str, options: Sequence[str]) -> None:
        """Raises ToolError where pandoc is missing."""
        command = [program(), f"--from={reader}", f"--to={writer}", "--sandbox", "--output=-", *options]
        with contextlib.ExitStack() as stack:
            given, self.out, self.told = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
            given.write(text.encode("utf-8"))
            given.seek(0)
            try:
                self.process = subprocess.Popen(command, stdin=given, stdout=self.out, stderr=self.told)
            except OSError as error:
                raise missing() from error
            given.close()
            stack.pop_all()

    def result(self) -> bytes:
        """What it has written, when it is done. Raises ToolError where it fails, SourceError where it doesn't end."""
        try:
            code = self.process.wait(LONGEST)
        except subprocess.TimeoutExpired as error:
            raise SourceError(
                f"pandoc did not come to an end in {LONGEST} seconds",
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


Made = TypeVar("Made")
Other = TypeVar("Other")


class PandocOutput(Generic[Made]):
    """What pandoc is to write: begun as soon as there is a core to spare, or when it is asked for.

    ``asked``: what a :class:`Run` wants, None if nothing is to be written. ``finish`` makes of it what is wanted.
    """

    def __init__(self, asked: Asked | None, finish: Callable[[bytes], Made]) -> None:
        self.asked, self.finish = asked, finish
        self.run: Run | None = None

    def then(self, finish: Callable[[Made], Other]) -> PandocOutput[Other]:
        """The same, of which something else is made."""
        return PandocOutput(self.asked, lambda written: finish(self.finish(written)))

    def begin(self) -> None:
        """Let pandoc write. Raises ToolError where it is missing."""
        if self.asked and self.run is None:
            self.run = Run(*self.asked)

    def result(self) -> Made:
        """What is made of it, once it is written. Raises as :meth:`Run.result` does."""
        self.begin()
        with contextlib.closing(self):
            return self.finish(self.run.result() if self.run else b"")

    def close(self) -> None:
        """End what has been begun."""
        if self.run:
            self.run.close()
