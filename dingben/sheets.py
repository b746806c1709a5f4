"""What WeasyPrint gets to read, and what it has to say.

WeasyPrint reads nothing by itself: a fetcher of ours gives it the book's own pictures and
refuses the rest, so that no build uses the network or a file outside the book. The base
URL is fixed, for WeasyPrint names pictures by their URL and the bytes must not depend on
the folder.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import weasyprint
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from dingben import structure
from dingben.errors import Problem, SourceError
from dingben.looks import BASE_URL, Looks
from dingben.resources import inside


class RefusedError(FatalURLFetchingError):  # type: ignore[misc]
    """A template or style asked for something outside the book."""


class BookFetcher(URLFetcher):  # type: ignore[misc]
    """Gives WeasyPrint files of the book, and nothing else."""

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=("https", "data"), allow_redirects=False)
        self.folder = folder

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        if url.startswith("data:"):
            return super().fetch(url, headers)
        if not url.startswith(BASE_URL):
            raise RefusedError(url)
        name = unquote(url.removeprefix(BASE_URL).split("?")[0].split("#")[0])
        path = self.folder / name
        try:
            inside(self.folder, path)
            return URLFetcherResponse(url, path.read_bytes())
        except (SourceError, OSError) as error:
            raise RefusedError(url) from error


class Listener(logging.Handler):
    """Collects WeasyPrint's warnings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []
        self.missing: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message.startswith(".notdef glyph") and isinstance(record.args, tuple):
            self.missing += [char for char in [str(record.args[0])] if char not in self.missing]
        elif message not in self.messages:
            self.messages.append(message)

    @property
    def findings(self) -> tuple[Problem, ...]:
        """What was heard, as findings."""
        return tuple(Problem(f"layout: {message}") for message in self.messages)


OPTIONS: dict[str, Any] = {"pdf_variant": "pdf/a-2a", "pdf_identifier": b"dingben"}
"""What WeasyPrint is asked for."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """Style sheets as WeasyPrint reads them, with the counter styles and fonts that they define."""

    sheets: list[Any]
    counters: Any
    fonts: Any
    fetcher: BookFetcher


def read_sheets(looks: Looks) -> Sheets:
    """The style sheets, parsed."""
    structure.install()
    counters, fonts, fetcher = CounterStyle(), FontConfiguration(), BookFetcher(looks.folder)
    sheets = [
        weasyprint.CSS(
            string=text,
            base_url=f"{BASE_URL}styles/",
            url_fetcher=fetcher,
            counter_style=counters,
            font_config=fonts,
        )
        for text in looks.css
    ]
    return Sheets(sheets, counters, fonts, fetcher)


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """While this lasts, WeasyPrint's warnings are collected."""
    logger, listener = logging.getLogger("weasyprint"), Listener()
    handlers, logger.handlers, level = logger.handlers, [listener], logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield listener
    finally:
        logger.handlers = handlers
        logger.setLevel(level)


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """A file outside the book that is asked for is the book's fault. Raises SourceError."""
    try:
        yield
    except FatalURLFetchingError as error:
        raise SourceError(
            f"the book asks for something outside it: {error}",
            hint="Templates and styles may name files of the book only; nothing is fetched.",
        ) from error
