"""Divisions parsed, checked and made safe: what every writer starts from.

A fragment is a division in pandoc's document model. Here, once for all outputs, headings
get their identifiers and labels, links and pictures are proved to lead somewhere inside
the book, and attributes that could carry script or style are taken away.
"""

from __future__ import annotations

import contextlib
import re
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dingben.book.model import Book, Division
from dingben.book.resources import illegal_character, inside, is_file
from dingben.diagnostics import Diagnostic, Location, position
from dingben.document.ast import ATTR_INDEX, Node, rewrite, span, string, text_of
from dingben.document.data_urls import shown
from dingben.document.images import Picture, read_picture
from dingben.document.model import Caption, Fragment, Heading, Known
from dingben.document.pandoc_pool import ChapterReader, chapters_of
from dingben.errors import SourceError
from dingben.language.title_breaks import label_length, phrases
from dingben.system.cache import Cache

SCHEMES = frozenset({"http", "https", "mailto"})
"""Where a link may lead outside the book. They are printed, never followed."""

ATTRIBUTES = frozenset({"lang", "title", "width", "height", "alt", "ruby", "start", "dir"})
RESERVED = re.compile(
    "halftitlepage|titlepage|imprint|toc|cover|colophon|opens-body|landmarks|page-list|main|about|contents|download"
    r"|d\d\d(-[hft]\d+)?|(note|call)-\d+"
)
"""Identifiers that the templates and the fragments give out themselves."""

LENGTH = re.compile(r"\d+(\.\d+)?(%|px|em|mm|cm|in|pt)?")


def read_fragments(book: Book, known: Known | None = None, begun: ChapterReader | None = None) -> tuple[Fragment, ...]:
    """Every division of the book that has a file, in order. Raises SourceError with every fault found.

    ``known`` are fragments read before, which are not read again; those with pictures are, for these are files.
    ``begun``: pandoc reads all of them already.
    """
    problems: list[Diagnostic] = []
    known = {} if known is None else known
    divisions = [(d, f"d{number:02d}") for number, d in enumerate((d for d in book.divisions if d.path), 1)]
    fragments = {key: known[key] for key in divisions if key in known}
    new = [key for key in divisions if key not in known]
    with contextlib.ExitStack() as stack:
        chapters = begun or stack.enter_context(ChapterReader(chapters_of([d for d, _ in new]), Cache(book.folder)))
        stack.callback(chapters.finish)
        for index, key in enumerate(new):
            try:
                fragments[key] = FragmentReader(book, *key).fragment(chapters.blocks(index))
            except SourceError as error:
                problems.extend(error.problems)
    if problems:
        raise SourceError.of(problems)
    known.clear()
    known.update({key: fragment for key, fragment in fragments.items() if not fragment.pictures})
    return tuple(fragments[key] for key in divisions)


@dataclass(slots=True)
class FragmentReader:
    """Reads one division."""

    book: Book
    division: Division
    identifier: str
    problems: list[Diagnostic] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    pictures: dict[str, Picture] = field(default_factory=dict)
    pages: list[tuple[str, str]] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    note_texts: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The division's file."""
        assert self.division.path
        return self.division.path

    def fragment(self, blocks: list[Node]) -> Fragment:
        """The fragment of pandoc's ``blocks``. Raises SourceError with every fault found."""
        blocks = self.with_heading(blocks)
        blocks = rewrite(blocks, self.node)
        prose = "\n".join([text_of(rewrite(blocks, without_code)), *self.note_texts])
        if problem := illegal_character(prose, self.path):
            self.fault(problem.message, problem.hint, Location(self.path))
        self.look_for_markup(prose)
        self.check_orphan_calls(prose)
        if self.problems:
            raise SourceError.of(self.problems)
        return Fragment(
            self.division,
            self.identifier,
            tuple(blocks),
            tuple(self.headings),
            tuple(self.pictures.values()),
            tuple(self.pages),
            tuple(self.captions),
            tuple(self.findings),
        )

    def place(self, needle: str) -> Location:
        return place_of(self.division, needle)

    def look_for_markup(self, prose: str) -> None:
        """HTML tags are printed as they stand; whoever wrote one may have meant something else."""
        if tag := re.search(r"</?(script|style|div|span|p|br|img|iframe|table|b|i|a)\b[^>\n]*>", prose):
            self.findings.append(
                Diagnostic(
                    f"HTML is printed as text: {tag[0][:40]}",
                    "Use Markdown: **bold**, [text]{.class}, ::: {.class}.",
                    self.place(tag[0].split(" ")[0]),
                )
            )

    def with_heading(self, blocks: list[Node]) -> list[Node]:
        """The blocks with the division's heading first: the file's own, else the title in book.toml."""
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
        inlines = [n for word in words for n in ({"t": "Space"}, string(word))][1:]
        return [{"t": "Header", "c": [1, ["", [], []], inlines]}, *blocks]

    def fault(self, message: str, hint: str, place: Location) -> None:
        """Note a problem that stops the build."""
        self.problems.append(Diagnostic(message, hint, place))

    # -- nodes

    def node(self, node: Node) -> list[Node]:
        """The node made safe and complete; called from the leaves up."""
        kind = node["t"]
        if kind == "Note":
            self.check_note(node["c"])
            self.note_texts.append(text_of(rewrite(node["c"], without_code)))
        if kind in ("RawBlock", "RawInline"):
            return []
        if kind == "Header":
            return [self.header(node)]
        if kind == "Image":
            return [self.image(node)]
        if kind == "Link":
            self.link(node)
        if kind in ATTR_INDEX:
            self.clean(node["c"][ATTR_INDEX[kind]])
        if kind in ("Table", "Figure"):
            self.caption(node)
        if kind == "Span" and "pagebreak" in node["c"][0][1]:
            return [self.pagebreak(node)]
        return [node]

    def caption(self, node: Node) -> None:
        """Note a caption for the lists of figures and tables, and give what it belongs to an identifier."""
        attr, (_, blocks), *_ = node["c"]
        text = " ".join(text_of(blocks).split())
        if text:
            number = sum(c.kind == node["t"] for c in self.captions) + 1
            attr[0] = attr[0] or f"{self.identifier}-{node['t'][0].lower()}{number:02d}"
            self.captions.append(Caption(node["t"], attr[0], text))

    def clean(self, attr: list[Any]) -> None:
        """Leave identifier, classes and harmless attributes; style and script hooks go, and are told."""
        if RESERVED.fullmatch(attr[0]):
            self.fault(f"identifier #{attr[0]} is taken", "The book's own pages use it.", self.place(f"#{attr[0]}"))
        kept = []
        for key, value in attr[2]:
            if key in ATTRIBUTES and (key not in ("width", "height") or LENGTH.fullmatch(value)):
                kept.append([key, value])
            else:
                self.findings.append(
                    Diagnostic(
                        f"attribute {key} is left out",
                        f"Allowed are: {', '.join(sorted(ATTRIBUTES))}, #identifier and .class.",
                        self.place(f"{key}="),
                    )
                )
        attr[2] = kept

    def check_note(self, blocks: list[Node]) -> None:
        """No edition can number a note within a note, nor put it anywhere."""
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
        """A heading with identifier, its label and the phrases of its title marked for the styles."""
        level, attr, inlines = node["c"]
        self.clean(attr)
        plain = text_of(inlines)
        self.check_header(level, plain)
        deepest = self.headings[-1].level + 1 if self.headings else 1
        if level > deepest:
            self.findings.append(
                Diagnostic(
                    f"heading skips a level: {'#' * level} {plain}",
                    f"Use {'#' * deepest}: readers find their way by levels.",
                    self.place(plain.split(" ")[-1]),
                )
            )
            level = deepest
        identifier = attr[0] or (
            self.identifier if not self.headings else f"{self.identifier}-h{len(self.headings) + 1:02d}"
        )
        label, title = split_label(inlines)
        heading = Heading(level, identifier, text_of(label), text_of(title).strip())
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
        """A heading has words, and one heading of level 1 opens the division."""
        if not text.strip():
            self.fault("a heading without words", "Write them, or delete the #.", self.place(f"{'#' * level}\n"))
        if level == 1 and self.headings:
            self.fault(
                f"a second heading of level 1: {text}",
                "One file holds one division; begin a new file, or use ##.",
                place_of(self.division, text.split(" ")[0], last=True),
            )

    def pagebreak(self, node: Node) -> Node:
        """A page of the printed book begins here: ``[]{.pagebreak #page-12 title="12"}``."""
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
                "words stand in a page break", "Its brackets are empty: []{.pagebreak …}", self.place(".pagebreak")
            )
        self.pages.append((attr[0], title))
        return {"t": "Span", "c": [attr, []]}

    def link(self, node: Node) -> None:
        """A link leads to http(s), mailto, or a place in the book (proved later)."""
        target = node["c"][2][0]
        scheme = urllib.parse.urlsplit(target).scheme
        if scheme and scheme not in SCHEMES:
            message = f"a link may not lead to {scheme}:"
            self.fault(message, "Use http, https, mailto or #identifier.", self.place(target))

    def image(self, node: Node) -> Node:
        """A picture of the book's own, named from ``source/`` or from the chapter's folder."""
        attr, alt, (target, title) = node["c"]
        self.clean(attr)
        place = self.place(target)
        path = self.picture_path(target, place)
        if path is None:
            return node
        name = path.resolve().relative_to((self.book.folder / "source").resolve()).as_posix()
        if name not in self.pictures:
            try:
                self.pictures[name] = read_picture(path, name, place)
            except SourceError as error:
                self.problems.extend(error.problems)
        if not alt and not dict(attr[2]).get("alt"):
            self.findings.append(
                Diagnostic(
                    f"picture {target} has no description",
                    "Say what it shows, for those who can't see it: ![description](…).",
                    place,
                )
            )
        return {"t": "Image", "c": [attr, alt, [name, title]]}

    def picture_path(self, target: str, place: Location) -> Path | None:
        if urllib.parse.urlsplit(target).scheme or target.startswith("//"):
            self.fault(
                f"picture {shown(target)} is not in the book",
                "Put the picture into source/images/ and name it from there; nothing is fetched.",
                place,
            )
            return None
        source = self.book.folder / "source"
        name = urllib.parse.unquote(target)
        candidates = [source / name, self.path.parent / name]
        path = next((c for c in candidates if is_file(c)), None)
        try:
            inside(source, path or candidates[0], place=place)
        except SourceError as error:
            self.problems.extend(error.problems)
            return None
        if path is None:
            self.fault(f"picture {target} does not exist", f"It is looked for in {source}.", place)
        return path

    def check_orphan_calls(self, prose: str) -> None:
        """A call ``[^9]`` that pandoc left as text has no note."""
        for call in dict.fromkeys(re.findall(r"\[\^[^\]\s]+\]", prose)):
            has_note = re.search(rf"^ {{0,3}}{re.escape(call)}:", self.division.text, re.MULTILINE)
            if not has_note and re.search(r"(?<!\\)" + re.escape(call), self.division.text):
                self.fault(
                    f"{call} has no note",
                    f"Add a paragraph: {call}: …, or write \\{call} for the characters.",
                    self.place(call),
                )


def without_code(node: Node) -> list[Node]:
    """Code may hold anything."""
    return [] if node["t"] in ("Code", "CodeBlock") else [node]


def place_of(division: Division, needle: str, *, last: bool = False, skip: int = 0) -> Location:
    """Where ``needle`` first (or last) stands in the Markdown, ``skip`` on: pandoc's model has no positions."""
    assert division.path
    found = [m.start() for m in re.finditer(re.escape(needle) + r"(?![\w-])" * needle.startswith("#"), division.text)]
    offset = -1 if not needle or not found else found[-1 if last else 0]
    return Location(division.path, *(position(division.text, offset + skip) if offset >= 0 else ()))


def split_label(inlines: list[Node]) -> tuple[list[Node], list[Node]]:
    """A heading's inlines as label (第一章, 1.1, Chapter I) and title; the blank between is dropped."""
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
    """A title of plain text with its phrases marked, so that it breaks between them and not within."""
    if any(i["t"] not in ("Str", "Space") for i in inlines):
        return inlines
    parts = phrases(text_of(inlines))
    if len(parts) < 2:
        return inlines
    made: list[Node] = []
    for part in parts:
        made.append(span(["phrase"], [string(part.rstrip(" "))]))
        if part.endswith(" "):  # outside the phrase: a blank at the end of an inline block is dropped
            made.append({"t": "Space"})
    return made
