"""The screen PDF: the whole book as one HTML document, laid out in sections, with page labels and metadata."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path

from dingben.book.dates import edition_date
from dingben.book.model import GENERATED_ROLES, Book
from dingben.diagnostics import Diagnostic, Location
from dingben.document import pandoc
from dingben.document.ast import Node, div
from dingben.document.model import Fragment
from dingben.document.notes import footnotes
from dingben.document.pandoc_pool import PandocWorker, balance
from dingben.document.ruby import ruby_for_print
from dingben.formats.base import Context
from dingben.formats.missing_glyphs import require_glyphs
from dingben.formats.pdf import floats
from dingben.formats.pdf.running_titles import SIZE as RUNNING_SIZE
from dingben.formats.pdf.running_titles import fitting, with_running_titles
from dingben.language.script import is_english
from dingben.system.cache import Cache
from dingben.system.digests import digest_of
from dingben.theme.page_geometry import PageGeometry, ems, page_geometry
from dingben.theme.stylesheets import stylesheet, variables
from dingben.theme.templates import Templates, rendered_divisions
from dingben.typeset import LayoutOptions, LayoutSession, TypesetResult, typeset_book
from dingben.typeset.engine.selectors import counting_compounds
from dingben.typeset.options import check_fonts
from dingben.typeset.sections.workers import cores

TEXTS = frozenset({".md", ".toml", ".jsonl", ".json"})
"""Endings of files that no page shows as they are."""


def make_pdf(context: Context) -> TypesetResult:
    """Build the book as a tagged PDF. The bytes do not depend on the number of processes. Raises DingbenError."""
    book = context.book
    workers = context.session.start_workers(book.folder, context.jobs)
    try:
        templates = Templates(book)
        options, page = layout_options(book, templates)
        workers.configure(options)  # they read styles and open fonts while pandoc reads the chapters
        tools = context.tools
        templates.compile("book.html", *(f"{d.role}.html" for d in book.divisions if d.role in GENERATED_ROLES))
        for sheet in options.css:
            counting_compounds(sheet)  # cached
        texts = print_htmls(context, page)
        divisions = rendered_divisions(book, context.fragments, texts)
        html = templates.render("book.html", sections=divisions, tools=tools, date=edition_date())
        layout = typeset_book(html, options, context.session, jobs=context.jobs, pictures=pictures_digest(book))
        # while the workers lay out the first sections:
        importlib.import_module("dingben.formats.pdf.read_text")
        context.prepare_upcoming()
        layout.lay_out()
        context.start_upcoming_cover()  # the workers have little to do from here on
        result = layout.result()
    except BaseException:
        context.session.close()  # the workers may be busy
        raise
    require_glyphs(result.missing_characters, book)
    return result


def layout_options(book: Book, templates: Templates) -> tuple[LayoutOptions, PageGeometry]:
    """Return the style sheets and options for print, and the page geometry. Raises RenderError for a missing font."""
    css = stylesheet(book.folder, "print", design=book.design)
    measures = variables(css)
    check_fonts(measures)
    page = page_geometry(book.format, measures, book.folder / "source" / "book.toml")
    gap = ems(measures.get("--word-gap", ".25em"), "--word-gap")
    interpunct = ems(measures.get("--interpunct", ".5em"), "--interpunct")
    title = fitting(book.title.title, page.text_width / (RUNNING_SIZE * page.size))
    sheets = (css, templates.render("page.css", page=page, running_title=title))
    notes = book.format.notes
    return LayoutOptions(book.folder, sheets, gap, notes == "page", notes == "book", interpunct), page


def prepare(book: Book, session: LayoutSession) -> None:
    """Start the workers and let them read styles and open fonts, before the first build."""
    session.start_workers(book.folder, 0).configure(layout_options(book, Templates(book))[0])


def print_htmls(context: Context, page: PageGeometry) -> list[str]:
    """Return the HTML of each fragment for the printed page, from the cache or written by pandoc.

    The pandoc processes that have read the chapters write it, and are stopped then.
    """
    book, fragments, jobs = context.book, context.fragments, context.jobs or cores()
    writers = context.pandoc_workers
    cache, with_tool = Cache(book.folder), f"{page} {book.title.language} {pandoc.version()} {pandoc.custom_path()}"

    def shape(fragment: Fragment) -> tuple[str | bytes, ...]:
        pictures = [item for p in fragment.pictures for item in (p.name, p.digest)]
        return with_tool, fragment.heading.short, pandoc.document_json(fragment.blocks), *pictures

    def write(pile: Sequence[int], writer: PandocWorker | None) -> list[PrintText]:
        diagnostics: list[list[Diagnostic]] = [[] for _ in pile]
        texts = [
            print_blocks(fragments[n], page, found, book.title.language)
            for n, found in zip(pile, diagnostics, strict=True)
        ]
        written = pandoc.write_html_fragments(texts, writer.html if writer else None)
        if writer:
            writer.stop()
        return [PrintText(html, tuple(found)) for html, found in zip(written, diagnostics, strict=True)]

    shapes = [shape(fragment) for fragment in fragments]
    entries = [cache.get("print", shape) for shape in shapes]
    found = [PrintText.from_bytes(e, f.division.path) if e else None for e, f in zip(entries, fragments, strict=True)]
    new = [(len(shapes[n][2]), n) for n, text in enumerate(found) if text is None]
    groups = balance(new, jobs)  # a process of pandoc each
    for writer in writers[len(groups) :]:
        writer.stop()
    with ThreadPoolExecutor(jobs) as threads:
        for pile, texts in zip(groups, threads.map(write, groups, chain(writers, repeat(None))), strict=True):
            for n, text in zip(pile, texts, strict=True):
                found[n] = text
                cache.put("print", shapes[n], text.to_bytes())
    context.findings += [finding for text in found if text for finding in text.findings]
    return [text.html for text in found if text]


def print_blocks(
    fragment: Fragment, page: PageGeometry, findings: list[Diagnostic], language: str = "zh-Hans"
) -> list[Node]:
    """Return the blocks of a fragment as print sets them; ``findings`` receives what is hard to read or cut."""
    blocks = with_running_titles(fragment, fragment.blocks, page, findings)
    if is_english(language):
        blocks = mark_paragraphs_after_headings(blocks)
    return footnotes(ruby_for_print(floats.for_print(fragment, blocks, page, findings)))


def mark_paragraphs_after_headings(blocks: Sequence[Node]) -> list[Node]:
    """Put each paragraph after a heading into a Div: the styles set it flush in English books.

    A selector such as ``h2 + p`` would do, but pages after an edit can't be reused where styles look at neighbours.
    """
    before = [{"t": ""}, *blocks]
    return [
        div(["after-heading"], [block]) if block["t"] == "Para" and last["t"] == "Header" else block
        for last, block in zip(before, blocks, strict=False)
    ]


@dataclass(frozen=True, slots=True)
class PrintText:
    """The HTML of a fragment for print, and what was found while it was made."""

    html: str
    findings: tuple[Diagnostic, ...] = ()

    def to_bytes(self) -> bytes:
        """Serialize for the cache."""
        diagnostics = [
            [f.message, f.hint, f.code, f.location.line if f.location else 0, f.location.column if f.location else 0]
            for f in self.findings
        ]
        return json.dumps([self.html, diagnostics], ensure_ascii=False).encode("utf-8")

    @classmethod
    def from_bytes(cls, data: bytes, path: Path | None) -> PrintText:
        """Read an entry of the cache; ``path`` is that of the division."""
        html, diagnostics = json.loads(data)
        return cls(
            html, tuple(Diagnostic(m, h, Location(path or Path(), n, c), code) for m, h, code, n, c in diagnostics)
        )


def pictures_digest(book: Book) -> str:
    """The digest of every file of the source that a page may show."""
    files = sorted(p for p in (book.folder / "source").rglob("*") if p.is_file() and p.suffix not in TEXTS)
    names = [path.relative_to(book.folder).as_posix() for path in files]
    return digest_of(*(item for name, path in zip(names, files, strict=True) for item in (name, path.read_bytes())))
