"""Markup of a source that has no effect in the editions, or another than its author meant: each is a finding.

What pandoc's Markdown means elsewhere and is plain text here (formulas, citation keys), classes that no style knows,
a note that is called twice. A finding names the place and what to write instead. What the reader finds on its way
(attributes, HTML, pictures) comes with the fragments (:mod:`dingben.document.reader`).
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from dingben.book.model import Book, Division
from dingben.book.resources import find, packaged, read_text
from dingben.diagnostics import Diagnostic, Location, position
from dingben.document.ast import identifiers
from dingben.document.model import Fragment
from dingben.document.source_location import mask_code
from dingben.document.style_classes import styled_classes

CLASSES = frozenset(
    {
        "byline",
        "emphasis-dots",
        "epigraph",
        "figures",
        "book-title-mark",
        "pagebreak",
        "proper-noun",
        "signature",
        "smallcaps",
        "verse",
    }
)
"""Classes of a source that the packaged styles, or the program, give an effect in every edition.

The handbook describes each. Other classes in the packaged styles belong to what the templates make.
"""

OF_PANDOC = frozenset({"uri", "email"})
"""Classes that pandoc gives to links such as ``<https://…>``."""

ADVICE = {
    "unnumbered": "Headings are never numbered: their labels are printed as they are written.",
    "unlisted": "Every heading down to the third level stands in the contents.",
    "mark": "Nothing marks text: write *text* or [text]{.emphasis-dots}.",
}
"""What to write instead of classes that mean something in pandoc."""

SHEETS = ("base", "print", "epub", "vertical", "web", "jacket", "design", "book")
"""Style sheets that a book may have."""

INLINE_FORMULA = re.compile(r"(?<![\\$])\$(?=[^\s$])(?:[^$\\\n]|\\.)*?(?<=\S)\$(?![\d$])")
DISPLAY_FORMULA = re.compile(r"(?<![\\$])\$\$(?=[^$])(?:[^$\\]|\\.)+?\$\$")
"""Formulas as pandoc reads them: https://pandoc.org/MANUAL.html#extension-tex_math_dollars."""

CITATION = re.compile(r"(?<![\w\\@/.])@(?P<key>[A-Za-z_](?:[\w]|[:.#$%&\-+?<>~/](?=\w))*)", re.ASCII)
"""A citation key: https://pandoc.org/MANUAL.html#citation-syntax. No part of an e-mail address."""

CALL = re.compile(r"(?<!\\)\[\^(?P<name>[^\]\s]+)\](?!:)")
"""The call of a note."""


def markup_findings(book: Book, fragments: Sequence[Fragment]) -> list[Diagnostic]:
    """Return what is found in the markup of a book: by the reader, and what does not do what it seems to ask for."""
    known = {name for fragment in fragments for name in identifiers(fragment.blocks)}
    effective = CLASSES | own_classes(book)
    found: list[Diagnostic] = []
    for fragment in fragments:
        found += fragment.findings
        text = mask_code(fragment.division.text)
        found += unknown_classes(fragment, text, effective)
        found += formulas(fragment.division, text)
        found += citations(fragment.division, text, known)
        found += repeated_calls(fragment.division, text)
    return found


def own_classes(book: Book) -> frozenset[str]:
    """Return the classes in the style sheets of the book and its design."""
    paths = [find(book.folder, "styles", f"{name}.css", book.design) for name in SHEETS]
    own = [path for path in paths if path and path.parent.resolve() != packaged("styles").resolve()]
    return frozenset(name for path in own for name in styled_classes(read_text(path)))


def unknown_classes(fragment: Fragment, text: str, effective: frozenset[str]) -> Iterator[Diagnostic]:
    """Report each class of a division that nothing styles (U101)."""
    for name, count in Counter(fragment.classes).items():
        if name in effective or name in OF_PANDOC:
            continue
        near = difflib.get_close_matches(name, effective, 1, 0.75)
        hint = ADVICE.get(name) or (
            f"Did you mean .{near[0]}?"
            if near
            else f"Known: {', '.join(sorted(CLASSES))}; style others in styles/book.css, or leave the class out."
        )
        times = f" ({count} times)" if count > 1 else ""
        place = class_place(fragment.division, text, name)
        yield Diagnostic(f"the class .{name} has no effect{times}", hint, place, "U101")


def class_place(division: Division, text: str, name: str) -> Location:
    """Return where a class stands in the Markdown: in braces, or bare behind colons."""
    pattern = rf"(?:\{{[^{{}}\n]*?\.|:::+[ \t]*)(?P<name>{re.escape(name)})(?![\w-])"
    found = re.search(pattern, text)
    if found is None and name == "unnumbered":
        found = re.search(r"\{(?P<name>-)(?=[\s}])", text)
    return offset_place(division, found.start("name")) if found else Location(required_path(division))


def formulas(division: Division, text: str) -> Iterator[Diagnostic]:
    """Report formulas, which are printed as they are written (U103): once those in a line, and once displayed ones."""
    for pattern in (INLINE_FORMULA, DISPLAY_FORMULA):
        found = list(pattern.finditer(text))
        if found:
            sample = " ".join(found[0][0].split())
            yield Diagnostic(
                f"a TeX formula is printed as it is written: {sample[:40]}{number_of(found)}",
                "Write H~2~O, x^2^ and Unicode's signs (α ≤ ∑), or use a picture; \\$ is a dollar sign.",
                offset_place(division, found[0].start()),
                "U103",
            )


def citations(division: Division, text: str, known: set[str]) -> Iterator[Diagnostic]:
    """Report citation keys and cross references such as ``@fig-port``, which are printed as they are written (U104)."""
    by_key: dict[str, list[re.Match[str]]] = {}
    for match in CITATION.finditer(text):
        by_key.setdefault(match["key"], []).append(match)
    for key, found in by_key.items():
        hint = (
            f"A link without text prints the number or title of its target: [](#{key})."
            if key in known
            else f"There is no bibliography to look it up: write a note. \\@{key} if it is meant so."
        )
        message = f"the reference @{key} is printed as it is written{number_of(found)}"
        yield Diagnostic(message, hint, offset_place(division, found[0].start()), "U104")


def repeated_calls(division: Division, text: str) -> Iterator[Diagnostic]:
    """Report notes that are called more than once: each call prints the note again, with a number of its own (U105)."""
    by_name: dict[str, list[re.Match[str]]] = {}
    for match in CALL.finditer(text):
        by_name.setdefault(match["name"], []).append(match)
    for name, found in by_name.items():
        if len(found) > 1:
            yield Diagnostic(
                f"note [^{name}] is called {len(found)} times and printed as often",
                "Call it once, and write another note at the other place: see note …",
                offset_place(division, found[1].start()),
                "U105",
            )


def number_of(found: Sequence[object]) -> str:
    """Return how often something was found, if more than once."""
    return f" ({len(found)} times)" if len(found) > 1 else ""


def offset_place(division: Division, offset: int) -> Location:
    """Return the location of an offset in the Markdown."""
    return Location(required_path(division), *position(division.text, offset))


def required_path(division: Division) -> Path:
    """Return the path of a division that has a file."""
    assert division.path
    return division.path
