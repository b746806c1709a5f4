"""The build context: what output formats share during one build, each part computed once, when first used."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import dingben
from dingben.book.model import Book
from dingben.builder.registry import formats
from dingben.diagnostics import Diagnostic
from dingben.document import pandoc
from dingben.document.pandoc_pool import ChapterReader, PandocWorker, chapters_of
from dingben.errors import DingbenError
from dingben.system import cache, versions
from dingben.typeset.sections.session import LayoutSession

# a build that finds nothing to do imports no maker
if TYPE_CHECKING:
    from dingben.document.model import Fragment, Known
    from dingben.document.plain import DivisionText
    from dingben.formats.base import Content, Files, OutputFormat
    from dingben.typeset.records import SectionTexts
    from dingben.typeset.sections.workers import Task


@dataclass(slots=True)
class BuildContext:
    """One build of one book: the implementation of :class:`dingben.formats.base.Context`."""

    book: Book
    findings: list[Diagnostic]
    """What is found on the way and doesn't stop the build."""
    known: Known | None = None
    """Fragments of a build before, in a process that makes the book again and again."""
    jobs: int = 0
    """How many processes may work at once; 0: one for each core."""
    session: LayoutSession = field(default_factory=LayoutSession)
    """The layout workers."""
    section_texts: SectionTexts | None = None
    """Where the text of each section stands in the PDF that was just built."""
    upcoming: Sequence[OutputFormat] = ()
    """Formats to be built after the current one."""
    prebuilt: dict[str, Content] = field(default_factory=dict)
    """Content of formats that were built before their turn, by name."""
    _begun: ChapterReader | None = None
    _fragments: tuple[Fragment, ...] | None = None
    _cover: bytes | None = None
    _cover_lock: Lock = field(default_factory=Lock)
    _text_lock: Lock = field(default_factory=Lock)
    """Two formats, built in two threads, may need the cover or the text at once."""
    _cover_task: Task | None = None
    _pandoc_outputs: dict[str, pandoc.PandocOutput[Any]] = field(default_factory=dict)
    """What pandoc writes for upcoming formats, by name."""
    _division_texts: tuple[DivisionText, ...] | None = None

    @property
    def fragments(self) -> tuple[Fragment, ...]:
        if self._fragments is None:
            from dingben.book.ignores import not_ignored
            from dingben.document.links import resolve_references
            from dingben.document.no_effect import markup_findings
            from dingben.document.reader import read_fragments

            self._fragments = resolve_references(read_fragments(self.book, self.known, self._begun))
            self.findings += not_ignored(self.book, markup_findings(self.book, self._fragments))
        return self._fragments

    @property
    def gaps(self) -> Sequence[Diagnostic]:
        from dingben.lint import find_gaps

        return find_gaps(self.book)

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
    def pandoc_workers(self) -> list[PandocWorker]:
        """Running pandoc processes that have read all chapters and may write HTML."""
        return self._begun.writers if self._begun else []

    @property
    def cover(self) -> bytes:
        with self._cover_lock:
            if self._cover is None:
                from dingben.formats.cover_image import cover_jpeg

                self._cover = self._cover_task.result() if self._cover_task else cover_jpeg(self.book)
            return self._cover

    def start_cover(self) -> None:
        """Start to draw the cover in a worker process, for a format that needs it later."""
        if self._cover is None and self._cover_task is None:
            from dingben.formats.cover_image import cached_cover, cover_jpeg

            self._cover = cached_cover(self.book)
            if self._cover is None:
                self._cover_task = self.session.submit(self.jobs, cover_jpeg, self.book)

    def prepare_upcoming(self) -> None:
        """Prepare what pandoc writes for upcoming formats. An error is reported when it is their turn."""
        for upcoming in self.upcoming:
            with contextlib.suppress(DingbenError):
                if upcoming.pandoc_output:
                    self._pandoc_outputs[upcoming.name] = upcoming.pandoc_output(self)

    def start_upcoming_cover(self) -> None:
        """Start to draw the cover if an upcoming format contains it. An error is reported when it is its turn."""
        if any(upcoming.shows_cover for upcoming in self.upcoming):
            with contextlib.suppress(DingbenError):
                self.start_cover()

    def start_pandoc(self) -> None:
        """Start the pandoc processes that write for upcoming formats: there is a core to spare."""
        for output in self._pandoc_outputs.values():
            with contextlib.suppress(DingbenError):
                output.begin()

    def pandoc_result(self, output_format: OutputFormat) -> pandoc.PandocOutput[Any]:
        """Return what pandoc writes for a format, which may have been started before."""
        if output_format.name in self._pandoc_outputs:
            return self._pandoc_outputs.pop(output_format.name)
        assert output_format.pandoc_output
        return output_format.pandoc_output(self)

    def prebuild_upcoming(self) -> list[Callable[[], None]]:
        """Return tasks for threads: each builds an upcoming format, or what it is compared with."""
        prebuilding = [partial(self.prebuild, upcoming) for upcoming in self.upcoming if upcoming.prebuild]
        return [self.read_division_texts, *prebuilding]

    def output_path(self, name: str) -> Path:
        """Return the path of a format's output."""
        return formats()[name].output_path(self.book)

    def output_files(self, name: str) -> Files:
        """Return the files that a format has built, by their names below build/."""
        path = self.output_path(name)
        if not formats()[name].is_folder:
            return {path.name: path.read_bytes()}
        files = sorted(p for p in path.parent.rglob("*") if p.is_file())
        return {p.relative_to(path.parent.parent).as_posix(): p.read_bytes() for p in files}

    def close(self) -> None:
        """Stop what was started and not used."""
        for output in self._pandoc_outputs.values():
            output.close()
        self._pandoc_outputs.clear()

    @property
    def division_texts(self) -> tuple[DivisionText, ...]:
        """The text of the source, which every format has to contain."""
        with self._text_lock:
            if self._division_texts is None:
                from dingben.document.plain import book_text

                self._division_texts = book_text(self.fragments)
            return self._division_texts

    def read_division_texts(self) -> None:
        """Compute the text of the source now."""
        assert self.division_texts is not None

    def prebuild(self, output_format: OutputFormat) -> None:
        """Build an upcoming format while a core is idle. An error is reported when it is its turn."""
        with contextlib.suppress(Exception):
            self.prebuilt[output_format.name] = self.build_and_prove(output_format)

    def build_and_prove(self, output_format: OutputFormat) -> Content:
        """Build a format and prove that it contains the text of the source. Raises RenderError where it does not."""
        content = output_format.build(self)
        if output_format.read_text:
            from dingben.document import collation

            collation.require_equal(self.division_texts, output_format.read_text(self, content), output_format.name)
        return content

    def build(self, output_format: OutputFormat) -> Content:
        """Return the content of a format, which may have been prebuilt."""
        content = self.prebuilt.pop(output_format.name, None)
        if content is None:
            content = self.build_and_prove(output_format)
        if output_format.shows_cover:
            from dingben.formats.cover_image import cover_diagnostics

            self.findings += [problem for problem in cover_diagnostics(self.book) if problem not in self.findings]
        return content

    @property
    def tools(self) -> dict[str, str]:
        """Names with versions, for the colophon."""
        if self._begun:
            self._begun.receive_version()
        return {
            "tool": f"dingben {dingben.__version__}",
            "pandoc": f"pandoc {pandoc.version()}",
            "weasyprint": f"WeasyPrint {versions.package_version('weasyprint')}",
        }
