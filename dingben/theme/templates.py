"""Jinja templates: divisions rendered to HTML in a sandbox.

A book's templates may be untrusted: they run in a sandbox and a process of their own, undefined names are errors,
output is escaped, and only templates of the book and the package can be included.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from jinja2.bccache import Bucket
from markupsafe import Markup

from dingben.book.model import GENERATED_ROLES, Book, Division
from dingben.book.resources import find, read_text
from dingben.diagnostics import Location
from dingben.document.model import Caption, Fragment, Heading
from dingben.errors import DingbenError, SourceError
from dingben.language import title_breaks
from dingben.language.strings import imprint_labels, script_of, words
from dingben.theme.sandbox import Sandbox, TemplateLimitError, render_within_limit
from dingben.theme.template_process import HINT, TemplateProcess

ACCENTS = ("#9a3328", "#2f4b7c", "#2f5d50", "#8a6a1f", "#2b2b2b", "#5b3758")
"""Accent colours: cinnabar, indigo, pine, ochre, ink, plum. The title's digest selects one."""


@dataclass(frozen=True, slots=True)
class RenderedDivision:
    """A division as templates see it: ``html`` is its text, empty where a template generates it."""

    division: Division
    identifier: str
    heading: Heading | None
    headings: tuple[Heading, ...] = ()
    html: str = ""
    captions: tuple[Caption, ...] = ()

    @property
    def role(self) -> str:
        """EPUB structural semantics term, e.g. chapter."""
        return self.division.role

    @property
    def matter(self) -> str:
        """Front, body or back."""
        return self.division.matter

    @property
    def generated(self) -> bool:
        """Whether the template of its role generates it."""
        return self.division.path is None


def rendered_divisions(book: Book, fragments: Sequence[Fragment], html: Sequence[str]) -> tuple[RenderedDivision, ...]:
    """Return all divisions in reading order; ``html`` holds the text of each fragment."""
    texts = {f.division.path: (f, Markup(h)) for f, h in zip(fragments, html, strict=True)}  # noqa: S704
    rendered = []
    for division in book.divisions:
        if division.path in texts:
            fragment, text = texts[division.path]
            rendered.append(
                RenderedDivision(
                    division, fragment.identifier, fragment.heading, fragment.headings, text, fragment.captions
                )
            )
        elif division.role in GENERATED_ROLES:
            rendered.append(RenderedDivision(division, division.role, None))
    return tuple(rendered)


class BytecodeMemo(jinja2.BytecodeCache):
    """Compiled templates, kept in this process for all outputs. No bytecode is read from a book's cache."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Restore the code of a template, known by name, file and text."""
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store the code of a template."""
        if bucket.code:
            self.codes[bucket.key, bucket.checksum] = bucket.code


BYTECODE = BytecodeMemo()

INCLUDE = re.compile(r"""{%-?\s*include\s+["']([^"']+)""")
"""Name of an included template."""


class Templates:
    """Templates of one book, with the names defined in all of them."""

    def __init__(self, book: Book, *, own_process: bool | None = None) -> None:
        """``own_process``: whether to render in a process with limits; by default, if the book has templates."""
        self.book = book
        if own_process is None:
            own_process = any((book.folder / "templates").rglob("*.*"))
        self.process = TemplateProcess(book) if own_process else None
        self.environment = Sandbox(
            loader=jinja2.FunctionLoader(self.load),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            bytecode_cache=BYTECODE,
        )
        self.environment.filters.update(lines=title_breaks.lines_of, css=css_string)
        language = book.title.language
        self.environment.globals.update(
            book=book,
            words=words(language),
            imprint=imprint_rows(book),
            cip=cip_lines(book),
            accent=accent_color(book),
            chinese=script_of(language) != "en",
            restored=(book.folder / "source" / "ledger.jsonl").is_file(),
        )

    def load(self, name: str) -> tuple[str, str, None]:
        path = find(self.book.folder, "templates", name, self.book.design)
        if path is None:
            raise jinja2.TemplateNotFound(name)
        return read_text(path), str(path), None

    def compile(self, *names: str) -> None:
        """Compile templates, and those they include, ahead of rendering; those of strangers only to be rendered."""
        if self.process:
            return
        waiting, seen = [*names], set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            with contextlib.suppress(jinja2.TemplateError, DingbenError):  # reported when it is rendered
                self.environment.get_template(name)
                waiting += INCLUDE.findall(self.load(name)[0])

    def render(self, name: str, **context: Any) -> str:
        """Render the template ``name``. Raises SourceError with the template's file and line."""
        if self.process:
            return self.process.render(name, context)
        try:
            return render_within_limit(self.environment.get_template(name), context)
        except jinja2.TemplateSyntaxError as error:
            raise SourceError(
                f"template: {error.message}",
                hint="See https://jinja.palletsprojects.com/templates/.",
                location=Location(Path(error.filename or name), error.lineno),
            ) from error
        except jinja2.TemplateNotFound as error:
            raise SourceError(
                f"there is no template {error.name}", hint="Templates are looked for in templates/."
            ) from error
        except (TemplateLimitError, MemoryError) as error:
            raise SourceError(
                f"template: {error}" if str(error) else "template: it takes too much memory",
                hint=HINT,
                location=template_location(error, name),
            ) from error
        except (
            jinja2.TemplateError,
            ArithmeticError,
            TypeError,
            ValueError,
            AttributeError,
            LookupError,
            RecursionError,
        ) as error:
            raise SourceError(
                f"template: {error}",
                hint=f"Available in every template: {', '.join(sorted(self.environment.globals))}.",
                location=template_location(error, name),
            ) from error


def template_location(error: BaseException, name: str) -> Location:
    """Return file and line in the template where ``error`` arose; Jinja names templates in tracebacks."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "templates" in Path(f.filename).parts]
    return Location(Path(frames[-1].filename), frames[-1].lineno or 0) if frames else Location(Path(name))


def css_string(text: str) -> Markup:
    """Quote ``text`` as a CSS string (https://www.w3.org/TR/css-syntax-3/#consume-string-token)."""
    escaped = re.sub(r'[\\"<>&\n\r\f]', lambda m: f"\\{ord(m[0]):x} ", text)
    return Markup(f'"{escaped}"')  # noqa: S704


def accent_color(book: Book) -> str:
    """Return the colour of the cover, the same for the same title."""
    digest = hashlib.sha256(book.title.title.encode("utf-8")).digest()
    return ACCENTS[digest[0] % len(ACCENTS)]


def imprint_rows(book: Book) -> tuple[tuple[str, str], ...]:
    """Return label and value of every imprint field present, in printed order."""
    rows = []
    for key, label in imprint_labels(book.title.language).items():
        owner = next((part for part in (book.imprint, book.format, book.publication) if hasattr(part, key)), None)
        value = getattr(owner, key, None)
        text = "、".join(value) if isinstance(value, tuple) else str(value or "")
        if key == "price" and re.fullmatch(r"[\d.]+", text) and script_of(book.title.language) != "en":
            text += "元"  # the key holds the bare figure
        if text:
            rows.append((label, text))
    return tuple(rows)


def cip_lines(book: Book) -> tuple[str, ...]:
    """Return the CIP block (GB/T 12451—2001), as complete as the metadata; empty without a CIP number.

    The ① are part of the block's form, not note calls.
    """
    publication, title = book.publication, book.title
    if not publication.cip_number:
        return ()
    name = title.title + (f"：{title.subtitle}" if title.subtitle else "")
    publisher = "：".join(p for p in (publication.publisher_place, publication.publisher) if p)
    first = f"{name}／{book.byline}." if book.byline else f"{name}."
    if publisher:
        first += f"—{publisher}" + (f"，{publication.pub_date}" if publication.pub_date else "")
    if title.series:
        first += f".—（{title.series}）"
    subjects = [f"①{title.title[:1]}…"]
    if book.authors:
        subjects.append(f"①{book.authors[0][:1]}…")
    if title.subject:
        subjects.append(f"①{title.subject}")
    if publication.clc:
        subjects.append(f"①{publication.clc}")
    marks = " ".join(f"{numeral}.{subject}" for numeral, subject in zip("ⅠⅡⅢⅣ", subjects, strict=False))
    lines = [first, f"ISBN {publication.isbn}" if publication.isbn else "", marks]
    return tuple(line for line in lines if line)
