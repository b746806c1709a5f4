"""``dingben check``: report doubtful places in ``source/``, by rules and by checks over the whole book.

In: a book. Out: diagnostics. It changes nothing.
"""

from __future__ import annotations

from pathlib import Path

from dingben.book import emendations
from dingben.book.ignores import remove_ignored, unused_ignores
from dingben.book.reader import read_book, unlisted
from dingben.diagnostics import Diagnostic, worst_first
from dingben.lint.doubts import read_doubts
from dingben.lint.grouping import group
from dingben.lint.markdown_text import SourceHeading, find_headings, read_chapters
from dingben.lint.markup import check_markup
from dingben.lint.metadata import check_isbn
from dingben.lint.punctuation import check_punctuation
from dingben.lint.raw_places import add_raw_places
from dingben.lint.structure import check_contents, check_end, check_notes, check_numbering, find_gaps
from dingben.lint.whole_book import check_whole_book
from dingben.rules import for_book
from dingben.rules.registry import all_rules
from dingben.rules.rule import script_of

__all__ = ["check", "find_gaps"]


def check(folder: Path) -> tuple[Diagnostic, ...]:
    """Return every finding about the book in ``folder``, worst first. Raises SourceError if it can't be read."""
    book = read_book(folder)  # its errors must be fixed first
    source = folder / "source"
    script = script_of(book.title.language)
    findings: list[Diagnostic] = []
    headings: list[SourceHeading] = []
    chapters = read_chapters(source)
    roles = {division.path: division.role for division in book.divisions}
    rules = for_book(all_rules(), "".join(chapters.values()))
    for path, text in chapters.items():
        findings += check_punctuation(path, text, script, roles.get(path) == "bibliography", rules)
        findings += check_notes(path, text)
        headings += find_headings(path, text)
    findings += [Diagnostic(p.message, p.hint, p.location, "T803") for p in unlisted(book) if p.location]
    findings += check_numbering(headings)
    findings += check_contents(source, headings)
    findings += check_isbn(source, book)
    findings += check_end(book)
    findings += check_whole_book(book, chapters, headings)
    findings += read_doubts(book, chapters)
    findings += check_markup(book, findings)
    ignores = emendations.read_ignores(source / "emendations.toml")
    findings = remove_ignored(findings, ignores)
    findings += unused_ignores(ignores)
    return worst_first(group(add_raw_places(source, findings)))
