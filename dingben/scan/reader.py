"""Read the files of a scan: each by its content, as pages in the order in which they are given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dingben.diagnostics import Location
from dingben.errors import SourceError
from dingben.scan import abbyy, alto, hocr, page_xml, pdf_text
from dingben.scan.file_kinds import LayoutKind
from dingben.scan.model import Page
from dingben.scan.xml_tree import LayoutError, parse

NAMES: dict[LayoutKind, str] = {
    "alto": "ALTO",
    "page-xml": "PAGE XML",
    "hocr": "hOCR",
    "abbyy": "ABBYY XML",
    "pdf": "PDF",
}


def read_pages(
    content: bytes, kind: LayoutKind, path: Path, *, alone: bool = True
) -> tuple[list[Page], list[tuple[int, str]]]:
    """Return the pages of a file, and what is wrong with some: (index of the page, message).

    Raises SourceError if the file can't be read, or if it stands ``alone`` and none of its pages has text.
    """
    try:
        pages, faults = _READERS[kind](content)
    except LayoutError as error:
        location = Location(path, error.line) if error.line else Location(path)
        hint = "remove the password" if "encrypted" in str(error) else "let the engine write it again"
        raise SourceError(f"{NAMES[kind]}: {error}", hint=hint, location=location) from None
    if alone and not any(page.has_text for page in pages):
        what = faults[0][1] if faults else f"the {NAMES[kind]} file has no text"
        raise SourceError(
            what if faults else f"{what}: {len(pages)} pages, no line with characters",
            hint="let an OCR engine read the pages: ocrmypdf -l chi_sim IN.pdf OUT.pdf, or tesseract … alto",
            location=Location(path),
        )
    return pages, faults


def _read_alto(content: bytes) -> tuple[list[Page], list[tuple[int, str]]]:
    return _checked(alto.read(parse(content)))


def _read_page_xml(content: bytes) -> tuple[list[Page], list[tuple[int, str]]]:
    return _checked(page_xml.read(parse(content)))


def _read_hocr(content: bytes) -> tuple[list[Page], list[tuple[int, str]]]:
    return _checked(hocr.read(hocr.parse(content)))


def _read_abbyy(content: bytes) -> tuple[list[Page], list[tuple[int, str]]]:
    return _checked(abbyy.read(parse(content)))


_READERS = {
    "alto": _read_alto,
    "page-xml": _read_page_xml,
    "hocr": _read_hocr,
    "abbyy": _read_abbyy,
    "pdf": pdf_text.read,
}


def _checked(pages: Sequence[Page]) -> tuple[list[Page], list[tuple[int, str]]]:
    """Return pages with the faults that any format may have: boxes outside of the page, pages without a line."""
    faults: list[tuple[int, str]] = []
    for n, page in enumerate(pages):
        boxes = [line.box for region in page.regions for line in region.lines if line.box]
        limit = 1.02 * page.width + 5, 1.02 * page.height + 5
        outside = sum(
            bool(page.width and page.height)
            and (box.right > limit[0] or box.bottom > limit[1] or box.left < -5 or box.top < -5)
            for box in boxes
        )
        if outside:
            faults.append((n, f"{outside} of {len(boxes)} lines stand outside of the page"))
    return list(pages), faults
