"""What several editions of a book share while they are made, each made once and when first asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

import dingben
from dingben.book.model import Book
from dingben.diagnostics import Diagnostic
from dingben.document import pandoc
from dingben.document.pandoc_pool import ChapterReader, PandocWorker, chapters_of
from dingben.errors import DingbenError
from dingben.system import cache, versions
from dingben.typeset.sections.session import LayoutSession

# a build that finds nothing to do imports no maker
if TYPE_CHECKING:
    from dingben.builder.registry import OutputFormat
    from dingben.document.model import Fragment, Known
    from dingben.document.plain import DivisionText
    from dingben.system import background
    from dingben.typeset.records import SectionTexts


@dataclass(slots=True)
class BuildContext:
    """The book with what several outputs share, each made once and when first asked for."""

    book: Book
    findings: list[Diagnostic]
    """What is found on the way and doesn't stop the build."""
    known: Known | None = None
    """Fragments of a build before, in a process that makes the book again and again."""
    jobs: int = 0
    """How many processes may work at once; 0: one for each core."""
    session: LayoutSession = field(default_factory=LayoutSession)
    """The layout workers."""
    made_of: SectionTexts | None = None
    """What the PDF is made of, once it is made."""
    coming: Callable[[], Sequence[OutputFormat]] = tuple
    """Tells what is to be made of the same book after this."""
    early: dict[str, bytes | dict[str, bytes]] = field(default_factory=dict)
    """Editions made ahead, by target."""
    _begun: ChapterReader | None = None
    _fragments: tuple[Fragment, ...] | None = None
    _cover: bytes | None = None
    _waiting: Lock = field(default_factory=Lock)
    _saying: Lock = field(default_factory=Lock)
    """For the cover, and for the text: two editions may want them at once."""
    _drawing: Callable[[], bytes] | None = None
    _aside: list[background.BackgroundTask] = field(default_factory=list)
    """What another process or thread does."""
    _writings: dict[str, pandoc.PandocOutput[Any]] = field(default_factory=dict)
    """What pandoc is to write for editions to come, or writes already when the PDF is read back."""
    _said: tuple[DivisionText, ...] | None = None

    @property
    def fragments(self) -> tuple[Fragment, ...]:
        if self._fragments is None:
            from dingben.document.links import linked
            from dingben.document.reader import read_fragments

            self._fragments = linked(read_fragments(self.book, self.known, self._begun))
            self.findings += [problem for f in self._fragments for problem in f.findings]
        return self._fragments

    @contextlib.contextmanager
    def reading(self, *, stay: bool = False) -> Iterator[None]:
        """Have pandoc read the chapters while what makes an edition is imported; what is left of it is ended.

        ``stay``: the same processes may write then.
        """
        if self._fragments is None and not self.known:
            folder = cache.Cache(self.book.folder)
            with ChapterReader(chapters_of(self.book.divisions), folder, stay=stay) as self._begun:
                yield
            self._begun = None
        else:
            yield

    @property
    def writers(self) -> list[PandocWorker]:
        """Processes of pandoc that have read all they had to, and may write."""
        return self._begun.writers if self._begun else []

    @property
    def cover(self) -> bytes:
        with self._waiting:
            if self._cover is None:
                from dingben.formats.cover_image import cover_of

                self._cover = self._drawing() if self._drawing else cover_of(self.book)
            return self._cover

    def begin_cover(self) -> None:
        """Have the cover drawn by another process, for an edition that wants it later."""
        if self._cover is None and self._drawing is None:
            from dingben.formats.cover_image import begun
            from dingben.system import background

            def begin(work: background.Work) -> background.Work:
                self._aside.append(background.begin(work))
                return self._aside[-1]

            self._drawing = begun(self.book, begin)

    def prepare(self) -> None:
        """While the PDF is made, begin what editions to come will want. What goes wrong is told when it is their turn.

        The cover is drawn by another process or not yet: WeasyPrint can't draw two things at once in one.
        """
        from dingben.system import processes

        coming = self.coming()
        if processes.may_fork() and any(target.cover for target in coming):
            with contextlib.suppress(DingbenError):
                self.begin_cover()
        for target in coming:
            with contextlib.suppress(DingbenError):
                if target.written:
                    self._writings[target.name] = target.written(self)

    def begin_writing(self) -> None:
        """Let pandoc write for editions to come: there is a core to spare."""
        for writing in self._writings.values():
            with contextlib.suppress(DingbenError):
                writing.begin()

    def writing(self, name: str) -> pandoc.PandocOutput[Any]:
        """What pandoc is to write for the edition ``name``, or writes already."""
        if name in self._writings:
            return self._writings.pop(name)
        from dingben.builder.registry import FORMATS

        written = FORMATS[name].written
        assert written
        return written(self)

    def close(self) -> None:
        """End what has been begun and not been asked for."""
        for writing in self._writings.values():
            writing.close()
        self._writings.clear()
        for work in self._aside:
            work.end()

    @property
    def said(self) -> tuple[DivisionText, ...]:
        """The text that every edition must have."""
        with self._saying:
            if self._said is None:
                from dingben.document.plain import text_of_book

                self._said = text_of_book(self.fragments)
            return self._said

    def make_ahead(self, target: OutputFormat) -> None:
        """Make an edition to come, while one core waits. What goes wrong is told when it is its turn."""
        with contextlib.suppress(Exception):
            self.early[target.name] = target.made(self)

    def made(self, target: OutputFormat) -> bytes | dict[str, bytes]:
        """A target's content, which may have been made ahead."""
        content = self.early.pop(target.name) if target.name in self.early else target.made(self)
        if target.cover:
            from dingben.formats.cover_image import findings

            self.findings += [problem for problem in findings(self.book) if problem not in self.findings]
        return content

    @property
    def tools(self) -> dict[str, str]:
        """Names with versions, for the colophon."""
        if self._begun:
            self._begun.greet()
        return {
            "tool": f"dingben {dingben.__version__}",
            "pandoc": f"pandoc {pandoc.version()}",
            "weasyprint": f"WeasyPrint {versions.installed('weasyprint')}",
        }
