"""Typeset a book: in independent sections by worker processes, or in one piece if it cannot be split."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from dingben.system.cache import Cache
from dingben.system.digests import digest_of
from dingben.system.fonts import fonts_digest
from dingben.typeset.engine import load
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.options import LayoutOptions
from dingben.typeset.page import typeset_page
from dingben.typeset.records import RunningHeadSet, SectionRecord, TypesetResult
from dingben.typeset.sections.scheduler import SectionScheduler
from dingben.typeset.sections.session import LayoutSession
from dingben.typeset.sections.split import Section, split_sections

if TYPE_CHECKING:
    from dingben.typeset.fonts.registry import FontRegistry


class BookLayout:
    """The layout of one book, in three steps, so that the caller can work while the workers do.

    The constructor splits the book and gives the workers their first sections; :meth:`lay_out` lays out all pages;
    :meth:`result` writes the PDF. A book that cannot be split is laid out in the last step.
    """

    def __init__(self, html: str, options: LayoutOptions, session: LayoutSession, jobs: int, pictures: str) -> None:
        self.html, self.options, self.session = html, options, session
        self.cache = Cache(options.folder)
        self.scheduler: SectionScheduler | None = None
        self.pages: tuple[list[SectionRecord], list[RunningHeadSet], FontRegistry] | None = None
        try:
            self.sections = self.split()
            inputs = digest_of(
                *options.css, f"{options.gap} {options.interpunct} {options.notes_by_page}", fonts_digest(), pictures
            )
            self.workers = session.pool(jobs)
            self.scheduler = SectionScheduler(self.sections, self.workers, self.cache, inputs)
            self.from_cache = self.scheduler.start()
        except NotSplittableError:
            self.give_up_sections()

    def split(self) -> tuple[Section, ...]:
        """Return the sections of the book. Raises NotSplittableError."""
        if self.options.notes_through_book:
            raise NotSplittableError("the notes are numbered through the book")
        return split_sections(self.html, self.options.css)

    def give_up_sections(self) -> None:
        """Lay out the book in one piece: stop the workers, which do not help with that."""
        self.scheduler = None
        self.session.close()

    def lay_out(self) -> None:
        """Lay out all sections, which takes most of the time. Raises DingbenError."""
        if self.scheduler is None or self.pages is not None:
            return
        import_modules()
        from dingben.typeset.fonts.registry import FontRegistry

        try:
            fonts = FontRegistry(self.options)
            for record in self.from_cache:
                fonts.open(record.fonts)
            self.pages = (*self.scheduler.finish(fonts), fonts)
        except NotSplittableError:
            self.give_up_sections()

    def result(self) -> TypesetResult:
        """Return the PDF. Raises DingbenError."""
        self.lay_out()
        if self.pages is not None:
            from dingben.typeset.pdf.assemble import assemble

            run_jobs = self.workers.run_jobs if self.workers.all else None
            head = self.sections[0].html
            try:
                return assemble(head, *self.pages, self.options, self.cache, run_jobs)
            except NotSplittableError:
                self.give_up_sections()
        return typeset_page(self.html, self.options, is_book=True)


def typeset_book(
    html: str, options: LayoutOptions, session: LayoutSession, *, jobs: int = 0, pictures: str = ""
) -> BookLayout:
    """Start to typeset a book, and return its layout, of which :meth:`BookLayout.result` is the PDF.

    ``jobs``: how many processes may run at once (0: one for each core). ``pictures``: a digest of all files that the
    pages may show. The bytes do not depend on the number of processes. Raises DingbenError.
    """
    return BookLayout(html, options, session, jobs, pictures)


def import_modules() -> None:
    """Import the modules that assemble the PDF, while workers lay out. Raises ToolError if a library is missing."""
    load.load()
    importlib.import_module("dingben.typeset.pdf.assemble")
