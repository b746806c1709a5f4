"""What can be built: a row for each edition with its name, its place, what it takes in and its maker."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dingben.book.dates import edition_date, epoch, modified, slug_of
from dingben.book.model import Book
from dingben.book.toml import place_of_key
from dingben.diagnostics import Diagnostic
from dingben.system import cache
from dingben.system.atomic import write_file

# a build that finds nothing to do imports no maker
if TYPE_CHECKING:
    from dingben.builder.context import BuildContext
    from dingben.document.collation import Reading
    from dingben.document.pandoc import PandocOutput
    from dingben.formats.press.preflight import Preflight


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """An edition that can be built.

    ``name``: as on the command line. ``place``: under build/, with ``{slug}`` for the
    book's name; a folder's first file stands for the folder. ``make``: gives the bytes
    of the file, or the files of the folder by name. ``takes_in``: targets whose files it
    reads, made before. ``by_default``: whether ``dingben build`` without names makes it.
    ``read``: reads the text back out of what was made, to be held against the source.
    ``written``: what pandoc is to write for it. ``ahead``: whether it may be made while
    another waits for pandoc. ``cover``: whether it shows the book's cover. ``hands``:
    whether processes of their own set it.
    """

    name: str
    place: str
    make: Callable[[BuildContext], bytes | dict[str, bytes]]
    takes_in: tuple[str, ...] = ()
    by_default: bool = True
    read: Callable[[BuildContext, Any], Reading] | None = None
    ahead: bool = False
    written: Callable[[BuildContext], PandocOutput[Any]] | None = None
    cover: bool = False
    hands: bool = False

    @property
    def folder(self) -> bool:
        """Whether it makes a folder."""
        return "/" in self.place

    def path(self, book: Book) -> Path:
        """Where the output stands."""
        return book.folder / "build" / self.place.format(slug=slug_of(book))

    def made(self, edition: BuildContext) -> bytes | dict[str, bytes]:
        """What ``make`` gives, proved to hold the text of the source. Raises RenderError where it doesn't."""
        content = self.make(edition)
        if self.read:
            from dingben.document import collation

            collation.prove(edition.said, self.read(edition, content), self.name)
        return content


def make_pdf(edition: BuildContext) -> bytes:
    """The screen PDF."""
    book, session = edition.book, edition.session
    try:
        with edition.reading(stay=True):
            session.start_workers(book.folder, edition.jobs)
            from dingben.formats.pdf.screen import make_pdf as make

            made = make(
                book,
                lambda: (edition.fragments, edition.writers),
                lambda: edition.tools,
                edition_date(),
                jobs=edition.jobs,
                session=session,
                meanwhile=edition.prepare,
            )
        edition.begin_writing()
    finally:
        session.finish()
    edition.findings += [*made.findings, *horizontal(edition.book)]
    edition.made_of = made.made_of
    return made.pdf


def horizontal(book: Book) -> list[Diagnostic]:
    """That a book to be set vertically is not, in print: WeasyPrint knows no writing mode."""
    if book.format.writing == "horizontal":
        return []
    place = place_of_key(book.folder, "format", "writing")
    return [Diagnostic("the PDF is set horizontally all the same", "Only the e-book can be set vertically.", place)]


def make_epub(edition: BuildContext) -> bytes:
    """The e-book."""
    with edition.reading(), ThreadPoolExecutor(2) as pool:
        edition.begin_cover()
        reading = pool.submit(lambda: edition.fragments)  # by pandoc, while what writes the book is imported
        from dingben.formats.epub.metadata import findings
        from dingben.formats.epub.split import findings as too_long
        from dingben.formats.epub.writer import EpubOptions
        from dingben.formats.epub.writer import make_epub as make

        tools = edition.tools
        fragments = reading.result()
        edition.findings += [*findings(edition.book, fragments), *too_long(fragments)]

        def meanwhile() -> None:
            pool.submit(lambda: edition.said)  # for the comparison
            for target in edition.coming():
                if target.ahead:
                    pool.submit(edition.make_ahead, target)

        date, changed = edition_date(), modified(edition.book)
        making = EpubOptions(lambda: edition.cover, tools, date, changed, edition.findings, meanwhile)
        return make(edition.book, fragments, edition.writing("epub"), making)


def written_epub(edition: BuildContext) -> PandocOutput[Any]:
    """The e-book that pandoc writes, before it is completed."""
    from dingben.formats.epub.writer import written

    return written(edition.book, edition.fragments)


def written_html(edition: BuildContext) -> PandocOutput[Any]:
    """The HTML of the divisions."""
    from dingben.formats.html.single_file import division_htmls

    return division_htmls(edition.book, edition.fragments)


def written_txt(edition: BuildContext) -> PandocOutput[Any]:
    """The plain text of the divisions."""
    from dingben.formats.text import division_texts

    return division_texts(edition.book, edition.fragments)


def make_azw3(edition: BuildContext) -> bytes:
    """The e-book for Kindles, out of the EPUB made before."""
    from dingben.formats.epub.azw3 import make_azw3 as make

    return make(FORMATS["epub"].path(edition.book).read_bytes())


def make_html(edition: BuildContext) -> bytes:
    """The whole book in one file for the browser."""
    edition.begin_cover()
    from dingben.formats.html.single_file import make_html as make

    texts = edition.writing("html").result()
    return make(edition.book, edition.fragments, texts, edition.cover, edition.tools, edition_date())


def make_txt(edition: BuildContext) -> bytes:
    """The plain text."""
    from dingben.formats.text import make_txt as make

    texts = edition.writing("txt").result()
    return make(edition.book, edition.fragments, texts, edition.tools, edition_date())


def make_web(edition: BuildContext) -> dict[str, bytes]:
    """The web edition, which offers for download what it takes in."""
    from dingben.formats.html.site import make_web as make

    paths = [FORMATS[name].path(edition.book) for name in FORMATS["web"].takes_in]
    return make(edition.book, edition.fragments, edition.cover, {p.name: p.read_bytes() for p in paths})


def read_pdf(edition: BuildContext, content: bytes) -> Reading:
    """The text of a tagged PDF."""
    from dingben.formats.pdf.read_text import text_of_pdf
    from dingben.typeset.sections.workers import cores

    return text_of_pdf(content, edition.made_of, cache.Cache(edition.book.folder), edition.jobs or cores())


def read_epub(_edition: BuildContext, content: bytes) -> Reading:
    """The text of an e-book."""
    from dingben.formats.read_text import text_of_epub

    return text_of_epub(content)


def read_html(_edition: BuildContext, content: bytes) -> Reading:
    """The text of the one file for the browser."""
    from dingben.formats.read_text import text_of_html

    return text_of_html([content])


def read_web(edition: BuildContext, content: dict[str, bytes]) -> Reading:
    """The text of the reading pages."""
    from dingben.formats.html.site import file_name
    from dingben.formats.read_text import text_of_html

    return text_of_html([content[file_name(fragment)] for fragment in edition.fragments])


def make_print(edition: BuildContext) -> bytes:
    """The book's block for the press, out of the screen PDF."""
    from dingben.formats.press.block import make_print as make

    screen = FORMATS["pdf"].path(edition.book).read_bytes()
    made = make(edition.book, edition.fragments, screen, slug_of(edition.book), modified(edition.book))
    report_preflight(edition, "print", made.report)
    return made.pdf


def make_cover(edition: BuildContext) -> bytes:
    """The cover for the press, its spine as wide as the block of the book is thick."""
    import pikepdf

    from dingben.formats.press.cover import make_jacket

    with pikepdf.open(FORMATS["print"].path(edition.book)) as block:
        pages = len(block.pages)
    made, findings = make_jacket(edition.book, pages, slug_of(edition.book), modified(edition.book))
    edition.findings += findings
    report_preflight(edition, "cover", made.report)
    return made.pdf


def make_booklet(edition: BuildContext) -> bytes:
    """The book in sheets to be folded, for a home printer."""
    from dingben.formats.press.imposition import make_booklet as make

    book = edition.book
    screen = FORMATS["pdf"].path(book).read_bytes()
    made = make(screen, book.title.title, book.press.booklet, modified(book))
    sides = [[[None if page is None else page + 1 for page in side] for side in pile] for pile in made.sides]
    report_preflight(edition, "booklet", made.report, scale=round(made.scale, 4), sheet_sides=sides)
    return made.pdf


def report_preflight(edition: BuildContext, name: str, report: Preflight, **more: object) -> None:
    """Keep the report beside the others; what prints badly is told."""
    text = json.dumps(report.data() | more, ensure_ascii=False, indent=1)
    write_file(edition.book.folder, f"build/reports/preflight-{name}.json", text.encode("utf-8"))
    edition.findings += [Diagnostic(f"{name}: {message}") for message in (*report.faults, *report.findings)]


def make_tei(edition: BuildContext) -> bytes:
    """The scholar's text."""
    from dingben.formats.tei.writer import make_tei as make

    made, findings = make(edition.book, edition.fragments, edition_date())
    edition.findings += findings
    return made


def read_txt(edition: BuildContext, content: bytes) -> Reading:
    """The text of the plain text."""
    from dingben.formats.text import text_of_txt

    return text_of_txt(content, edition.book)


def read_tei(_edition: BuildContext, content: bytes) -> Reading:
    """The text of the scholar's edition."""
    from dingben.formats.read_text import text_of_tei

    return text_of_tei(content)


BAG = "{slug}-archive/tagmanifest-sha512.txt"
"""The file whose digest stands for every other in the bag."""


def make_bag(edition: BuildContext) -> dict[str, bytes]:
    """The archive as a folder, with the editions made before."""
    from dingben.formats.archive.writer import Deposit, make_archive

    book = edition.book
    editions = {name: files_of(FORMATS[name], book) for name in FORMATS["bag"].takes_in}
    former = FORMATS["bag"].path(book).parent
    return make_archive(Deposit(book, slug_of(book), editions, former, edition_date(), epoch(), modified(book)))


def make_zip(edition: BuildContext) -> bytes:
    """The archive as one file."""
    from dingben.formats.archive.container import zipped

    bag = FORMATS["bag"]
    top = bag.path(edition.book).parent
    files = {name.removeprefix(f"{top.name}/"): data for name, data in files_of(bag, edition.book).items()}
    return zipped(files, top.name, modified(edition.book))


def files_of(target: OutputFormat, book: Book) -> dict[str, bytes]:
    """What a target made, by name below build/."""
    path = target.path(book)
    if not target.folder:
        return {path.name: path.read_bytes()}
    files = sorted(p for p in path.parent.rglob("*") if p.is_file())
    return {p.relative_to(path.parent.parent).as_posix(): p.read_bytes() for p in files}


ROWS = (
    OutputFormat("pdf", "{slug}.pdf", make_pdf, read=read_pdf, hands=True),
    OutputFormat("epub", "{slug}.epub", make_epub, read=read_epub, written=written_epub, cover=True),
    OutputFormat("azw3", "{slug}.azw3", make_azw3, takes_in=("epub",), by_default=False),
    OutputFormat("html", "{slug}.html", make_html, read=read_html, ahead=True, written=written_html, cover=True),
    OutputFormat("txt", "{slug}.txt", make_txt, read=read_txt, ahead=True, written=written_txt),
    OutputFormat("tei", "{slug}.xml", make_tei, read=read_tei),
    OutputFormat("web", "web/index.html", make_web, takes_in=("pdf", "epub", "html", "txt"), read=read_web, cover=True),
    OutputFormat("print", "{slug}-print.pdf", make_print, takes_in=("pdf",)),
    OutputFormat("cover", "{slug}-cover.pdf", make_cover, takes_in=("print",)),
    OutputFormat("booklet", "{slug}-booklet.pdf", make_booklet, takes_in=("pdf",), by_default=False),
    OutputFormat("bag", BAG, make_bag, takes_in=("pdf", "epub", "html", "txt", "tei", "web")),
    OutputFormat("archive", "{slug}-archive.zip", make_zip, takes_in=("bag",)),
)
"""In the order they are made."""

FORMATS = {target.name: target for target in ROWS}

LEDGER = frozenset({"source/ledger.jsonl"})
PRINT = frozenset({"styles/print.css", "templates/book.html", "templates/page.css"})
EPUB = frozenset({"styles/epub.css", "styles/vertical.css"})
SCREEN = frozenset({"styles/web.css"})
ONE_FILE = frozenset({"templates/onefile.html"})
WEB = frozenset({"templates/web/index.html", "templates/web/chapter.html"})
COVER = frozenset({"templates/cover.html"})
JACKET = frozenset({"templates/jacket.html", "styles/jacket.css"})
PRESS = JACKET | {"styles/FOGRA39L_coated.icc"}

WITHOUT = {
    "pdf": LEDGER | EPUB | SCREEN | ONE_FILE | WEB | COVER | PRESS,
    "epub": LEDGER | PRINT | SCREEN | ONE_FILE | WEB | PRESS,
    "html": LEDGER | PRINT | EPUB | WEB | PRESS,
    "txt": LEDGER | PRINT | EPUB | SCREEN | ONE_FILE | WEB | COVER | PRESS,
    "web": LEDGER | PRINT | EPUB | ONE_FILE | PRESS,
    "print": LEDGER | EPUB | SCREEN | ONE_FILE | WEB | COVER | JACKET,
    "cover": LEDGER | EPUB | SCREEN | ONE_FILE | WEB | COVER,
    "booklet": LEDGER | EPUB | SCREEN | ONE_FILE | WEB | COVER | PRESS,
}
"""Files of the book and the package that have no part in a target: a change of theirs makes nothing anew.

All else shapes it, so that a row forgotten here costs a build and never makes a wrong edition.
"""


# -- names and dates
