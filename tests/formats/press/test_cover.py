"""The cover for the press: measures, spine, bars that a scanner reads."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from dingben.book.dates import modified
from dingben.book.reader import read_book
from dingben.builder.graph import BuildResult, build
from dingben.formats.press.cover import (
    CoverGeometry,
    barcode_data,
    fit_blurb,
    fit_line,
    make_press_cover,
    spine_cells,
    spine_lines,
)
from dingben.formats.press.preflight import examine
from dingben.theme.page_geometry import POINTS
from tests.support.books import full_book, small_book

Need = Callable[[str, str], str]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BuildResult]:
    """The full book on very thick paper."""
    folder = full_book(tmp_path_factory.mktemp("jacket"))
    toml = folder / "source/book.toml"
    toml.write_text(toml.read_text("utf-8").replace("[[division]]", "[print]\npaper = 1.2\n\n[[division]]", 1), "utf-8")
    return folder, build(folder, ["cover"])


@pytest.fixture(scope="module")
def cover(full: tuple[Path, BuildResult]) -> Path:
    return full[0] / "build/sihai-cover.pdf"


def drawn(cover: Path, scale: float = 4.0) -> Any:
    return pypdfium2.PdfDocument(cover)[0].render(scale=scale).to_pil()


def words(cover: Path, need: Need) -> list[tuple[float, float, float, float, str]]:
    """Every word with its place in mm from the left and upper trim edges."""
    import re

    tool = need("pdftotext", "apt install poppler-utils")
    done = subprocess.run([tool, "-bbox", str(cover), "-"], capture_output=True, text=True, check=True)
    found = re.findall(
        r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>', done.stdout
    )
    a, b, c, d = range(4)
    return [(*(float(row[i]) / POINTS - 10 for i in (a, b, c, d)), row[4]) for row in found]


def test_spine_width_follows_paper_thickness(full: tuple[Path, BuildResult], cover: Path) -> None:
    with pikepdf.open(full[0] / "build/sihai-print.pdf") as block, pikepdf.open(cover) as document:
        spine = len(block.pages) / 2 * 1.2
        report = examine(document)
    assert report.standard == "PDF/X-4"
    assert report.trim == [2 * 170 + spine, 240]
    assert (report.bleed, report.pages, report.faults, report.findings) == (3, 1, [], [])
    assert report.most_ink < 3


def test_cover_color_fills_the_bleed(cover: Path) -> None:
    page = drawn(cover, 2)
    at = 2 * POINTS  # pixels in a mm
    y = page.height / 2 + 20 * at
    assert page.getpixel((round(7.5 * at), round(y))) == page.getpixel((round(14 * at), round(y)))  # bleed as within
    assert page.getpixel((round(5.5 * at), round(60 * at))) == (255, 255, 255)


def test_barcode_on_the_cover_is_readable(cover: Path, tmp_path: Path, need: Need) -> None:
    tool = need("zbarimg", "apt install zbar-tools")
    drawn(cover).save(tmp_path / "cover.png")
    done = subprocess.run(
        [tool, "-q", "--raw", str(tmp_path / "cover.png")], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "9787500012344"


Point = tuple[float, float]


def black_shapes(page: pikepdf.Page) -> list[list[Point]]:
    """Every path begun while the ink of fills is full black and nothing else, in points on the sheet."""
    shapes: list[list[Point]] = []
    ink: list[float] = []
    matrix, stack = pikepdf.Matrix(), []
    for step in pikepdf.parse_content_stream(page):
        name = str(step.operator)
        values = [float(v) for v in step.operands] if name in ("cm", "k", "m", "l") else []
        if name == "q":
            stack.append((matrix, ink))
        elif name == "Q":
            matrix, ink = stack.pop()
        elif name == "cm":
            matrix = pikepdf.Matrix(*values) @ matrix
        elif name == "k":
            ink = values
        elif name == "m" and ink == [0, 0, 0, 1]:
            shapes.append([matrix.transform((values[0], values[1]))])
        elif name == "l" and ink == [0, 0, 0, 1] and shapes:
            shapes[-1].append(matrix.transform((values[0], values[1])))
    return shapes


def test_barcode_has_full_size_and_is_black_only(cover: Path) -> None:
    with pikepdf.open(cover) as document:
        bars = [shape for shape in black_shapes(document.pages[0]) if len(shape) >= 4]
    assert len(bars) == 30
    xs = [x for shape in bars for x, _ in shape]
    assert (max(xs) - min(xs)) / POINTS == pytest.approx(95 * 0.33, abs=0.01)
    heights = [(max(y for _, y in shape) - min(y for _, y in shape)) / POINTS for shape in bars]
    assert sorted({round(h, 2) for h in heights}) == pytest.approx([22.85, 24.5], abs=0.01)


def test_cover_text_positions(cover: Path, need: Need) -> None:
    found = words(cover, need)
    text = {"back": "", "spine": "", "front": ""}
    for x0, y0, x1, _, word in found:
        if y0 < 235:
            middle = (x0 + x1) / 2
            text["back" if middle < 170 else "front" if middle > 182 else "spine"] += word
    assert "ISBN" in text["back"]
    assert "978-7-5000-1234-4" in text["back"]
    assert "定价：48.00元" in text["back"]
    assert "一部说明海港城市如何形成的书" in text["back"]
    assert "﹃四海一家﹄视野下的古代海港城市研究" in text["spine"].replace("『", "﹃").replace("』", "﹄")
    assert "某某出版社" in text["spine"]
    assert "张某" in text["spine"]
    assert "海港文库" in text["front"]
    spine = [w for w in found if 170 < (w[0] + w[2]) / 2 < 182 and w[1] < 235]
    assert all(w[0] > 171 and w[2] < 181 for w in spine)  # a mm from each fold
    assert len({round((w[0] + w[2]) / 2) for w in spine}) == 1


def test_output_is_reproducible(full: tuple[Path, BuildResult], cover: Path) -> None:
    book = read_book(full[0])
    one = make_press_cover(book, 20, "sihai", modified(book))[0].pdf
    assert one == cover.read_bytes() == make_press_cover(book, 20, "sihai", modified(book))[0].pdf


def test_thin_spine_has_no_text_and_is_reported(tmp_path: Path) -> None:
    book = read_book(small_book(tmp_path))
    findings: list[object] = []
    assert spine_lines(book, CoverGeometry(140, 203, 5.9, 3), findings) == {}  # type: ignore[arg-type]
    assert "5.9 mm wide, too thin for text" in str(findings[0])
    assert set(spine_lines(book, CoverGeometry(140, 203, 6, 3), [])) == {"title", "author"}


def test_no_barcode_without_a_valid_isbn(tmp_path: Path) -> None:
    findings: list[object] = []
    assert barcode_data(read_book(small_book(tmp_path / "a")), findings) is None  # type: ignore[arg-type]
    assert findings == []
    wrong = small_book(tmp_path / "b", more='[publication]\nisbn = "978-7-5000-1234-5"\n')
    assert barcode_data(read_book(wrong), findings) is None  # type: ignore[arg-type]
    assert "no barcode for ISBN 978-7-5000-1234-5: its check digit is wrong: it should be 4" in str(findings[0])
    made = build(wrong, ["cover"])
    assert any("no barcode" in problem.message for problem in made.diagnostics)


def test_orientation_of_text_on_the_spine() -> None:
    cells = spine_cells("论Venice与《海》1405年20世纪—", chinese=True)
    assert [(c.text, c.turned) for c in cells] == [
        ("论", False), ("Venice", True), ("与", False), ("︽", False), ("海", False), ("︾", False),
        ("1405", True), ("年", False), ("20", False), ("世", False), ("纪", False), ("︱", False),
    ]  # fmt: skip
    assert [(c.text, c.turned) for c in spine_cells("The Sea", chinese=False)] == [("The Sea", True)]


def test_long_spine_title_is_scaled_down() -> None:
    line = fit_line(spine_cells("海" * 60, chinese=True), room=120, most=8)
    assert line.size * 60 * 1.1 <= 120.5
    assert fit_line(spine_cells("海", chinese=True), room=120, most=8).size == 8


def test_long_blurb_is_scaled_down_then_shortened(tmp_path: Path) -> None:
    spread = CoverGeometry(170, 240, 12, 3)
    sizes = []
    for length in (50, 600, 900, 3000):
        book = read_book(
            small_book(tmp_path / str(length), head='description = "' + "海港之书。" * (length // 5) + '"')
        )
        findings: list[object] = []
        blurb = fit_blurb(book, spread, findings)  # type: ignore[arg-type]
        assert blurb is not None
        assert blurb.text.endswith("。")
        sizes.append(blurb.size)
        assert bool(findings) == (length == 3000)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 10.5
    assert sizes[-1] == 8


@pytest.mark.slow
def test_custom_cover_image_fills_the_front(tmp_path: Path) -> None:
    folder = small_book(tmp_path, head='cover = "images/封面.png"', more="[print]\npaper = 2\n")
    (folder / "source/images").mkdir()
    Image.new("RGB", (1600, 2560), (200, 30, 30)).save(folder / "source/images/封面.png")
    made = build(folder, ["cover"])
    coarse = [p.message for p in made.diagnostics if p.message.startswith("cover: page 1: picture images/封面.png has")]
    assert len(coarse) == 1  # 1600 pixels are fine for a tablet, not for a press
    assert "300 need" in coarse[0]
    page = drawn(folder / "build/haigang-cover.pdf", 2).convert("RGB")
    at = 2 * POINTS
    red = page.getpixel((round(page.width - 30 * at), round(page.height / 2)))
    assert red[0] > 150 > 90 > red[1]
    for x, y in ((10 + 170 + 4 + 0.5, 120), (page.width / at - 7.6, 120), (300, 7.6), (300, page.height / at - 7.6)):
        assert page.getpixel((round(x * at), round(y * at))) == red, (x, y)
    assert page.getpixel((round((10 + 170 + 4 - 0.5) * at), round(120 * at))) != red  # it ends at the fold


def test_english_spine_is_rotated_as_a_whole(tmp_path: Path) -> None:
    book = read_book(small_book(tmp_path, head='language = "en"'))
    lines = spine_lines(book, CoverGeometry(140, 203, 12, 3), [])
    assert all(cell.turned for line in lines.values() for cell in line.cells)
