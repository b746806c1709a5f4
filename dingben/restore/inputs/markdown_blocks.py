"""Block structure of Markdown, by markdown-it-py: code, tables, formulas, lists, quotes (https://spec.commonmark.org).

What recognition programs write differs from CommonMark in a few ways. An indented paragraph is no code, a line under a
paragraph is no heading but the end of a page, and a fence that is never closed is a stray sign. Formulas between ``$$``
and HTML tables are blocks of their own.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from dingben.restore.inputs import engine_signs
from dingben.restore.lines import Container, LineKind

NEWLINE = re.compile(r"\r\n?|\n")
PLAIN_LINE = re.compile(r"^([^\W\d_])[^|<$`\r\n]*", re.MULTILINE)
"""A line that begins with a letter: its first character is all that the parser needs."""
FENCE = re.compile(r"^[ \t>]*(?P<sign>`{3,}|~{3,})[ \t]*(?P<info>[^`\r\n]*)$", re.MULTILINE)
WHOLE_TEXT = frozenset({"markdown", "md"})
"""Languages of a fence that a model puts around its whole answer."""
DISPLAY = re.compile(r"[ \t>]*(\$\$|\\\[)")
CLOSING = {"$$": "$$", "\\[": "\\]"}
LONGEST_FORMULA = 4000
TABLE = re.compile(r"(?:<(?:div|html|body|center|p)\b[^<>]{0,200}>\s{0,9})*<table\b", re.IGNORECASE)
TABLE_END = re.compile(r"</table\s*>(?:\s{0,9}</(?:div|html|body|center|p)>)*", re.IGNORECASE)
COMMENT = re.compile(r"<!--(?!-?>)")


class Span(NamedTuple):
    """Raw characters of a block that is one line of the text, or no text at all (``rule`` sets them aside)."""

    start: int
    end: int
    kind: LineKind = "text"
    rule: str = ""


@dataclass(slots=True)
class Blocks:
    """The blocks of a text."""

    spans: list[Span] = field(default_factory=list)
    """In raw order; they don't overlap."""
    containers: dict[int, Container] = field(default_factory=dict)
    """Number of a line -> the innermost list item or quote that it stands in."""
    starts: list[int] = field(default_factory=list)
    """Offset of each line."""

    def line_at(self, offset: int) -> int:
        """Number of the line that has the character at ``offset``."""
        return bisect_right(self.starts, offset) - 1


def parse(text: str) -> Blocks:
    """Return the blocks of a Markdown text."""
    blocks = Blocks(starts=[0, *(match.end() for match in NEWLINE.finditer(text))])
    stray = sorted([*_stray_fences(text), *(Span(*sign) for sign in engine_signs.find(text))])
    blocks.spans += (span for span in stray if span.rule or span.kind == "picture")
    text = _masked(text, stray)
    env: dict[str, Any] = {"text": text, "blocks": blocks, "hopeless": set()}
    shortened = PLAIN_LINE.sub(r"\1", NEWLINE.sub("\n", text))
    tokens = _parser().parse(shortened, env)
    _read_tokens(tokens, text, blocks)
    blocks.spans = _without_overlap(blocks.spans)
    return blocks


def _masked(text: str, spans: Sequence[Span]) -> str:
    """Return ``text`` with letters in the place of ``spans``."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], "x" * (span.end - span.start)]
        at = span.end
    return "".join([*parts, text[at:]])


@functools.cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.disable(["code", "lheading", "reference", "html_block", "heading", "inline"])
    interrupts: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
    parser.block.ruler.before("fence", "display_formula", _display_formula, interrupts)
    parser.block.ruler.before("fence", "html_table", _html_table, interrupts)
    parser.block.ruler.before("fence", "comment", _comment, interrupts)
    return parser


def _stray_fences(text: str) -> Iterator[Span]:
    """Yield the fences that are no code: around a whole answer of a model, and those that nothing closes."""
    opened: re.Match[str] | None = None
    for match in FENCE.finditer(text):
        if opened is None:
            opened = match
        elif match["sign"].startswith(opened["sign"]) and not match["info"].strip():
            if opened["info"].strip().lower() in WHOLE_TEXT:
                yield Span(*opened.span(), rule="markdown-fence")
                yield Span(*match.span(), rule="markdown-fence")
            opened = None
        elif opened["info"].strip().lower() in WHOLE_TEXT:  # code inside the answer
            yield Span(*opened.span(), rule="markdown-fence")
            opened = match
    if opened is not None:
        yield Span(*opened.span(), rule="markdown-fence" if opened["info"].strip().lower() in WHOLE_TEXT else "")


def _take(state: StateBlock, start_line: int, silent: bool, span: Span) -> bool:
    """Add a block of its own to the text that is parsed."""
    if silent:
        return True
    blocks: Blocks = state.env["blocks"]
    blocks.spans.append(span)
    state.line = min(blocks.line_at(max(span.start, span.end - 1)) + 1, state.lineMax)
    token = state.push("span", "", 0)
    token.map = [start_line, state.line]
    return True


def _raw_line(state: StateBlock, number: int) -> tuple[int, int]:
    """Return where a line of the text that is parsed begins and ends in the raw text."""
    starts = state.env["blocks"].starts
    return starts[number], starts[number + 1] if number + 1 < len(starts) else len(state.env["text"])


def _search(state: StateBlock, what: str, begin: int) -> int:
    """Return where ``what`` stands next in the raw text; what is nowhere is not looked for twice."""
    if what in state.env["hopeless"]:
        return -1
    found: int = state.env["text"].find(what, begin)
    if found < 0:
        state.env["hopeless"].add(what)
    return found


def _display_formula(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    r"""Read a formula that begins a line with ``$$`` or ``\[`` and whose closing sign ends a line."""
    del end_line
    text, (begin, _) = state.env["text"], _raw_line(state, start_line)
    match = DISPLAY.match(text, begin)
    if match is None:
        return False
    close = CLOSING[match[1]]
    end = text.find(close, match.end(), match.end() + LONGEST_FORMULA)
    stop = end + len(close)
    if end < 0 or not text[match.end() : end].strip() or re.search(r"\n\s*\n\s*\n|\n#{1,6} ", text[match.end() : end]):
        return False
    tail = re.compile(r"[ \t]*(?=[\r\n]|$)").match(text, stop)
    return tail is not None and _take(state, start_line, silent, Span(match.start(1), stop, "formula"))


def _html_table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read a table of HTML, wherever it begins in the line."""
    del end_line
    begin, end = _raw_line(state, start_line)
    text = state.env["text"]
    match = TABLE.search(text, begin, end)
    if match is None or _search(state, "</", match.end()) < 0:
        return False
    close = TABLE_END.search(text, match.end()) if "table" not in state.env["hopeless"] else None
    if close is None:
        state.env["hopeless"].add("table")
        return False
    return _take(state, start_line, silent, Span(match.start(), close.end(), "html-table"))


def _comment(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read a comment that runs over several lines."""
    del end_line
    begin, end = _raw_line(state, start_line)
    match = COMMENT.search(state.env["text"], begin, end)
    if match is None:
        return False
    stop = _search(state, "-->", match.end())
    if stop < end:
        return False
    return _take(state, start_line, silent, Span(match.start(), stop + 3, rule="html-comment"))


def _read_tokens(tokens: Sequence[Token], text: str, blocks: Blocks) -> None:
    """Note what the tokens say about the lines."""
    lists, quotes = 0, 0
    for n, token in enumerate(tokens):
        first, last = token.map or (0, 0)
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists -= 1
        elif token.type == "list_item_open":
            if container := _item(tokens, n, lists):
                blocks.containers |= dict.fromkeys(range(first, last), container)
        elif token.type == "blockquote_open":
            quotes += 1
            blocks.containers |= dict.fromkeys(range(first, last), Container("quote", quotes))
        elif token.type == "blockquote_close":
            quotes -= 1
        elif token.type == "fence":
            blocks.spans.append(Span(*_extent(text, blocks, first, last), "code"))
        elif token.type == "table_open":
            blocks.spans.append(Span(*_extent(text, blocks, first, last), "table"))
        elif token.type == "hr":
            blocks.spans.append(Span(*_extent(text, blocks, first, first + 1), "thematic-break"))


def _item(tokens: Sequence[Token], n: int, depth: int) -> Container | None:
    """Return the list item that a token opens; a number alone makes no list."""
    if tokens[n].info == "":
        return Container("list-item", depth)
    alone = tokens[n - 1].type == "ordered_list_open" and _next_in_list(tokens, n) is None
    return None if alone else Container("list-item", depth, tokens[n].info + tokens[n].markup)


def _next_in_list(tokens: Sequence[Token], n: int) -> Token | None:
    """Return the item after the first one of its list."""
    level = tokens[n].level
    for k in range(n + 1, len(tokens)):
        token = tokens[k]
        if token.level < level:
            return None
        if token.level == level and token.type == "list_item_open":
            return token
    return None


def _extent(text: str, blocks: Blocks, first: int, last: int) -> tuple[int, int]:
    """Return where the lines from ``first`` up to ``last`` begin and end, without blanks around them."""
    begin = blocks.starts[first]
    end = blocks.starts[last] if last < len(blocks.starts) else len(text)
    body = text[begin:end]
    return begin + len(body) - len(body.lstrip(" \t>")), begin + len(body.rstrip())


def _without_overlap(spans: Sequence[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans):
        if span.end > span.start and (not kept or span.start >= kept[-1].end):
            kept.append(span)
    return kept
