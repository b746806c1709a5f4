"""Golden files: a change of templates or fragments shows as a difference to look at.

``pytest tests/end_to_end/test_golden.py --update-golden -n 0`` writes what the code gives now.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from dingben.book.reader import read_book
from dingben.document import pandoc
from dingben.document.notes import footnotes
from dingben.document.reader import read_fragments
from dingben.theme.page_geometry import page_geometry
from dingben.theme.stylesheets import stylesheet, variables
from dingben.theme.templates import Templates, rendered_divisions

GOLDEN = Path(__file__).parents[1] / "golden"
TOOLS = {"tool": "dingben", "pandoc": "pandoc", "weasyprint": "WeasyPrint"}


def compare(name: str, made: str, *, update: bool) -> None:
    """``made`` is what the golden file ``name`` holds."""
    path = GOLDEN / name
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made, "utf-8")
    assert made == path.read_text("utf-8"), f"{path}: look at the difference, then --update-golden"


@pytest.fixture
def printed(built_book: Path) -> dict[str, str]:
    book = read_book(built_book)
    fragments = read_fragments(book)
    texts = [pandoc.write_html(footnotes(f.blocks)) for f in fragments]
    templates = Templates(book)
    page = page_geometry(book.format, variables(stylesheet(built_book, "print")), built_book)
    return {
        "book.html": templates.render(
            "book.html", sections=rendered_divisions(book, fragments, texts), tools=TOOLS, date=None
        ),
        "page.css": templates.render("page.css", page=page, running_title=book.title.title),
    }


@pytest.mark.parametrize("name", ["book.html", "page.css"])
def test_golden_print_html(name: str, printed: dict[str, str], update_golden: bool) -> None:
    compare(f"print/{name}", printed[name], update=update_golden)


@pytest.mark.parametrize("name", ["nav.xhtml", "text/ch003.xhtml", "text/ch005.xhtml"])
def test_golden_epub_files(name: str, built_book: Path, update_golden: bool) -> None:
    with zipfile.ZipFile(built_book / "build/sihai.epub") as archive:
        compare(f"epub/{name}", archive.read(f"EPUB/{name}").decode("utf-8"), update=update_golden)


def test_golden_web_page(built_book: Path, update_golden: bool) -> None:
    compare("web/01-origin.html", (built_book / "build/web/01-origin.html").read_text("utf-8"), update=update_golden)
