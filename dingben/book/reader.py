"""Read and validate ``source/``: ``book.toml``, chapters and contents become a :class:`~dingben.book.model.Book`.

Code that gets a Book may trust it: keys and types are right, every chapter exists and lies in the
book's folder. All errors of ``book.toml`` are reported at once.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from dingben.book.designs import DEFAULT, STYLE, Design, designs
from dingben.book.model import (
    GENERATED_ROLES,
    ROLES,
    Book,
    ContentsEntry,
    Contributor,
    Division,
    Format,
    Imprint,
    Press,
    Publication,
    Title,
)
from dingben.book.resources import find, illegal_character, inside, is_file, read_text
from dingben.book.toml import key_lines, parse_toml
from dingben.diagnostics import Diagnostic, Location
from dingben.errors import SourceError

SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
TABLES: dict[str, type] = {
    "book": Title,
    "publication": Publication,
    "imprint": Imprint,
    "format": Format,
    "print": Press,
}
ARRAYS = ("contributor", "division")
NUMBERING = ("page", "chapter", "book")
WRITING = ("horizontal", "vertical")
DIVISION_KEYS = ("matter", "role", "file", "title")

Record = TypeVar("Record")


def read_book(folder: Path) -> Book:
    """Read the book project in ``folder``. Raises SourceError with a diagnostic for each error."""
    path = folder / "source" / "book.toml"
    if not path.is_file():
        raise SourceError(
            "there is no book here: source/book.toml is missing",
            hint="`dingben new DIR` creates a book project, `dingben ingest RAW` creates one from a raw text, "
            "`--book DIR` names another folder.",
            location=Location(path),
        )
    text = read_text(inside(folder, path))
    return BookReader(folder, path, text).book()


def unlisted(book: Book) -> tuple[Diagnostic, ...]:
    """Report chapter files that no division of ``book.toml`` names: they are in no edition."""
    listed = {division.path for division in book.divisions}
    paths = sorted((book.folder / "source/chapters").glob("*.md"))
    message, hint = (
        "no [[division]] of book.toml has this file: it is in no edition",
        "Add a [[division]] for it, or move the file away.",
    )
    return tuple(Diagnostic(message, hint, Location(path)) for path in paths if path not in listed)


class BookReader:
    """Reads one ``book.toml`` and the files it names, and collects diagnostics."""

    def __init__(self, folder: Path, path: Path, text: str) -> None:
        self.folder, self.path = folder, path
        self.data = parse_toml(path, text)
        self.lines = key_lines(text)
        self.problems: list[Diagnostic] = []

    def book(self) -> Book:
        self.check_tables()
        title, form = self.title(), self.format()
        book = Book(
            folder=self.folder,
            title=title,
            divisions=self.divisions(),
            contributors=self.contributors(),
            publication=self.table("publication", Publication) or Publication(),
            imprint=self.table("imprint", Imprint) or Imprint(),
            format=form,
            press=self.press(),
            contents=self.contents(),
            design=self.design(form.design),
        )
        if self.problems:
            raise SourceError.of(sorted(self.problems, key=lambda p: p.location or Location(self.path)))
        return book

    # -- tables

    def fault(self, message: str, hint: str, where: tuple[str, int, str]) -> None:
        line, column = self.lines.get(where) or self.lines.get((where[0], where[1], "")) or (1, 1)
        self.problems.append(Diagnostic(message, hint, Location(self.path, line, column)))

    def check_tables(self) -> None:
        known = [*TABLES, *ARRAYS]
        for name, value in self.data.items():
            if name not in known:
                self.fault(f"unknown table [{name}]", f"Known: {', '.join(known)}.", (name, 0, ""))
            elif not isinstance(value, list if name in ARRAYS else dict):
                shape = f"[[{name}]]" if name in ARRAYS else f"[{name}]"
                self.fault(f"{name} must be a table", f"Write {shape} on a line of its own.", (name, 0, ""))

    def table(self, name: str, record: type[Record]) -> Record | None:
        value = self.data.get(name, {})
        return self.record(name, 0, value, record) if isinstance(value, dict) else None

    def rows(self, name: str) -> list[dict[str, Any]]:
        value = self.data.get(name, [])
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []

    def record(self, table: str, index: int, value: dict[str, Any], record: type[Record]) -> Record | None:
        """Convert ``value`` to the dataclass ``record``; None, with diagnostics added, if it does not fit."""
        fields = {f.name: f for f in dataclasses.fields(record)}  # type: ignore[arg-type]
        good: dict[str, Any] = {}
        for key, item in value.items():
            if key not in fields:
                self.unknown_key(table, index, key, list(fields))
                continue
            wanted = str(fields[key].type)
            converted, expected = convert(item, wanted)
            if expected:
                self.fault(f"{key} must be {expected}, not {kind_of(item)}", example(key, wanted), (table, index, key))
            else:
                good[key] = converted
                self.check_characters(table, index, key, converted)
        missing = [
            f.name
            for f in fields.values()
            if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING and f.name not in value
        ]
        for name in missing:
            self.fault(f"[{table}] has no {name}", f'Add: {name} = "…"', (table, index, ""))
        return record(**good) if not missing and len(good) == len(value) else None

    def unknown_key(self, table: str, index: int, key: str, known: list[str]) -> None:
        near = difflib.get_close_matches(key, known, 1)
        hint = f"Did you mean {near[0]}?" if near else f"[{table}] knows: {', '.join(known)}."
        self.fault(f"unknown key {key} in [{table}]", hint, (table, index, key))

    def check_characters(self, table: str, index: int, key: str, value: object) -> None:
        for item in value if isinstance(value, tuple) else (value,):
            problem = illegal_character(item.replace("\n", ""), self.path) if isinstance(item, str) else None
            if problem:
                self.fault(f"{key} holds a {problem.message}", problem.hint, (table, index, key))

    # -- the parts

    def title(self) -> Title:
        if "book" not in self.data:
            self.problems.append(
                Diagnostic(
                    "there is no [book] table", 'Begin with: [book] and title = "书名".', Location(self.path, 1, 1)
                )
            )
        title = (self.table("book", Title) if "book" in self.data else None) or Title("?")
        if not title.title.strip():
            self.fault("title is empty", 'Add: title = "书名".', ("book", 0, "title"))
        if title.slug is not None and not SLUG.fullmatch(title.slug):
            self.fault(
                f"slug {title.slug!r} can't be a file name",
                "Use Latin letters, figures, - and _, up to 100.",
                ("book", 0, "slug"),
            )
        if not LANGUAGE.fullmatch(title.language):
            self.fault(
                f"language {title.language!r} is no language tag",
                "BCP 47: zh-Hans, zh-Hant, en …",
                ("book", 0, "language"),
            )
        return title

    def format(self) -> Format:
        form = self.table("format", Format) or Format()
        if form.notes not in NUMBERING:
            self.fault(f"notes {form.notes!r} is unknown", f"It is {' or '.join(NUMBERING)}.", ("format", 0, "notes"))
        if form.writing not in WRITING:
            hint = f"It is {' or '.join(WRITING)}."
            self.fault(f"writing {form.writing!r} is unknown", hint, ("format", 0, "writing"))
        if not 1 <= form.toc_depth <= 6:
            self.fault(f"toc_depth {form.toc_depth} is out of range", "It is 1 to 6.", ("format", 0, "toc_depth"))
        return form

    def design(self, name: str) -> Design:
        """Return an installed design. A book with its own ``styles/design.css``, as in a bag, needs none."""
        if name != DEFAULT.name and (self.folder / "styles" / STYLE).is_file():
            return DEFAULT
        installed = designs()
        if name in installed:
            return installed[name][0]
        near = difflib.get_close_matches(name, installed, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Installed designs: {', '.join(installed)}."
        self.fault(f"design {name!r} is not installed", hint, ("format", 0, "design"))
        return DEFAULT

    def press(self) -> Press:
        press = self.table("print", Press) or Press()
        limits = {"signature": (1, 64), "paper": (0.02, 2), "bleed": (0, 20), "booklet": (0, 50)}
        for key, (low, high) in limits.items():
            value = getattr(press, key)
            if not low <= value <= high:
                self.fault(f"{key} {value:g} is out of range", f"It is {low:g} to {high:g}.", ("print", 0, key))
        try:
            found = bool(press.profile) and find(self.folder, "styles", press.profile)
        except SourceError as error:
            self.problems.extend(error.diagnostics)
            return press
        if not found:
            hint = "Put the ICC profile of the printer into styles/, and write its file name."
            self.fault(f"there is no profile styles/{press.profile}", hint, ("print", 0, "profile"))
        return press

    def contributors(self) -> tuple[Contributor, ...]:
        rows = [self.record("contributor", i, row, Contributor) for i, row in enumerate(self.rows("contributor"))]
        return tuple(c for c in rows if c)

    def divisions(self) -> tuple[Division, ...]:
        rows = self.rows("division")
        if not rows:
            self.problems.append(
                Diagnostic(
                    "the book has no [[division]]",
                    'List its divisions in order: [[division]], matter = "body", role = "chapter", '
                    'file = "chapters/01.md".',
                    Location(self.path, 1, 1),
                )
            )
        result = [self.division(i, row) for i, row in enumerate(rows)]
        divisions = tuple(d for d in result if d)
        seen: dict[Path, int] = {}
        for index, division in enumerate(result):
            if division and division.path:
                if division.path in seen:
                    self.fault(f"{division.path.name} is listed twice", "", ("division", index, "file"))
                seen[division.path] = index
        order = {"front": 0, "body": 1, "back": 2}
        for index, (before, after) in enumerate(pairwise(divisions), 1):
            if order[after.matter] < order[before.matter]:
                self.fault(
                    f"{after.matter} matter comes after {before.matter} matter",
                    "Order: front, body, back.",
                    ("division", index, "matter"),
                )
        return divisions

    def division(self, index: int, row: dict[str, Any]) -> Division | None:
        faults = len(self.problems)
        for key, value in row.items():
            if key not in DIVISION_KEYS:
                self.unknown_key("division", index, key, list(DIVISION_KEYS))
            elif not isinstance(value, str):
                self.fault(f"{key} must be a string, not {kind_of(value)}", "", ("division", index, key))
            else:
                self.check_characters("division", index, key, value)
        if len(self.problems) > faults:
            return None
        matter, role, file = row.get("matter", ""), row.get("role", ""), row.get("file")
        if matter not in ("front", "body", "back"):
            self.fault(f"matter {matter!r} is unknown", "It is front, body or back.", ("division", index, "matter"))
        if role not in ROLES:
            hint = f"Known: {', '.join(sorted(ROLES))}."
            self.fault(f"role {role!r} is unknown", hint, ("division", index, "role"))
        if file is None and role in ROLES - GENERATED_ROLES:
            self.fault(
                f"a division of role {role} needs a file", 'Add: file = "chapters/….md"', ("division", index, "role")
            )
        path = self.chapter_path(index, file) if file is not None else None
        if len(self.problems) > faults:
            return None
        text = self.chapter_text(path) if path else ""
        return Division(matter, role, row.get("title"), path, text)

    def chapter_path(self, index: int, file: str) -> Path:
        path = self.path.parent / file
        line, column = self.lines.get(("division", index, "file"), (1, 1))
        try:
            inside(self.folder, path, location=Location(self.path, line, column))
        except SourceError as error:
            self.problems.extend(error.diagnostics)
            return path
        if not is_file(path):
            self.fault(
                f"{file} does not exist", f"Files are named from {self.path.parent}.", ("division", index, "file")
            )
        return path

    def chapter_text(self, path: Path) -> str:
        try:
            text = read_text(path)
        except SourceError as error:
            self.problems.extend(error.diagnostics)
            return ""
        if not text.strip():
            self.problems.append(
                Diagnostic("the chapter is empty", "Write it, or remove it from book.toml.", Location(path, 1, 1))
            )
        return text

    def contents(self) -> tuple[ContentsEntry, ...]:
        path = self.path.parent / "contents.tsv"
        if not path.is_file():
            return ()
        try:
            text = read_text(inside(self.folder, path))
        except SourceError as error:
            self.problems.extend(error.diagnostics)
            return ()
        entries = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            level, *rest = line.split("\t")
            if not re.fullmatch("[1-6]", level) or len(rest) not in (1, 2):
                self.problems.append(
                    Diagnostic("not a contents entry", "A line is: level TAB text TAB page.", Location(path, number, 1))
                )
                continue
            entries.append(ContentsEntry(int(level), rest[0], rest[1] if len(rest) > 1 else ""))
        return tuple(entries)


def convert(value: object, wanted: str) -> tuple[object, str]:
    """Convert ``value`` to the annotated type ``wanted``; returns it and "", or None and what was expected."""
    if wanted.startswith("tuple[str"):
        if isinstance(value, list) and all(isinstance(v, str) for v in value):
            return tuple(value), ""
        return None, "a list of strings"
    if wanted.startswith("tuple[float"):
        if isinstance(value, list) and len(value) == 2 and all(type(v) in (int, float) and 0 < v < 1e6 for v in value):
            return tuple(float(v) for v in value), ""
        return None, "two numbers, width and height in mm"
    if wanted == "int":
        return (value, "") if type(value) is int else (None, "a whole number")
    if wanted == "float":
        return (float(value), "") if type(value) in (int, float) else (None, "a number")  # type: ignore[arg-type]
    return (value, "") if isinstance(value, str) else (None, "a string")


def example(key: str, wanted: str) -> str:
    """Return a hint that shows how the key is written."""
    if wanted.startswith("tuple[str"):
        return f'Write: {key} = ["…", "…"]'
    if wanted.startswith("tuple[float"):
        return f"Write: {key} = [170, 240]"
    if wanted in ("int", "float"):
        return f"Write: {key} = {'4' if wanted == 'int' else '0.1'}"
    return f'Write: {key} = "…"'


def kind_of(value: object) -> str:
    """Return the TOML name of a value's type."""
    names = {str: "a string", bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "a table"}
    return names.get(type(value), "a date")
