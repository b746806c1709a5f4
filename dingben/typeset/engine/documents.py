"""The URL fetcher for WeasyPrint, its warnings, and parsed style sheets.

WeasyPrint reads files only through :class:`BookFetcher`, which returns files of the book and refuses everything else,
so that no build uses the network or a file outside the book. The base URL is fixed, since WeasyPrint names pictures by
their URL and the bytes must not depend on the folder.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import weasyprint
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from dingben.book.resources import inside, origin
from dingben.diagnostics import Diagnostic, Location, position
from dingben.document.images import TEXT, Asset, check_asset, check_data_url_asset, check_picture
from dingben.document.images.data_urls import abbreviate, is_data_url
from dingben.errors import RenderError, SourceError, describe, log_exception
from dingben.system.fonts import list_fonts
from dingben.typeset.options import BASE_URL, LayoutOptions


class RefusedError(FatalURLFetchingError):  # type: ignore[misc]
    """A template or style refers to a file outside the book, or to a file that is not what it claims to be."""

    def __init__(self, url: str, error: SourceError | None = None) -> None:
        super().__init__(abbreviate(url))
        self.error = error


class BookFetcher(URLFetcher):  # type: ignore[misc]
    """Fetches checked files of the book for WeasyPrint, and nothing else."""

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=("https", "data"), allow_redirects=False)
        self.folder = folder

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:  # noqa: ARG002 (nothing is sent)
        """Return a picture, font, colour profile or style sheet."""
        return self.response(url, picture=False)

    def picture(self, url: str) -> URLFetcherResponse:
        """Return a picture."""
        return self.response(url, picture=True)

    def response(self, url: str, *, picture: bool) -> URLFetcherResponse:
        """Return the checked file of a URL. Raises RefusedError."""
        try:
            asset = self.asset(url, picture=picture)
        except (SourceError, OSError) as error:
            raise RefusedError(url, error if isinstance(error, SourceError) else None) from error
        headers = {} if asset.media_type == TEXT else {"Content-Type": asset.media_type}
        return URLFetcherResponse(url, asset.data, headers)

    def asset(self, url: str, *, picture: bool) -> Asset:
        """Return the checked file of a URL. Raises SourceError, RefusedError, OSError."""
        if is_data_url(url):
            return check_data_url_asset(url, find_url(self.folder, url), picture=picture)
        if not picture and (installed := installed_font(url)):
            return check_asset(installed.read_bytes(), installed.name)
        if not url.startswith(BASE_URL):
            raise RefusedError(url)
        name = unquote(url.removeprefix(BASE_URL).split("?")[0].split("#")[0])
        try:
            path = inside(self.folder, self.folder / name)
        except SourceError as error:
            raise RefusedError(url) from error
        check = check_picture if picture else check_asset
        return check(path.read_bytes(), name, Location(path))


def installed_font(url: str) -> Path | None:
    """Return the file of an installed font, for which WeasyPrint asks when a style names it by ``local()``."""
    if not url.startswith("file:///"):
        return None
    path = unquote(url.removeprefix("file://"))
    return Path(path) if any(file == path for file, _, _ in list_fonts()) else None


def find_url(folder: Path, url: str) -> Location | None:
    """Return the first place of a URL in the templates and styles of the book."""
    for path in sorted(p for kind in ("templates", "styles") for p in (folder / kind).rglob("*")):
        if path.suffix in (".html", ".css") and path.is_file():
            text = path.read_text("utf-8", "replace")
            if (offset := text.find(url[:40])) >= 0:
                return Location(path, *position(text, offset))
    return None


class WarningCollector(logging.Handler):
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

    def add_places(self, first: int, css: str) -> None:
        """Replace line numbers of the concatenated style sheet by file and line, in messages from ``first`` on."""
        for number, message in enumerate(self.messages[first:], start=first):
            position = POSITION.search(message)
            found = position and origin(css, int(position[1]))
            if position and found:
                file, line = found
                self.messages[number] = f"{file}:{line}:{position[2]}: {POSITION.sub(', ', message, count=1)}"

    def diagnostics(self, folder: Path) -> tuple[Diagnostic, ...]:
        """Return the warnings as diagnostics about the book in ``folder``."""
        return tuple(to_diagnostic(folder, message) for message in self.messages)


POSITION = re.compile(r" at (\d+):(\d+), ")
"""Line and column in a warning of WeasyPrint."""

CSS_SUPPORT = "https://doc.courtbouillon.org/weasyprint/stable/api_reference.html#css"

PLACED = re.compile(r"(styles/\w+\.css):(\d+):(\d+): (.*)", re.DOTALL)


def to_diagnostic(folder: Path, message: str) -> Diagnostic:
    """Return a warning as a diagnostic, with its place if it has one."""
    placed = PLACED.fullmatch(message)
    if not placed:
        return Diagnostic(f"layout: {message}")
    place = Location(folder / placed[1], int(placed[2]), int(placed[3]))
    return Diagnostic(f"layout: {placed[4]}", f"CSS that print supports: {CSS_SUPPORT}", place)


OPTIONS: dict[str, Any] = {"pdf_variant": "pdf/a-2a", "pdf_identifier": b"dingben"}
"""Options for WeasyPrint."""


@dataclass(frozen=True, slots=True)
class ParsedStylesheets:
    """Style sheets as WeasyPrint reads them, with the counter styles and fonts that they define."""

    sheets: list[Any]
    counters: Any
    fonts: Any
    fetcher: BookFetcher


def parse_stylesheets(options: LayoutOptions, log: WarningCollector | None = None) -> ParsedStylesheets:
    """Parse the style sheets. The messages of ``log`` about them get the places in their files."""
    counters, fonts, fetcher = CounterStyle(), FontConfiguration(), BookFetcher(options.folder)
    sheets = []
    for text in options.css:
        first = len(log.messages) if log else 0
        sheet = weasyprint.CSS(
            string=text,
            base_url=f"{BASE_URL}styles/",
            url_fetcher=fetcher,
            counter_style=counters,
            font_config=fonts,
        )
        sheets.append(sheet)
        if log:
            log.add_places(first, text)
    return ParsedStylesheets(sheets, counters, fonts, fetcher)


@contextlib.contextmanager
def collect_warnings() -> Iterator[WarningCollector]:
    """Collect WeasyPrint's warnings in this context."""
    logger, listener = logging.getLogger("weasyprint"), WarningCollector()
    handlers, logger.handlers, level = logger.handlers, [listener], logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield listener
    finally:
        logger.handlers = handlers
        logger.setLevel(level)


@contextlib.contextmanager
def map_errors(folder: Path) -> Iterator[None]:
    """Turn errors caused by the styles and templates of the book in ``folder`` into SourceError or RenderError."""
    try:
        yield
    except FatalURLFetchingError as error:
        if isinstance(error, RefusedError) and error.error:
            raise error.error from error
        raise SourceError(
            f"external resource blocked: {error}",
            hint="Templates and styles may refer to files of the book only; nothing is fetched.",
        ) from error
    except OverflowError as error:  # Pango counts in 1/1024 of a px, in 32 bits
        message, hint = "a length in the styles is too large", "Look for it in styles/book.css."
        raise RenderError(message, hint=hint) from error
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        own = [path for name in ("styles", "templates") for path in sorted((folder / name).glob("*.*"))]
        if not own:
            raise  # a bug of dingben
        log_exception(error, "laying out pages")
        raise RenderError(
            f"WeasyPrint can't lay out the pages: {describe(error)}",
            hint="Look for an unusual property; without one, please report this as a bug.",
            location=Location(own[0]),
        ) from error
