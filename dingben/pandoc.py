"""The only caller of pandoc: Markdown to its document model, and that to HTML and EPUB.

pandoc runs with ``--sandbox``: it reads what it is given on standard input and nothing
else. Raw HTML, raw TeX and math are off in the reader, so that a stranger's Markdown can
put no markup of its own into the outputs; ``<`` is a character like any other.
https://pandoc.org/MANUAL.html
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dingben.errors import Place, Problem, SourceError, ToolError

READER = (
    "markdown-raw_html-native_divs-native_spans-raw_tex-raw_attribute-markdown_in_html_blocks"
    "-yaml_metadata_block-pandoc_title_block-smart-auto_identifiers-implicit_header_references"
    "-tex_math_dollars-citations-example_lists-latex_macros+east_asian_line_breaks"
)
"""What chapters are written in."""

Node = dict[str, Any]
"""An element of pandoc's document model: {"t": constructor, "c": contents}."""


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


def read_markdown(text: str, path: Path) -> list[Node]:
    """The blocks of a chapter.

    Every warning of pandoc's reader (a note without a call, a division left open) is a
    SourceError at its place: each means that text would be lost.
    """
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        log = Path(scratch) / "log.json"
        output = convert(text, READER, "json", ["--log", str(log)])
        entries = json.loads(log.read_text("utf-8") or "[]") if log.is_file() else []
    problems = [
        Problem(
            warning_text(entry),
            "pandoc would lose text here; see https://pandoc.org/MANUAL.html#pandocs-markdown.",
            Place(path, int(entry.get("line", 0)), int(entry.get("column", 0))),
        )
        for entry in entries
        if entry.get("verbosity") in ("WARNING", "ERROR")
    ]
    if problems:
        raise SourceError.of(problems)
    blocks: list[Node] = json.loads(str(output))["blocks"]
    return blocks


def warning_text(entry: dict[str, Any]) -> str:
    """A log entry without pandoc's own, made-up file name."""
    if entry.get("type") == "NoteDefinedButNotUsed":
        return f"note [^{entry.get('key')}] has no call in the text"
    return " ".join(str(entry.get("pretty", entry.get("type", "?"))).split())


def write_html(blocks: Sequence[Node]) -> str:
    """The blocks as an HTML 5 fragment."""
    return str(convert(document(blocks), "json", "html5", ["--wrap=none", "--syntax-highlighting=none"]))


def read_html(html: str) -> list[Node]:
    """The blocks of an XHTML fragment of ours (title page, imprint, colophon)."""
    reader = "html+epub_html_exts-native_divs+native_divs+native_spans-tex_math_dollars-smart-auto_identifiers"
    blocks: list[Node] = json.loads(str(convert(html, reader, "json", [])))["blocks"]
    return blocks


def write_epub(blocks: Sequence[Node], metadata: dict[str, Node], options: Sequence[str]) -> bytes:
    """The blocks as the bytes of an EPUB 3 publication. Dates come from SOURCE_DATE_EPOCH."""
    output = convert(document(blocks, metadata), "json", "epub3", options, outputfile="-")
    return output if isinstance(output, bytes) else output.encode("utf-8")


def document(blocks: Sequence[Node], metadata: dict[str, Node] | None = None) -> str:
    """A whole document of pandoc's, as JSON."""
    return json.dumps({"pandoc-api-version": [1, 23, 1], "meta": metadata or {}, "blocks": list(blocks)})


def convert(text: str, reader: str, writer: str, options: Sequence[str], outputfile: str | None = None) -> str | bytes:
    """One run of pandoc. Raises ToolError where it is missing or fails."""
    import pypandoc

    choose()
    logging.getLogger("pypandoc").setLevel(logging.CRITICAL)  # warnings are read from --log
    try:
        output: str | bytes = pypandoc.convert_text(
            text,
            writer,
            format=reader,
            extra_args=list(options),
            outputfile=outputfile,
            sandbox=True,
            verify_format=False,  # two more processes for each call
        )
    except RuntimeError as error:
        detail = str(error).partition("during conversion:")[2].strip() or str(error)
        raise ToolError(f"pandoc failed: {' '.join(detail.split())}", hint="Run `dingben doctor`.") from error
    except OSError as error:
        raise missing() from error
    return output


# -- pandoc's document model, in Python


def text_of(value: object) -> str:
    """The plain text of inlines or blocks: notes left out, blanks as blanks."""
    if isinstance(value, list):
        return "".join(map(text_of, value))
    if not isinstance(value, dict):
        return ""
    kind: str = value.get("t", "")
    content: Any = value.get("c")
    if kind == "Str":
        return str(content)
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind == "Note":
        return ""
    if kind in ("Code", "CodeBlock"):
        return str(content[1])
    if kind == "Quoted":
        marks = "‘’" if content[0]["t"] == "SingleQuote" else "“”"
        return marks[0] + text_of(content[1]) + marks[1]
    return text_of(content)


def span(classes: Sequence[str], inlines: list[Node], identifier: str = "", **attributes: str) -> Node:
    """A Span. In attribute names ``_`` stands for ``-``, as in ``aria_label``."""
    return {"t": "Span", "c": [attr(identifier, classes, attributes), inlines]}


def div(classes: Sequence[str], blocks: list[Node], identifier: str = "", **attributes: str) -> Node:
    """A Div, like :func:`span`."""
    return {"t": "Div", "c": [attr(identifier, classes, attributes), blocks]}


def link(inlines: list[Node], target: str, classes: Sequence[str], identifier: str = "", **attributes: str) -> Node:
    """A Link, like :func:`span`."""
    return {"t": "Link", "c": [attr(identifier, classes, attributes), inlines, [target, ""]]}


def string(text: str) -> Node:
    """A Str."""
    return {"t": "Str", "c": text}


def attr(identifier: str, classes: Sequence[str], attributes: dict[str, str]) -> list[object]:
    """pandoc's Attr: identifier, classes, key-value pairs."""
    pairs = [[key.replace("epub_", "epub:").replace("_", "-"), value] for key, value in attributes.items()]
    return [identifier, list(classes), pairs]
