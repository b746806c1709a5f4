"""Divisions parsed, checked and made safe: what every writer starts from.

A fragment is a division in pandoc's document model. Here, once for all outputs, headings
get their identifiers and labels, links and pictures are proved to lead somewhere inside
the book, and attributes that could carry script or style are taken away.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dingben import pandoc
from dingben.errors import Place, Problem, SourceError, position
from dingben.model import Book, Division
from dingben.pandoc import Node
from dingben.pictures import Picture, read_picture
from dingben.resources import inside
from dingben.titles import label_length, phrases

SCHEMES = frozenset({"http", "https", "mailto"})
"""Where a link may lead outside the book. They are printed, never followed."""

ATTRIBUTES = frozenset({"lang", "title", "width", "height", "alt", "ruby", "start", "dir"})
LENGTH = re.compile(r"\d+(\.\d+)?(%|px|em|mm|cm|in|pt)?")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: level 1 to 6, identifier in the whole book, label (第一章) and title."""

    level: int
    identifier: str
    label: str
    title: str

    @property
    def text(self) -> str:
        """Label and title."""
        return f"{self.label} {self.title}".strip()


@dataclass(frozen=True, slots=True)
class Fragment:
    """A division as pandoc's blocks; ``findings`` are faults that don't stop a build."""

    division: Division
    identifier: str
    blocks: tuple[Node, ...]
    headings: tuple[Heading, ...]
    pictures: tuple[Picture, ...] = ()
    pages: tuple[tuple[str, str], ...] = ()
    findings: tuple[Problem, ...] = ()

    @property
    def heading(self) -> Heading:
        """The division's own heading."""
        return self.headings[0]


def read_fragments(book: Book) -> tuple[Fragment, ...]:
    """Every division of the book that has a file, in order. Raises SourceError with every fault found."""
    problems: list[Problem] = []
    fragments: list[Fragment] = []
    for number, division in enumerate((d for d in book.divisions if d.path), 1):
        try:
            fragments.append(FragmentReader(book, division, f"d{number:02d}").fragment())
        except SourceError as error:
            problems.extend(error.problems)
    if not problems:
        problems = duplicate_identifiers(fragments)
    if not problems:
        fragments = [resolve_links(f, fragments, problems) for f in fragments]
    if problems:
        raise SourceError.of(problems)
    return tuple(fragments)


@dataclass(slots=True)
class FragmentReader:
    """Reads one division."""

    book: Book
    division: Division
    identifier: str
    problems: list[Problem] = field(default_factory=list)
    findings: list[Problem] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    pictures: dict[str, Picture] = field(default_factory=dict)
    pages: list[tuple[str, str]] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The division's file."""
        assert self.division.path
        return self.division.path

    def fragment(self) -> Fragment:
        blocks = pandoc.read_markdown(self.division.text, self.path)
        blocks = self.with_heading(blocks)
        blocks = rewrite(blocks, self.node)
        prose = pandoc.text_of(rewrite(blocks, lambda node: [] if node["t"] in ("Code", "CodeBlock") else [node]))
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
            tuple(self.findings),
        )

    def place(self, needle: str) -> Place:
        return place_of(self.division, needle)

    def look_for_markup(self, prose: str) -> None:
        """HTML tags are printed as they stand; whoever wrote one may have meant something else."""
        if tag := re.search(r"</?(script|style|div|span|p|br|img|iframe|table|b|i|a)\b[^>\n]*>", prose):
            self.findings.append(
                Problem(
                    f"HTML is printed as text: {tag[0][:40]}",
                    "Use Markdown: **bold**, [text]{.class}, ::: {.class}.",
                    self.place(tag[0].split(" ")[0]),
                )
            )

    def with_heading(self, blocks: list[Node]) -> list[Node]:
        """The blocks under exactly one heading of level 1, from the file or from book.toml."""
        ones = [b for b in blocks if b["t"] == "Header" and b["c"][0] == 1]
        if len(ones) > 1:
            second = pandoc.text_of(ones[1]["c"][2])
            self.problems.append(
                Problem(
                    f"a second heading of level 1: {second}",
                    "One file holds one division; begin a new file, or use ##.",
                    self.place(second.split(" ")[0]),
                )
            )
        if ones:
            return blocks
        if not self.division.title:
            self.problems.append(
                Problem(
                    "the division has no heading",
                    "Begin the file with `# title`, or give the division a title in book.toml.",
                    Place(self.path, 1, 1),
                )
            )
        words = (self.division.title or "").split(" ")
        inlines = [n for word in words for n in ({"t": "Space"}, pandoc.string(word))][1:]
        return [{"t": "Header", "c": [1, ["", [], []], inlines]}, *blocks]

    # -- nodes

    def node(self, node: Node) -> list[Node]:
        """The node made safe and complete; called from the leaves up."""
        kind = node["t"]
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
        if kind == "Span" and "pagebreak" in node["c"][0][1]:
            return [self.pagebreak(node)]
        return [node]

    def clean(self, attr: list[Any]) -> None:
        """Leave identifier, classes and harmless attributes; style and script hooks go, and are told."""
        kept = []
        for key, value in attr[2]:
            if key in ATTRIBUTES and (key not in ("width", "height") or LENGTH.fullmatch(value)):
                kept.append([key, value])
            else:
                self.findings.append(
                    Problem(
                        f"attribute {key} is left out",
                        f"Allowed are: {', '.join(sorted(ATTRIBUTES))}, #identifier and .class.",
                        self.place(f"{key}="),
                    )
                )
        attr[2] = kept

    def header(self, node: Node) -> Node:
        """A heading with identifier, its label and the phrases of its title marked for the styles."""
        level, attr, inlines = node["c"]
        self.clean(attr)
        deepest = self.headings[-1].level + 1 if self.headings else 1
        plain = pandoc.text_of(inlines)
        if level > deepest:
            self.findings.append(
                Problem(
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
        heading = Heading(level, identifier, pandoc.text_of(label), pandoc.text_of(title).strip())
        self.headings.append(heading)
        inner = phrase_spans(title) if level == 1 else title
        if label:
            inner = [
                pandoc.span(["label"], label),
                {"t": "Space"},
                pandoc.span(["title"], inner),
            ]
        return {"t": "Header", "c": [level, [identifier, attr[1], attr[2]], inner]}

    def pagebreak(self, node: Node) -> Node:
        """A page of the printed book begins here: ``[]{.pagebreak #page-12 title="12"}``."""
        attr = node["c"][0]
        title = dict(attr[2]).get("title", "")
        if not attr[0] or not title:
            self.problems.append(
                Problem(
                    "a page break needs an identifier and a title",
                    'Write: []{.pagebreak #page-12 title="12"}',
                    self.place(".pagebreak"),
                )
            )
        self.pages.append((attr[0], title))
        return {"t": "Span", "c": [attr, []]}

    def link(self, node: Node) -> None:
        """A link leads to http(s), mailto, or a place in the book (proved later)."""
        target = node["c"][2][0]
        scheme = urllib.parse.urlsplit(target).scheme
        if scheme and scheme not in SCHEMES:
            message = f"a link may not lead to {scheme}:"
            self.problems.append(Problem(message, "Use http, https, mailto or #identifier.", self.place(target)))

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
                Problem(
                    f"picture {target} has no description",
                    "Say what it shows, for those who can't see it: ![description](…).",
                    place,
                )
            )
        return {"t": "Image", "c": [attr, alt, [name, title]]}

    def picture_path(self, target: str, place: Place) -> Path | None:
        if urllib.parse.urlsplit(target).scheme or target.startswith("//"):
            self.problems.append(
                Problem(
                    f"picture {target} is not in the book",
                    "Put the picture into source/images/ and name it from there; nothing is fetched.",
                    place,
                )
            )
            return None
        source = self.book.folder / "source"
        name = urllib.parse.unquote(target)
        candidates = [source / name, self.path.parent / name]
        path = next((c for c in candidates if c.is_file()), None)
        try:
            inside(source, path or candidates[0], place=place)
        except SourceError as error:
            self.problems.extend(error.problems)
            return None
        if path is None:
            self.problems.append(Problem(f"picture {target} does not exist", f"It is looked for in {source}.", place))
        return path

    def check_orphan_calls(self, prose: str) -> None:
        """A call ``[^9]`` that pandoc left as text has no note."""
        for call in dict.fromkeys(re.findall(r"\[\^[^\]\s]+\]", prose)):
            if re.search(r"(?<!\\)" + re.escape(call), self.division.text):
                self.problems.append(
                    Problem(
                        f"{call} has no note",
                        f"Add a paragraph: {call}: …, or write \\{call} for the characters.",
                        self.place(call),
                    )
                )


def place_of(division: Division, needle: str, *, last: bool = False, skip: int = 0) -> Place:
    """Where ``needle`` first (or last) stands in the Markdown, ``skip`` on: pandoc's model has no positions."""
    assert division.path
    offset = (division.text.rfind if last else division.text.find)(needle) if needle else -1
    return Place(division.path, *(position(division.text, offset + skip) if offset >= 0 else ()))


ATTR_INDEX = {"Span": 0, "Div": 0, "Link": 0, "Code": 0, "CodeBlock": 0, "Table": 0, "Figure": 0}


def rewrite(value: list[Node], visit: Callable[[Node], list[Node]]) -> list[Node]:
    """The nodes with each replaced by what ``visit`` returns for it, children before parents.

    Raises SourceError where nesting is deeper than a book's can be.
    """

    def inner(item: Any) -> Any:
        if isinstance(item, list):
            out: list[Any] = []
            for each in item:
                if isinstance(each, dict) and "t" in each:
                    out.extend(visit({"t": each["t"], "c": inner(each["c"])} if "c" in each else each))
                else:
                    out.append(inner(each))
            return out
        return item

    try:
        result: list[Node] = inner(value)
    except RecursionError as error:
        raise SourceError("markup is nested too deeply", hint="Look for hundreds of [ or > in a row.") from error
    return result


def split_label(inlines: list[Node]) -> tuple[list[Node], list[Node]]:
    """A heading's inlines as label (第一章, 1.1, Chapter I) and title; the blank between is dropped."""
    length = label_length(pandoc.text_of(inlines))
    taken = 0
    for index, inline in enumerate(inlines):
        if taken == length and index and inline["t"] == "Space":
            return inlines[:index], inlines[index + 1 :]
        if inline["t"] not in ("Str", "Space"):
            break
        taken += len(pandoc.text_of(inline))
    return [], inlines


def phrase_spans(inlines: list[Node]) -> list[Node]:
    """A title of plain text with its phrases marked, so that it breaks between them and not within."""
    if any(i["t"] not in ("Str", "Space") for i in inlines):
        return inlines
    parts = phrases(pandoc.text_of(inlines))
    return inlines if len(parts) < 2 else [pandoc.span(["phrase"], [pandoc.string(part)]) for part in parts]


def duplicate_identifiers(fragments: Sequence[Fragment]) -> list[Problem]:
    """An identifier names one place in the whole book."""
    seen: dict[str, Fragment] = {}
    problems = []
    for fragment in fragments:
        for identifier in identifiers(fragment.blocks):
            if identifier in seen:
                place = place_of(fragment.division, f"#{identifier}", last=True)
                problems.append(Problem(f"identifier #{identifier} is used twice", "Rename one of the two.", place))
            seen[identifier] = fragment
    return problems


def identifiers(blocks: Sequence[Node]) -> list[str]:
    """Every identifier in the blocks."""
    found: list[str] = []

    def note(node: Node) -> list[Node]:
        kind = node["t"]
        index = 1 if kind == "Header" else 0 if kind == "Image" else ATTR_INDEX.get(kind)
        if index is not None and node["c"][index][0]:
            found.append(node["c"][index][0])
        return [node]

    rewrite(list(blocks), note)
    return found


def resolve_links(fragment: Fragment, fragments: Sequence[Fragment], problems: list[Problem]) -> Fragment:
    """Links to chapter files (``02.md``, ``02.md#id``) become links to identifiers, each proved to exist."""
    known = {identifier for f in fragments for identifier in identifiers(f.blocks)}
    files = {f.division.path.name: f.heading.identifier for f in fragments if f.division.path}

    def visit(node: Node) -> list[Node]:
        if node["t"] != "Link":
            return [node]
        attr, inlines, (target, title) = node["c"]
        if urllib.parse.urlsplit(target).scheme:
            return [node]
        path, _, identifier = urllib.parse.unquote(target).partition("#")
        file = Path(path).name
        identifier = identifier or files.get(file, "")
        if (path and file not in files) or identifier not in known:
            problems.append(
                Problem(
                    f"the link to {target} leads nowhere",
                    "Name a chapter file or an identifier: a heading gets one by {#name}.",
                    place_of(fragment.division, f"]({target}", skip=2),
                )
            )
        return [{"t": "Link", "c": [attr, inlines, [f"#{identifier}", title]]}]

    blocks = rewrite(list(fragment.blocks), visit)
    return Fragment(
        fragment.division,
        fragment.identifier,
        tuple(blocks),
        fragment.headings,
        fragment.pictures,
        fragment.pages,
        fragment.findings,
    )
