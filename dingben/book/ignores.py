"""Ignored findings: the ``[[ignore]]`` tables of ``source/emendations.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dingben.book.emendations import Ignore, read_ignores
from dingben.book.model import Book
from dingben.diagnostics import Diagnostic


def remove_ignored(findings: Iterable[Diagnostic], ignores: list[Ignore]) -> list[Diagnostic]:
    """Return the findings that no entry ignores; count the hits of each entry."""
    out = []
    for finding in findings:
        ignore = next((each for each in ignores if _matches(each, finding)), None)
        if ignore:
            ignore.hits += 1
        else:
            out.append(finding)
    return out


def not_ignored(book: Book, findings: list[Diagnostic]) -> list[Diagnostic]:
    """Return the findings that the book's ``emendations.toml`` does not ignore. Raises SourceError."""
    return remove_ignored(findings, read_ignores(book.folder / "source" / "emendations.toml")) if findings else []


def _matches(ignore: Ignore, finding: Diagnostic) -> bool:
    """Whether code and quoted text agree; spaces and the brackets around a place don't count."""
    return ignore.code == finding.code and ignore.text.replace(" ", "") in re.sub("[【】 ]", "", finding.message)


def unused_ignores(ignores: Iterable[Ignore]) -> Iterator[Diagnostic]:
    """An entry that matches no finding is an error: it would hide a later one."""
    for each in ignores:
        if not each.hits:
            message = f"nothing to ignore: {each.code} “{each.text}”"
            yield Diagnostic(message, "delete the entry", each.location, "E001", "error")
