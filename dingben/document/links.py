"""Resolve cross references over the whole book: identifiers are unique, each link has a target, and words.

A link without words (``[](#port)``) gets those of its target, as in typst and Quarto: the label of a heading
(第一节), else its title; the number of a figure or table (图3-1), else its caption; the number of a printed page.
"""

from __future__ import annotations

import dataclasses
import re
import urllib.parse
from collections.abc import Sequence
from pathlib import Path

from dingben.diagnostics import Diagnostic
from dingben.document.ast import Node, identifiers, iter_nodes, rewrite, str_node, text_of
from dingben.document.model import Fragment
from dingben.document.source_location import locate_text
from dingben.errors import SourceError

NUMBERED = re.compile(
    r"(?:[图圖表]|Fig(?:ure|\.)|Table|Plate)\s?[0-9A-Z一二三四五六七八九十]+(?:[-–—.．][0-9]+)*[a-z]?(?=[\s：:.　]|$)"
)
"""The number at the beginning of a caption: 图3-1, Table 2."""


def resolve_references(fragments: Sequence[Fragment]) -> tuple[Fragment, ...]:
    """Resolve links between chapters. Raises SourceError with every error found."""
    own = [(fragment, identifiers(fragment.blocks)) for fragment in fragments]
    problems = duplicate_identifiers(own)
    known = {identifier for _, names in own for identifier in names}
    files = {f.division.path.resolve(): f.heading.identifier for f in fragments if f.division.path}
    names = target_names(fragments)
    done = [resolve_links(f, known, files, names, problems) for f in fragments]
    if problems:
        raise SourceError.of(problems)
    return tuple(done)


def duplicate_identifiers(own: Sequence[tuple[Fragment, list[str]]]) -> list[Diagnostic]:
    """Return a diagnostic for each identifier used twice; ``own`` are the fragments with their identifiers."""
    seen: set[str] = set()
    problems = []
    for fragment, names in own:
        for identifier in names:
            if identifier in seen:
                place = locate_text(fragment.division, f"#{identifier}", last=True)
                problems.append(Diagnostic(f"identifier #{identifier} is used twice", "Rename one of them.", place))
            seen.add(identifier)
    return problems


def target_names(fragments: Sequence[Fragment]) -> dict[str, str]:
    """Return what a link without words prints, for each identifier that has a name: a number, else a title."""
    names: dict[str, str] = {}
    for fragment in fragments:
        names |= dict(fragment.pages)
        for caption in fragment.captions:
            number = NUMBERED.match(caption.text)
            names[caption.identifier] = number[0] if number else caption.text
        for heading in fragment.headings:
            names[heading.identifier] = heading.label.rstrip("、.:") or heading.title
    return names


def resolve_links(
    fragment: Fragment, known: set[str], files: dict[Path, str], names: dict[str, str], problems: list[Diagnostic]
) -> Fragment:
    """Rewrite links to chapter files (``02.md``, ``02.md#id``) as links to identifiers, and report broken ones.

    ``known`` are the identifiers of the whole book, ``files`` the identifier of each chapter file, ``names`` what a
    link without words prints. Errors are appended to ``problems``.
    """
    findings = list(fragment.findings)

    def visit(node: Node) -> list[Node]:
        if node["t"] != "Link":
            return [node]
        attr, inlines, (target, title) = node["c"]
        parts = urllib.parse.urlsplit(target)
        empty = not any(text_of(inlines).split()) and not any(each["t"] == "Image" for each in iter_nodes(inlines))
        if parts.scheme:
            return [{"t": "Link", "c": [attr, [str_node(target)], [target, title]]}] if empty else [node]
        chapter = find_chapter(fragment, parts.path, files) if parts.path and not parts.netloc else ""
        identifier = urllib.parse.unquote(parts.fragment) or chapter or ""
        if chapter is None or parts.netloc or identifier not in known:
            problems.append(
                Diagnostic(
                    f"the link to {target} has no target",
                    "Link to a chapter file or an identifier; headings get identifiers by {#name}.",
                    locate_text(fragment.division, f"]({target}", skip=2),
                )
            )
        elif empty and identifier in names:
            inlines = name_inlines(names[identifier])
        elif empty:
            message = f"the link to {target} has no text, and its target no title: nothing is printed"
            hint, place = "Write a text: [text](…).", locate_text(fragment.division, f"]({target}", skip=2)
            findings.append(Diagnostic(message, hint, place, "U106"))
        return [{"t": "Link", "c": [attr, inlines, [f"#{identifier}", title]]}]

    blocks = rewrite(list(fragment.blocks), visit)
    return dataclasses.replace(fragment, blocks=tuple(blocks), findings=tuple(findings))


def name_inlines(name: str) -> list[Node]:
    """Return a name as inlines."""
    return [node for word in name.split(" ") for node in ({"t": "Space"}, str_node(word))][1:]


def find_chapter(fragment: Fragment, name: str, files: dict[Path, str]) -> str | None:
    """Return the identifier of the chapter file ``name``, relative to the linking chapter or ``source/``; or None."""
    assert fragment.division.path
    here = fragment.division.path.parent
    for folder in (here, *here.parents):
        try:
            found = files.get((folder / urllib.parse.unquote(name)).resolve())
        except (OSError, RuntimeError, ValueError):
            return None
        if found or folder.name == "source":
            return found
    return None
