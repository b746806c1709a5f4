"""Resolve cross references over the whole book: identifiers are unique, and each link has a target."""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Sequence
from pathlib import Path

from dingben.diagnostics import Diagnostic
from dingben.document.ast import Node, identifiers, rewrite
from dingben.document.model import Fragment
from dingben.document.source_location import locate_text
from dingben.errors import SourceError


def resolve_references(fragments: Sequence[Fragment]) -> tuple[Fragment, ...]:
    """Resolve links between chapters. Raises SourceError with every error found."""
    own = [(fragment, identifiers(fragment.blocks)) for fragment in fragments]
    problems = duplicate_identifiers(own)
    known = {identifier for _, names in own for identifier in names}
    files = {f.division.path.resolve(): f.heading.identifier for f in fragments if f.division.path}
    done = [resolve_links(f, known, files, problems) for f in fragments]
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
                problems.append(Diagnostic(f"identifier #{identifier} is used twice", "Rename one of the two.", place))
            seen.add(identifier)
    return problems


def resolve_links(fragment: Fragment, known: set[str], files: dict[Path, str], problems: list[Diagnostic]) -> Fragment:
    """Rewrite links to chapter files (``02.md``, ``02.md#id``) as links to identifiers, and report broken ones.

    ``known`` are the identifiers of the whole book, ``files`` the identifier of each chapter file. Errors are appended
    to ``problems``.
    """

    def visit(node: Node) -> list[Node]:
        if node["t"] != "Link":
            return [node]
        attr, inlines, (target, title) = node["c"]
        parts = urllib.parse.urlsplit(target)
        if parts.scheme:
            return [node]
        chapter = find_chapter(fragment, parts.path, files) if parts.path and not parts.netloc else ""
        identifier = urllib.parse.unquote(parts.fragment) or chapter or ""
        if chapter is None or parts.netloc or identifier not in known:
            problems.append(
                Diagnostic(
                    f"the link to {target} leads nowhere",
                    "Name a chapter file or an identifier: a heading gets one by {#name}.",
                    locate_text(fragment.division, f"]({target}", skip=2),
                )
            )
        return [{"t": "Link", "c": [attr, inlines, [f"#{identifier}", title]]}]

    blocks = rewrite(list(fragment.blocks), visit)
    return dataclasses.replace(fragment, blocks=tuple(blocks))


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
