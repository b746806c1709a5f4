"""The screen PDF: the whole book as one HTML document, laid out in sections, with page labels and metadata."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat

from dingben.book.dates import edition_date
from dingben.book.model import GENERATED_ROLES, Book
from dingben.document import pandoc
from dingben.document.model import Fragment
from dingben.document.notes import footnotes
from dingben.document.pandoc_pool import PandocWorker, balance
from dingben.document.ruby import ruby_for_print
from dingben.formats.base import Context
from dingben.formats.missing_glyphs import require_glyphs
from dingben.formats.pdf import floats
from dingben.formats.pdf.metadata import complete, finish
from dingben.system.cache import Cache
from dingben.system.digests import digest_of
from dingben.system.fonts import fonts_digest
from dingben.theme.page_geometry import PageGeometry, ems, page_geometry
from dingben.theme.stylesheets import stylesheet, variables
from dingben.theme.templates import Templates, rendered_divisions
from dingben.typeset.engine import load
from dingben.typeset.engine.selectors import counting_compounds
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.options import LayoutOptions, check_fonts
from dingben.typeset.records import TypesetResult
from dingben.typeset.sections.scheduler import SectionScheduler
from dingben.typeset.sections.session import LayoutSession
from dingben.typeset.sections.split import cut
from dingben.typeset.sections.workers import WorkerPool, cores

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
        parts = rendered_divisions(book, context.fragments, texts)
        html = templates.render("book.html", sections=parts, tools=tools, date=edition_date())
        result = typeset_sections(context, html, options, workers)
    except NotSplittableError:
        context.session.close()
        from dingben.typeset.page import typeset_page

        result = typeset_page(
            book.folder, html, options.css, finish, notes_by_page=options.notes_by_page, gap=options.gap
        )
    except BaseException:
        context.session.close()  # the workers may be busy
        raise
    require_glyphs(result.missing, book)
    return result


def layout_options(book: Book, templates: Templates) -> tuple[LayoutOptions, PageGeometry]:
    """Return the style sheets and options for print, and the page geometry. Raises RenderError for a missing font."""
    css = stylesheet(book.folder, "print")
    measures = variables(css)
    check_fonts(measures)
    page = page_geometry(book.format, measures, book.folder / "source" / "book.toml")
    gap = ems(measures.get("--word-gap", ".25em"), "--word-gap")
    sheets = (css, templates.render("page.css", page=page))
    return LayoutOptions(book.folder, sheets, gap, book.format.notes == "page"), page


def prepare(book: Book, session: LayoutSession) -> None:
    """Start the workers and let them read styles and open fonts, before the first build."""
    session.start_workers(book.folder, 0).configure(layout_options(book, Templates(book))[0])


def typeset_sections(context: Context, html: str, options: LayoutOptions, workers: WorkerPool) -> TypesetResult:
    """Lay out the book in independent sections and assemble them to one PDF.

    Raises NotSplittableError where the book has to be laid out as a whole.
    """
    book = context.book
    if book.format.notes == "book":
        raise NotSplittableError("the notes are numbered through the book")
    parts, cache = cut(html, options.css), Cache(book.folder)
    inputs = [*options.css, f"{options.gap} {options.notes_by_page}", fonts_digest(), pictures_digest(book)]
    scheduler = SectionScheduler(parts, workers, cache, digest_of(*inputs))
    cached = scheduler.start()
    # while the workers lay out the first sections:
    import_assembler()
    context.prepare_upcoming()
    from dingben.typeset.fonts.registry import FontRegistry

    fonts = FontRegistry(options)
    for record in cached:
        fonts.open(record.fonts)
    records, running_heads = scheduler.finish(fonts)
    context.start_upcoming_cover()  # the workers have little to do from here on
    from dingben.typeset.pdf.assemble import assemble

    run_jobs = workers.run_jobs if workers.all else None
    return assemble(parts[0].html, records, running_heads, fonts, options, complete, cache, run_jobs)


def import_assembler() -> None:
    """Import the modules that assemble the PDF and read it back. Raises ToolError where a library is missing."""
    load.load()
    for name in ("typeset.pdf.assemble", "formats.pdf.read_text"):
        importlib.import_module(f"dingben.{name}")


def print_htmls(context: Context, page: PageGeometry) -> list[str]:
    """Return the HTML of each fragment for the printed page, from the cache or written by pandoc.

    The pandoc processes that have read the chapters write it, and are stopped then.
    """
    book, fragments, jobs = context.book, context.fragments, context.jobs or cores()
    writers = context.pandoc_workers
    cache, with_tool = Cache(book.folder), f"{page} {pandoc.version()} {pandoc.custom_path()}"

    def shape(fragment: Fragment) -> tuple[str | bytes, ...]:
        pictures = [item for p in fragment.pictures for item in (p.name, p.digest)]
        return with_tool, pandoc.document_json(fragment.blocks), *pictures

    def write(pile: Sequence[int], writer: PandocWorker | None) -> list[str]:
        texts = [floats.for_print(fragments[n], fragments[n].blocks, page) for n in pile]
        written = pandoc.write_html_fragments(
            [footnotes(ruby_for_print(blocks)) for blocks in texts], writer.html if writer else None
        )
        if writer:
            writer.stop()
        return written

    shapes = [shape(fragment) for fragment in fragments]
    found = [cache.get("print", shape) for shape in shapes]
    new = [(len(shapes[n][1]), n) for n, html in enumerate(found) if html is None]
    made = balance(new, jobs)  # a process of pandoc each
    for writer in writers[len(made) :]:
        writer.stop()
    with ThreadPoolExecutor(jobs) as threads:
        for pile, texts in zip(made, threads.map(write, made, chain(writers, repeat(None))), strict=True):
            for n, html in zip(pile, texts, strict=True):
                found[n] = content = html.encode("utf-8")
                cache.put("print", shapes[n], content)
    return [html.decode("utf-8") for html in found if html is not None]


def pictures_digest(book: Book) -> str:
    """The digest of every file of the source that a page may show."""
    files = sorted(p for p in (book.folder / "source").rglob("*") if p.is_file() and p.suffix not in TEXTS)
    names = [path.relative_to(book.folder).as_posix() for path in files]
    return digest_of(*(item for name, path in zip(names, files, strict=True) for item in (name, path.read_bytes())))
