"""Sanitize a division's AST: identifiers, attributes, link targets and image files.

Attributes that could carry script or style are removed; links and images must stay within the allowed URL schemes
and the book's ``source/`` folder.
"""

from __future__ import annotations

import difflib
import re
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dingben.book.model import Book, Division
from dingben.book.resources import inside, is_file
from dingben.diagnostics import Diagnostic, Location
from dingben.document.ast import Node
from dingben.document.images import Picture, read_picture
from dingben.document.images.data_urls import abbreviate
from dingben.document.source_location import locate_text
from dingben.errors import SourceError

SCHEMES = frozenset({"http", "https", "mailto"})
"""URL schemes of external links. Links are printed, never followed."""

ATTRIBUTES = {
    "lang": None,
    "dir": None,
    "title": None,
    "width": ("Image",),
    "height": ("Image",),
    "alt": ("Image",),
    "ruby": ("Span",),
    "short": ("Title",),
}
"""Allowed attributes, and the nodes on which each does something; None: on all. Title: a Header of level 1."""

ALLOWED = "Allowed are: #identifier, .class, lang, dir and title; on pictures width, height and alt; on [text] ruby."
RESERVED = re.compile(
    "halftitlepage|titlepage|imprint|toc|cover|colophon|opens-body|landmarks|page-list|main|about|contents|download"
    r"|d\d\d(-[hft]\d+)?|(note|call)-\d+"
)
"""Identifiers that templates and fragments generate."""

LENGTH = re.compile(r"\d+(\.\d+)?(%|px|em|mm|cm|in|pt)?")


def attribute_problem(key: str, value: str, kind: str) -> str:
    """Return what is wrong with an attribute on a node of this kind; "" where it may stand."""
    if key not in ATTRIBUTES:
        return f"attribute {key} is left out"
    if key in ("width", "height") and not LENGTH.fullmatch(value):
        return f"{key}={value[:20]} is no length, and is left out"
    nodes = ATTRIBUTES[key]
    return f"attribute {key} has no effect here, and is left out" if nodes and kind not in nodes else ""


@dataclass(slots=True)
class Sanitizer:
    """Checks the attributes, links and images of one division and collects what is wrong with them.

    ``problems`` stop the build, ``findings`` don't. ``pictures`` are the image files in use, by name; ``classes`` those
    of every node but code.
    """

    book: Book
    division: Division
    problems: list[Diagnostic] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    pictures: dict[str, Picture] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)

    def fault(self, message: str, hint: str, place: Location) -> None:
        """Report an error that stops the build."""
        self.problems.append(Diagnostic(message, hint, place))

    def place(self, needle: str) -> Location:
        """Return the location of ``needle`` in the division's Markdown."""
        return locate_text(self.division, needle)

    def clean_attributes(self, attr: list[Any], kind: str) -> None:
        """Remove attributes that are not allowed or do nothing on a node of this ``kind``, and warn of them."""
        if RESERVED.fullmatch(attr[0]):
            self.fault(f"identifier #{attr[0]} is taken", "The book's own pages use it.", self.place(f"#{attr[0]}"))
        if kind not in ("Code", "CodeBlock"):  # there a class is the language
            self.classes.extend(attr[1])
        kept = []
        for key, value in attr[2]:
            if problem := attribute_problem(key, value, kind):
                near = difflib.get_close_matches(key, ATTRIBUTES, 1, 0.6) if key not in ATTRIBUTES else []
                hint = f"Did you mean {near[0]}?" if near else ALLOWED
                self.findings.append(Diagnostic(problem, hint, self.place(f"{key}="), "U102"))
            else:
                kept.append([key, value])
        attr[2] = kept

    def check_link(self, node: Node) -> None:
        """Require http, https or mailto, or a target in the book (checked by :mod:`dingben.document.links`)."""
        target = node["c"][2][0]
        scheme = urllib.parse.urlsplit(target).scheme
        if scheme and scheme not in SCHEMES:
            message = f"a link may not use {scheme}:"
            self.fault(message, "Use http, https, mailto or #identifier.", self.place(target))

    def resolve_image(self, node: Node) -> Node:
        """Validate an image file, named relative to ``source/`` or to the chapter, and rewrite its target."""
        attr, alt, (target, title) = node["c"]
        self.clean_attributes(attr, "Image")
        place = self.place(target)
        path = self.image_path(target, place)
        if path is None:
            return node
        name = path.resolve().relative_to((self.book.folder / "source").resolve()).as_posix()
        if name not in self.pictures:
            try:
                self.pictures[name] = read_picture(path, name, place)
            except SourceError as error:
                self.problems.extend(error.diagnostics)
        if not alt and not dict(attr[2]).get("alt"):
            self.findings.append(
                Diagnostic(
                    f"picture {target} has no description",
                    "Describe it for people who cannot see it: ![description](…).",
                    place,
                    "U109",
                )
            )
        return {"t": "Image", "c": [attr, alt, [name, title]]}

    def image_path(self, target: str, place: Location) -> Path | None:
        """Return the path of an image file inside ``source/``; None, with an error reported, where there is none."""
        if urllib.parse.urlsplit(target).scheme or target.startswith("//"):
            self.fault(
                f"picture {abbreviate(target)} is not in the book",
                "Put the picture into source/images/ and name it from there; nothing is fetched.",
                place,
            )
            return None
        source = self.book.folder / "source"
        name = urllib.parse.unquote(target)
        assert self.division.path
        candidates = [source / name, self.division.path.parent / name]
        path = next((c for c in candidates if is_file(c)), None)
        try:
            inside(source, path or candidates[0], location=place)
        except SourceError as error:
            self.problems.extend(error.diagnostics)
            return None
        if path is None:
            self.fault(f"picture {target} does not exist", f"It must be in {source}.", place)
        return path
