"""The contract of an output format, and what a build offers to every format.

A format is one :class:`OutputFormat`, declared in its own package and listed as an entry point of the group
``dingben.formats``. Its two functions take a :class:`Context`; they import what they need when they are called, so that
a build with nothing to do imports no writer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dingben.book.dates import slug_of
from dingben.book.model import Book
from dingben.diagnostics import Diagnostic

if TYPE_CHECKING:
    from dingben.document.collation import EditionText
    from dingben.document.model import Fragment
    from dingben.document.pandoc import PandocOutput
    from dingben.document.pandoc_pool import PandocWorker
    from dingben.typeset.records import SectionTexts
    from dingben.typeset.sections.session import LayoutSession

Files = dict[str, bytes]
"""The files of an output that is a folder, by name."""

Content = bytes | Files
"""What a format builds: the bytes of one file, or the files of a folder."""

LEDGER = frozenset({"source/ledger.jsonl"})
PRINT_FILES = frozenset({"styles/print.css", "templates/book.html", "templates/page.css"})
EPUB_FILES = frozenset({"styles/epub.css", "styles/vertical.css"})
SCREEN_FILES = frozenset({"styles/web.css"})
SINGLE_FILE_FILES = frozenset({"templates/onefile.html"})
SITE_FILES = frozenset({"templates/web/index.html", "templates/web/chapter.html"})
COVER_FILES = frozenset({"templates/cover.html"})
COVER_SHEET_FILES = frozenset({"templates/jacket.html", "styles/jacket.css"})
PROFILE_FILES = frozenset({"styles/FOGRA39L_coated.icc"})
FILE_GROUPS = (
    LEDGER,
    PRINT_FILES,
    EPUB_FILES,
    SCREEN_FILES,
    SINGLE_FILE_FILES,
    SITE_FILES,
    COVER_FILES,
    COVER_SHEET_FILES,
    PROFILE_FILES,
)
"""Packaged files, and files of the same name in a book, that only some formats read."""


def files_except(*used: frozenset[str]) -> frozenset[str]:
    """Return the files of all groups but those that a format uses: see :attr:`OutputFormat.ignores`."""
    return frozenset().union(*(group for group in FILE_GROUPS if group not in used))


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """An edition that can be built."""

    name: str
    """As on the command line: lower-case ASCII letters, digits and hyphens."""

    path: str
    """The file below build/, with ``{slug}`` for the book's name. With a slash: the file that stands for its folder."""

    build: Callable[[Context], Content]
    """Returns the bytes of the file, or the files of the folder. Raises DingbenError."""

    read_text: Callable[[Context, Any], EditionText] | None = None
    """Reads the text back out of what was built, to be compared with the source; None: there is nothing to prove."""

    requires: tuple[str, ...] = ()
    """Formats whose files it reads. They are built before it."""

    default: bool = True
    """Whether ``dingben build`` without names builds it."""

    ignores: frozenset[str] = frozenset()
    """Files of the book and the package that cannot change it. Every other file makes it out of date: a name left out
    costs a build and never gives a wrong edition."""

    pandoc_output: Callable[[Context], PandocOutput[Any]] | None = None
    """What pandoc has to write for it, which may start while another format is built."""

    prebuild: bool = False
    """Whether it may be built in a thread while the EPUB waits for pandoc."""

    shows_cover: bool = False
    """Whether it contains the cover image."""

    uses_workers: bool = False
    """Whether the layout workers build it: they are started before the book is read."""

    @property
    def is_folder(self) -> bool:
        """Whether the output is a folder."""
        return "/" in self.path

    def output_path(self, book: Book) -> Path:
        """Return the path of the output, or of the file that stands for its folder."""
        return book.folder / "build" / self.path.format(slug=slug_of(book))


class Context(Protocol):
    """What a build offers to a format. What several formats need is computed once, when it is first used."""

    book: Book
    findings: list[Diagnostic]
    """Warnings: what is wrong without stopping the build."""
    jobs: int
    """How many processes may run at once; 0: one for each core."""
    session: LayoutSession
    """The layout workers."""
    section_texts: SectionTexts | None
    """Where the text of each section stands in the PDF that was just built."""

    @property
    def fragments(self) -> tuple[Fragment, ...]:
        """The parsed divisions of the book."""

    @property
    def gaps(self) -> Sequence[Diagnostic]:
        """Places where the text breaks off."""

    @property
    def cover(self) -> bytes:
        """The cover image as a JPEG."""

    @property
    def tools(self) -> dict[str, str]:
        """Names and versions of the tools, for the colophon."""

    @property
    def pandoc_workers(self) -> list[PandocWorker]:
        """Running pandoc processes that have read all chapters and may write HTML."""

    def output_path(self, name: str) -> Path:
        """Return the path of another format's output."""

    def output_files(self, name: str) -> Files:
        """Return the files that another format has built, by their names below build/."""

    def pandoc_result(self, output_format: OutputFormat) -> PandocOutput[Any]:
        """Return what pandoc writes for a format (its ``pandoc_output``), which may have been started before."""

    def reading(self, *, stay: bool = False) -> AbstractContextManager[None]:
        """Let pandoc read the chapters meanwhile. ``stay``: its processes remain, to write HTML."""

    def start_cover(self) -> None:
        """Start to draw the cover, if it is not drawn yet."""

    def prepare_upcoming(self) -> None:
        """Prepare what pandoc writes for formats to be built after this one."""

    def start_upcoming_cover(self) -> None:
        """Start to draw the cover, if a format to be built after this one contains it."""

    def start_pandoc(self) -> None:
        """Start the pandoc processes that write for formats to be built after this one."""

    def prebuild_upcoming(self) -> Sequence[Callable[[], None]]:
        """Return tasks for threads: each builds a format to come, or what it is compared with."""
