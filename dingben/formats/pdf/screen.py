"""The screen PDF: the whole book as one HTML page, laid out, labelled and described."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from typing import TYPE_CHECKING

from dingben.book.model import GENERATED_ROLES, Book
from dingben.document import pandoc
from dingben.document.model import Fragment
from dingben.document.notes import footnotes
from dingben.document.pandoc_pool import PandocWorker, balance
from dingben.document.ruby import ruby_for_print
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
from dingben.typeset.engine.selectors import counting
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.options import LayoutOptions, check_fonts
from dingben.typeset.records import FontUsage, Glyphs, RunningHeadSet, SectionRecord, TypesetResult
from dingben.typeset.sections.scheduler import lay_out_sections
from dingben.typeset.sections.session import LayoutSession
from dingben.typeset.sections.split import cut
from dingben.typeset.sections.workers import WorkerPool, cores

if TYPE_CHECKING:
    from dingben.typeset.fonts.registry import FontRegistry

TEXTS = frozenset({".md", ".toml", ".jsonl", ".json"})
"""Endings of files that no page shows as they are."""


def make_pdf(
    book: Book,
    read: Callable[[], tuple[Sequence[Fragment], Sequence[PandocWorker]]],
    tools: Callable[[], dict[str, str]],
    date: str | None,
    *,
    jobs: int = 0,
    session: LayoutSession,
    meanwhile: Callable[[], None] = lambda: None,
) -> TypesetResult:
    """The book as a tagged PDF. ``tools`` tells names with versions for the colophon, ``date`` is ISO or None.

    ``read`` gives the fragments of all chapters, which may be on their way, and what has read them and may write
    their HTML. ``jobs``: how many processes may set it
    (0: one for each core); the bytes are the same. ``session`` has the layout workers.
    ``meanwhile`` is done when WeasyPrint is there and others have something to do.
    """
    hands = session.start_workers(book.folder, jobs)
    try:
        templates = Templates(book)
        looks, page = looks_of(book, templates)
        hands.show(looks)
        colophon = tools()
        templates.compile("book.html", *(f"{d.role}.html" for d in book.divisions if d.role in GENERATED_ROLES))
        for sheet in looks.css:
            counting(sheet)  # which is remembered
        fragments, writers = read()
        texts = printed(book, fragments, page, jobs or cores(), writers)
        html = templates.render(
            "book.html", sections=rendered_divisions(book, fragments, texts), tools=colophon, date=date
        )
        made = set_in_parts(book, html, looks, hands, meanwhile)
    except NotSplittableError:
        session.close()
        from dingben.typeset.page import typeset_page

        made = typeset_page(book.folder, html, looks.css, finish, notes_by_page=looks.notes_by_page, gap=looks.gap)
    except BaseException:
        session.close()  # they may be at work still
        raise
    require_glyphs(made.missing, book)
    return made


def looks_of(book: Book, templates: Templates) -> tuple[LayoutOptions, PageGeometry]:
    """How the book is to look in print, and its page. Raises RenderError where a face is missing."""
    css = stylesheet(book.folder, "print")
    measures = variables(css)
    check_fonts(measures)
    page = page_geometry(book.format, measures, book.folder / "source" / "book.toml")
    gap = ems(measures.get("--word-gap", ".25em"), "--word-gap")
    sheets = (css, templates.render("page.css", page=page))
    return LayoutOptions(book.folder, sheets, gap, book.format.notes == "page"), page


def prepare(book: Book, session: LayoutSession) -> None:
    """Start the workers and let them read styles and open fonts, before the first build."""
    hands = session.start_workers(book.folder, 0)
    hands.show(looks_of(book, Templates(book))[0])


def set_in_parts(
    book: Book, html: str, looks: LayoutOptions, hands: WorkerPool, aside: Callable[[], None]
) -> TypesetResult:
    """The book in parts, bound together. Raises WholeBookError where it can't be set so."""
    if book.format.notes == "book":
        raise NotSplittableError("the notes are numbered through the book")
    parts = cut(html, looks.css)
    shaped_by = [*looks.css, f"{looks.gap} {looks.notes_by_page}", fonts_digest(), pictures_digest(book)]
    faces: FontRegistry | None = None

    def meanwhile(known: Sequence[SectionRecord]) -> None:
        """What will be wanted, while other processes lay out, then make margins."""
        nonlocal faces
        get_binder()
        aside()
        from dingben.typeset.fonts.registry import FontRegistry

        faces = FontRegistry(looks)
        for quire in known:
            faces.open(quire.fonts)

    def uncut(held: Sequence[SectionRecord | RunningHeadSet]) -> list[tuple[dict[str, FontUsage], Glyphs]]:
        """The fonts that are to be cut."""
        assert faces
        return faces.uncut(held, Cache(book.folder))

    quires, margins = lay_out_sections(parts, hands, Cache(book.folder), shaped_by, meanwhile, uncut)
    from dingben.typeset.pdf.assemble import assemble

    assert faces
    return assemble(
        parts[0].html, quires, margins, faces, looks, complete, Cache(book.folder), hands.each if hands.all else None
    )


def get_binder() -> None:
    """Import what binds and reads back. Raises ToolError where a library is missing."""
    load.load()
    for name in ("typeset.pdf.assemble", "formats.pdf.read_text"):
        importlib.import_module(f"dingben.{name}")


def printed(
    book: Book, fragments: Sequence[Fragment], page: PageGeometry, jobs: int, writers: Sequence[PandocWorker] = ()
) -> list[str]:
    """The HTML of each fragment for the printed page; from the cache where it is there.

    ``writers`` are processes of pandoc that are there already, which aren't wanted any more then.
    """
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
    found = [cache.found("print", shape) for shape in shapes]
    new = [(len(shapes[n][1]), n) for n, html in enumerate(found) if html is None]
    made = balance(new, jobs)  # a process of pandoc each
    for writer in writers[len(made) :]:
        writer.stop()
    with ThreadPoolExecutor(jobs) as threads:
        for pile, texts in zip(made, threads.map(write, made, chain(writers, repeat(None))), strict=True):
            for n, html in zip(pile, texts, strict=True):
                found[n] = content = html.encode("utf-8")
                cache.keep("print", shapes[n], content)
    return [html.decode("utf-8") for html in found if html is not None]


def pictures_digest(book: Book) -> str:
    """The digest of every file of the source that a page may show."""
    files = sorted(p for p in (book.folder / "source").rglob("*") if p.is_file() and p.suffix not in TEXTS)
    names = [path.relative_to(book.folder).as_posix() for path in files]
    return digest_of(*(item for name, path in zip(names, files, strict=True) for item in (name, path.read_bytes())))
