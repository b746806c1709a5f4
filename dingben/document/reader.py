"""Read the divisions of a book into fragments: parsed by pandoc, checked and sanitized for all writers.

A fragment is a division in pandoc's document model (AST). Here, once for all outputs, headings get identifiers and
labels, printed pages and captions are collected, and :mod:`dingben.document.sanitize` checks attributes, links and
images.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from dingben.book.model import Book, Division
from dingben.book.resources import illegal_character
from dingben.diagnostics import Diagnostic, Location
from dingben.document.ast import ATTR_INDEX, Node, rewrite, span, str_node, text_of
from dingben.document.lists import with_boxes
from dingben.document.model import Caption, Fragment, Heading, Known
from dingben.document.pandoc_pool import ChapterReader, chapters_of
from dingben.document.sanitize import Sanitizer
from dingben.document.side_by_side import FIGURES, with_figures
from dingben.document.source_location import locate_text
from dingben.errors import SourceError
from dingben.language.title_breaks import label_length, phrases
from dingben.system.cache import Cache


def read_fragments(book: Book, known: Known | None = None, reader: ChapterReader | None = None) -> tuple[Fragment, ...]:
    """Read every division of the book that has a file, in order. Raises SourceError with every error found.

    ``known``: fragments of an earlier build, which are not read again unless they have images. ``reader``: a reader
    that already reads all of them.
    """
    problems: list[Diagnostic] = []
    known = {} if known is None else known
    divisions = [(d, f"d{number:02d}") for number, d in enumerate((d for d in book.divisions if d.path), 1)]
    fragments = {key: known[key] for key in divisions if key in known}
    new = [key for key in divisions if key not in known]
    with contextlib.ExitStack() as stack:
        chapters = reader or stack.enter_context(ChapterReader(chapters_of([d for d, _ in new]), Cache(book.folder)))
        stack.callback(chapters.finish)
        for index, key in enumerate(new):
            try:
                fragments[key] = FragmentReader(book, *key).fragment(chapters.blocks(index))
            except SourceError as error:
                problems.extend(error.diagnostics)
    if problems:
        raise SourceError.of(problems)
    known.clear()
    known.update({key: fragment for key, fragment in fragments.items() if not fragment.pictures})
    return tuple(fragments[key] for key in divisions)


@dataclass(slots=True)
class FragmentReader:
    """Builds the fragment of one division from pandoc's blocks."""

    book: Book
    division: Division
    identifier: str
    sanitizer: Sanitizer = field(init=False)
    headings: list[Heading] = field(default_factory=list)
    pages: list[tuple[str, str]] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    note_texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sanitizer = Sanitizer(self.book, self.division)

    @property
    def path(self) -> Path:
        """Path of the division's file."""
        assert self.division.path
        return self.division.path

    def fragment(self, blocks: list[Node]) -> Fragment:
        """Return the fragment of pandoc's ``blocks``. Raises SourceError with every error found."""
        blocks = self.with_heading(blocks)
        if FIGURES in self.division.text:
            blocks = with_figures(blocks)
        blocks = rewrite(blocks, self.node)
        prose = "\n".join([text_of(rewrite(blocks, without_code)), *self.note_texts])
        if problem := illegal_character(prose, self.path):
            self.fault(problem.message, problem.hint, Location(self.path))
        self.warn_of_html(prose)
        self.check_orphan_calls(prose)
        if self.sanitizer.problems:
            raise SourceError.of(self.sanitizer.problems)
        return Fragment(
            self.division,
            self.identifier,
            tuple(blocks),
            tuple(self.headings),
            tuple(self.sanitizer.pictures.values()),
            tuple(self.pages),
            tuple(self.captions),
            tuple(self.sanitizer.findings),
            tuple(self.sanitizer.classes),
        )

    def warn_of_html(self, prose: str) -> None:
        """Warn of HTML tags, which are printed as text."""
        if tag := re.search(r"</?(script|style|div|span|p|br|img|iframe|table|b|i|a)\b[^>\n]*>", prose):
            self.sanitizer.findings.append(
                Diagnostic(
                    f"HTML is printed as text: {tag[0][:40]}",
                    "Use Markdown: **bold**, [text]{.class}, ::: {.class}.",
                    self.place(tag[0].split(" ")[0]),
                    "U107",
                )
            )

    def with_heading(self, blocks: list[Node]) -> list[Node]:
        """Put the division's heading first: the file's own, else the title in book.toml."""
        first = next((i for i, b in enumerate(blocks) if b["t"] == "Header" and b["c"][0] == 1), None)
        if first is not None:
            before = blocks[:first]
            if text_of(before).strip() or any(b["t"] not in ("Para", "Plain") for b in before):
                self.fault(
                    "text stands before the heading of the division",
                    "Begin the file with `# title`; what comes before it would belong to the division before.",
                    Location(self.path, 1, 1),
                )
            return [blocks[first], *before, *blocks[first + 1 :]]
        if not self.division.title:
            self.fault(
                "the division has no heading",
                "Begin the file with `# title`, or give the division a title in book.toml.",
                Location(self.path, 1, 1),
            )
        words = (self.division.title or "?").split(" ")
        inlines = [n for word in words for n in ({"t": "Space"}, str_node(word))][1:]
        return [{"t": "Header", "c": [1, ["", [], []], inlines]}, *blocks]

    def fault(self, message: str, hint: str, place: Location) -> None:
        """Report an error that stops the build."""
        self.sanitizer.fault(message, hint, place)

    def place(self, needle: str) -> Location:
        """Return the location of ``needle`` in the division's Markdown."""
        return self.sanitizer.place(needle)

    # -- nodes

    def node(self, node: Node) -> list[Node]:
        """Sanitize and complete a node; children were visited before."""
        kind = node["t"]
        if kind == "Note":
            self.check_note(node["c"])
            self.note_texts.append(text_of(rewrite(node["c"], without_code)))
        if kind in ("RawBlock", "RawInline"):
            return []
        if kind == "Header":
            return [self.header(node)]
        if kind == "DefinitionList":
            return [{"t": kind, "c": [[term, [as_paragraphs(d) for d in given]] for term, given in node["c"]]}]
        if kind == "BulletList":
            return [{"t": kind, "c": with_boxes(node["c"])}]
        if kind == "OrderedList":
            return [{"t": kind, "c": [node["c"][0], with_boxes(node["c"][1])]}]
        if kind == "Image":
            return [self.sanitizer.resolve_image(node)]
        if kind == "Link":
            self.sanitizer.check_link(node)
        if kind in ("Para", "Plain"):
            self.check_paragraph(node["c"])
        if kind in ATTR_INDEX:
            self.sanitizer.clean_attributes(node["c"][ATTR_INDEX[kind]], kind)
        if kind in ("Table", "Figure"):
            self.caption(node)
        if kind == "Span":
            self.check_ruby(dict(node["c"][0][2]).get("ruby", ""))
        if kind == "Span" and "pagebreak" in node["c"][0][1]:
            return [self.pagebreak(node)]
        return [node]

    def caption(self, node: Node) -> None:
        """Collect a caption for the lists of figures and tables, and give its table or figure an identifier."""
        attr, (_, blocks), *_ = node["c"]
        text = " ".join(text_of(blocks).split())
        if text:
            number = sum(c.kind == node["t"] for c in self.captions) + 1
            attr[0] = attr[0] or f"{self.identifier}-{node['t'][0].lower()}{number:02d}"
            self.captions.append(Caption(node["t"], attr[0], text))

    def check_paragraph(self, inlines: list[Node]) -> None:
        """Report what looks like a block and is none: words of a picture that is no figure, a bar at the beginning."""
        for picture in (each for each in inlines if each["t"] == "Image"):
            words = text_of(picture["c"][1]).strip()
            if words and dict(picture["c"][0][2]).get("alt", words) != words:
                self.sanitizer.findings.append(
                    Diagnostic(
                        f"no caption is printed for a picture in a paragraph: {words[:30]}",
                        "Put it in a paragraph of its own; several side by side go into ::: {.figures}.",
                        self.place(words[:10]),
                        "U110",
                    )
                )
        if inlines and inlines[0] == str_node("|") and len(inlines) > 1:
            first = next(iter(text_of(inlines[1:]).split()), "")
            self.sanitizer.findings.append(
                Diagnostic(
                    "a bar at the beginning of a paragraph is printed: this is not verse",
                    "Leave an empty line before the verse, and begin each line with a bar and a space; \\| is a bar.",
                    self.place(f"| {first[:8]}" if first else "|"),
                    "U111",
                )
            )

    def check_ruby(self, reading: str) -> None:
        """Report zhuyin, which belongs beside its character (https://www.w3.org/TR/clreq/#zhuyin)."""
        if re.search(r"[\u3105-\u312f\u31a0-\u31bf]", reading):
            self.sanitizer.findings.append(
                Diagnostic(
                    f"zhuyin is set above its character, not beside it: {reading}",
                    "No edition can set it beside the character yet; pinyin stands above by right.",
                    self.place(reading),
                    "U112",
                )
            )

    def check_note(self, blocks: list[Node]) -> None:
        """Report a note within a note: no output can number or place it."""
        found: list[Node] = []

        def visit(node: Node) -> list[Node]:
            if node["t"] == "Note":
                found.append(node)
            return [node]

        rewrite(blocks, visit)
        if found:
            words = text_of(found[0]["c"])
            self.fault(f"a note stands within a note: {words[:20]}", "Join the two.", self.place(words[:10]))

    def header(self, node: Node) -> Node:
        """Complete a heading: identifier, label, and the phrases of its title marked for the styles."""
        level, attr, inlines = node["c"]
        self.sanitizer.clean_attributes(attr, "Title" if level == 1 else "Header")
        plain = text_of(inlines)
        self.check_header(level, plain)
        deepest = self.headings[-1].level + 1 if self.headings else 1
        if level > deepest:
            self.sanitizer.findings.append(
                Diagnostic(
                    f"heading skips a level: {'#' * level} {plain}",
                    f"Use {'#' * deepest}: screen readers navigate by levels.",
                    self.place(plain.split(" ")[-1]),
                    "U108",
                )
            )
            level = deepest
        identifier = attr[0] or (
            self.identifier if not self.headings else f"{self.identifier}-h{len(self.headings) + 1:02d}"
        )
        label, title = split_label(inlines)
        short = next((value for key, value in attr[2] if key == "short"), "")
        attr[2] = [pair for pair in attr[2] if pair[0] != "short"]
        heading = Heading(level, identifier, text_of(label), text_of(title).strip(), short)
        self.headings.append(heading)
        inner = phrase_spans(title) if level <= 2 else title
        if label:
            inner = [
                span(["label"], label),
                {"t": "Space"},
                span(["title"], inner),
            ]
        return {"t": "Header", "c": [level, [identifier, attr[1], attr[2]], inner]}

    def check_header(self, level: int, text: str) -> None:
        """Report an empty heading, and a second heading of level 1."""
        if not text.strip():
            self.fault("a heading without words", "Write them, or delete the #.", self.place(f"{'#' * level}\n"))
        if level == 1 and self.headings:
            self.fault(
                f"a second heading of level 1: {text}",
                "One file holds one division; begin a new file, or use ##.",
                locate_text(self.division, text.split(" ")[0], last=True),
            )

    def pagebreak(self, node: Node) -> Node:
        """Collect the beginning of a printed page: ``[]{.pagebreak #page-12 title="12"}``."""
        attr = node["c"][0]
        title = dict(attr[2]).get("title", "")
        if not attr[0] or not title:
            self.fault(
                "a page break needs an identifier and a title",
                'Write: []{.pagebreak #page-12 title="12"}',
                self.place(".pagebreak"),
            )
        if text_of(node["c"][1]):
            self.fault(
                "words stand in a page break",
                "Its brackets are empty: []{.pagebreak …}",
                self.place(".pagebreak"),
            )
        self.pages.append((attr[0], title))
        return {"t": "Span", "c": [attr, []]}

    def check_orphan_calls(self, prose: str) -> None:
        """Report a note call ``[^9]`` without a note, which pandoc leaves as text."""
        for call in dict.fromkeys(re.findall(r"\[\^[^\]\s]+\]", prose)):
            has_note = re.search(rf"^ {{0,3}}{re.escape(call)}:", self.division.text, re.MULTILINE)
            if not has_note and re.search(r"(?<!\\)" + re.escape(call), self.division.text):
                self.fault(
                    f"{call} has no note",
                    f"Add a paragraph: {call}: …, or write \\{call} for the characters.",
                    self.place(call),
                )


def without_code(node: Node) -> list[Node]:
    """Remove code, whose text is not checked."""
    return [] if node["t"] in ("Code", "CodeBlock") else [node]


def as_paragraphs(blocks: list[Node]) -> list[Node]:
    """Return the blocks of a definition, the text of a compact list as paragraphs where there are several."""
    if len(blocks) < 2:
        return blocks
    return [{"t": "Para", "c": block["c"]} if block["t"] == "Plain" else block for block in blocks]


def split_label(inlines: list[Node]) -> tuple[list[Node], list[Node]]:
    """Split a heading's inlines into label (第一章, 1.1, Chapter I) and title; the space between them is dropped."""
    length = label_length(text_of(inlines))
    taken = 0
    for index, inline in enumerate(inlines):
        if taken == length and index and inline["t"] == "Space":
            return inlines[:index], inlines[index + 1 :]
        if inline["t"] not in ("Str", "Space"):
            break
        taken += len(text_of(inline))
    return [], inlines


def phrase_spans(inlines: list[Node]) -> list[Node]:
    """Wrap the phrases of a plain-text title in spans, so that lines break between them and not within."""
    if any(i["t"] not in ("Str", "Space") for i in inlines):
        return inlines
    parts = phrases(text_of(inlines))
    if len(parts) < 2:
        return inlines
    spans: list[Node] = []
    for part in parts:
        spans.append(span(["phrase"], [str_node(part.rstrip(" "))]))
        if part.endswith(" "):  # outside the phrase: a blank at the end of an inline block is dropped
            spans.append({"t": "Space"})
    return spans
