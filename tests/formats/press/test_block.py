"""The press edition, read back: standard, boxes, inks, pictures, and what ghostscript sees of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from dingben.book.resources import packaged
from dingben.builder.graph import BuildResult, build
from dingben.errors import SourceError
from dingben.formats.press.preflight import examine
from dingben.theme.page_geometry import POINTS
from tests.support.books import small_book

Need = Callable[[str, str], str]
PROFILE = packaged("styles") / "FOGRA39L_coated.icc"

CHAPTER = """# 第一章 图

见<https://example.org/>，又见[红字]{.red}。

![甲](images/rgb.png){alt="a" width=60%}

![乙](images/rgb.jpg){alt="a" width=60%}

![丙](images/cmyk.jpg){alt="a" width=40%}

![丁](images/alpha.png){alt="a" width=40%}

![戊](images/line.png){alt="a" width=40%}

![己](images/grey.jpg){alt="a" width=40%}

![庚](images/opaque.png){alt="a" width=20%}

![辛](images/huge.png){alt="a" width=20%}

::: grad
渐变
:::
"""
CSS = "a { color: #06c } .red { color: #c00 } .grad { background: linear-gradient(90deg, #ff0, #0f0); height: 40pt }"


def colours(width: int, height: int) -> Image.Image:
    """A picture of many colours, with a red, a black and a white square."""
    up = Image.linear_gradient("L").resize((width, height))
    image = Image.merge(
        "RGB", (up, up.rotate(90).resize((width, height)), Image.radial_gradient("L").resize((width, height)))
    )
    draw = ImageDraw.Draw(image)
    for left, colour in ((20, (255, 0, 0)), (140, (0, 0, 0)), (260, (255, 255, 255))):
        draw.rectangle((left, 20, left + 100, 120), fill=colour)
    return image


def draw_pictures(folder: Path) -> None:
    folder.mkdir(parents=True)
    colours(900, 600).save(folder / "rgb.png")
    colours(900, 600).save(folder / "rgb.jpg", quality=95)
    Image.new("CMYK", (400, 300), (200, 0, 0, 0)).save(folder / "cmyk.jpg", quality=95)
    see_through = colours(500, 300).convert("RGBA")
    see_through.putalpha(Image.radial_gradient("L").resize((500, 300)))
    see_through.save(folder / "alpha.png")
    colours(400, 300).convert("RGBA").save(folder / "opaque.png")
    line = Image.new("1", (1600, 800), 1)
    ImageDraw.Draw(line).ellipse((100, 100, 1500, 700), outline=0, width=5)
    line.save(folder / "line.png")
    Image.linear_gradient("L").resize((800, 500)).convert("RGB").save(folder / "grey.jpg", quality=70)
    Image.linear_gradient("L").resize((4000, 2000)).save(folder / "huge.png")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BuildResult]:
    """A book of pictures, made for the press."""
    folder = small_book(tmp_path_factory.mktemp("press"), CHAPTER, more="[print]\nsignature = 16\n")
    draw_pictures(folder / "source/images")
    (folder / "styles").mkdir()
    (folder / "styles/book.css").write_text(CSS, "utf-8")
    return folder, build(folder, ["print"])


@pytest.fixture(scope="module")
def press(book: tuple[Path, BuildResult]) -> Path:
    return book[0] / "build/haigang-print.pdf"


class Picture(NamedTuple):
    """A picture object of the press PDF."""

    space: str
    bits: int
    filter: str
    data: bytes


def pictures(path: Path) -> dict[tuple[int, int], Picture]:
    """Picture objects by size in pixels, soft masks left out."""
    with pikepdf.open(path) as document:
        found = [x for x in document.objects if isinstance(x, pikepdf.Stream) and x.get("/Subtype") == "/Image"]
        masks = {x.SMask.objgen for x in found if "/SMask" in x}
        return {
            (int(x.Width), int(x.Height)): Picture(
                str(x.ColorSpace), int(x.BitsPerComponent), str(x.Filter), x.read_raw_bytes()
            )
            for x in found
            if x.objgen not in masks
        }


# -- the standard


def test_press_pdf_declares_pdf_x_4_and_output_intent(press: Path) -> None:
    with pikepdf.open(press) as document:
        with document.open_metadata() as xmp:
            assert xmp["pdfxid:GTS_PDFXVersion"] == "PDF/X-4"
            assert xmp["pdf:Trapped"] == "False"
            assert xmp["dc:title"] == document.docinfo["/Title"] == "海港志"
            for name in ("xmp:CreateDate", "xmp:ModifyDate", "xmp:MetadataDate", "xmpMM:DocumentID", "xmpMM:VersionID"):
                assert xmp[name], name
            assert "pdfaid:part" not in xmp
        assert document.pdf_version == "1.6"
        assert document.docinfo["/Trapped"] == "/False"
        (intent,) = document.Root.OutputIntents
        assert intent.S == "/GTS_PDFX"
        assert str(intent.OutputConditionIdentifier) == "FOGRA39"
        assert int(intent.DestOutputProfile.N) == 4
        assert intent.DestOutputProfile.read_bytes() == PROFILE.read_bytes()


def test_press_pdf_has_no_screen_features(press: Path) -> None:
    with pikepdf.open(press) as document:
        assert set(document.Root.keys()) == {"/Type", "/Pages", "/PageLabels", "/Lang", "/Metadata", "/OutputIntents"}
        assert not any("/Annots" in page or "/StructParents" in page for page in document.pages)
        assert not any(isinstance(x, pikepdf.Dictionary) and "/ActualText" in x for x in document.objects)


def test_boxes_are_nested_and_blank_pages_fill_the_signature(press: Path) -> None:
    with pikepdf.open(press) as document:
        assert len(document.pages) == 16
        for page in document.pages:
            media, bleed, trim = (
                [round(float(v) / POINTS, 2) for v in page.obj[k]] for k in ("/MediaBox", "/BleedBox", "/TrimBox")
            )
            assert media == [0, 0, 190, 260]
            assert bleed == [7, 7, 183, 253]
            assert trim == [10, 10, 180, 250]


def test_fonts_are_embedded_under_unique_names(press: Path, need: Need) -> None:
    tool = need("pdffonts", "apt install poppler-utils")
    rows = subprocess.run([tool, str(press)], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert len(rows) == len({row.split()[0] for row in rows}) >= 3
    assert all(row.split()[-5:-2] == ["yes", "yes", "yes"] for row in rows), rows


@pytest.mark.slow
def test_output_is_reproducible(book: tuple[Path, BuildResult]) -> None:
    path = book[0] / "build/haigang-print.pdf"
    before = path.read_bytes()
    build(book[0], ["print"], force=True)
    assert path.read_bytes() == before


def shown(path: Path) -> list[list[bytes]]:
    """The glyphs of every page, in the order they are painted, without what stands in the slug."""
    pages = []
    with pikepdf.open(path) as document:
        for page in document.pages:
            glyphs, slug = [], False
            for step in pikepdf.parse_content_stream(page, "Tf TJ Tj"):
                if str(step.operator) == "Tf":
                    slug = str(step.operands[0]) == "/Slug"
                elif not slug:
                    glyphs.append(pikepdf.unparse_content_stream([step]))
            pages.append(glyphs)
    return pages


def test_press_pdf_has_the_glyphs_of_the_screen_pdf(built_book: Path) -> None:
    screen, press = shown(built_book / "build/sihai.pdf"), shown(built_book / "build/sihai-print.pdf")
    assert press[: len(screen)] == screen
    assert sum(map(len, screen)) > 100
    assert not any(press[len(screen) :])
    assert len(press) % 4 == 0


# -- inks


@pytest.mark.slow
def test_text_and_links_are_black_only(tmp_path: Path, need: Need) -> None:
    tool = need("gs", "apt install ghostscript")
    text = (
        "# 第一章 起\n\n正文，见<https://example.org/>与[前文](#a)[^1]。\n\n## 第一节 甲 {#a}\n\n`代码`\n\n[^1]: 注。\n"
    )
    folder = small_book(tmp_path, text)
    (folder / "styles").mkdir()
    (folder / "styles/book.css").write_text("a { color: #06c; text-decoration: underline } h2 { color: #777 }", "utf-8")
    build(folder, ["print"])
    path = folder / "build/haigang-print.pdf"
    done = subprocess.run(
        [tool, "-q", "-r36", "-o", "-", "-sDEVICE=inkcov", str(path)], capture_output=True, text=True, check=True
    )
    rows = [[float(v) for v in line.split()[:4]] for line in done.stdout.splitlines()]
    assert len(rows) == 4
    assert all(row[:3] == [0, 0, 0] for row in rows)
    assert rows[0][3] > 0.001
    with pikepdf.open(path) as document:
        assert examine(document).inks == {"K": "1–4"}


@pytest.mark.slow
def test_ink_coverage_agrees_with_ghostscript(press: Path, need: Need) -> None:
    tool = need("gs", "apt install ghostscript")
    done = subprocess.run(
        [tool, "-q", "-r36", "-o", "-", "-sDEVICE=inkcov", str(press)], capture_output=True, text=True, check=True
    )
    drawn = [
        "".join(p for p, v in zip("CMYK", line.split(), strict=False) if float(v) > 0)
        for line in done.stdout.splitlines()
    ]
    with pikepdf.open(press) as document:
        report = examine(document)
        last = 1 + max(i for i, plates in enumerate(drawn) if plates != "K")
        assert report.inks == {"CMYK": f"1–{last}", "K": f"{last + 1}–16"}
        assert set(report.spaces) == {"cmyk", "grey"}
        assert report.faults == []
    assert drawn[:last] == ["CMYK"] * last


def test_images_are_converted_to_cmyk_or_gray(press: Path) -> None:
    made = pictures(press)
    assert {p.space for size, p in made.items() if size in ((900, 600), (400, 300), (500, 300))} == {"/DeviceCMYK"}
    assert made[800, 500][:3] == ("/DeviceGray", 8, "/DCTDecode")
    assert made[1600, 800][:2] == ("/DeviceGray", 1)
    assert made[445, 223].space == "/DeviceGray"  # 4000 pixels on 24 mm are more than any press shows


def test_cmyk_image_is_unchanged(tmp_path: Path) -> None:
    folder = small_book(tmp_path, '# 章\n\n![图](images/c.jpg){alt="a"}\n')
    (folder / "source/images").mkdir()
    Image.new("CMYK", (300, 300), (200, 0, 0, 0)).save(folder / "source/images/c.jpg", quality=95)
    build(folder, ["print"])
    path = folder / "build/haigang-print.pdf"
    assert pictures(path)[300, 300].data == (folder / "source/images/c.jpg").read_bytes()
    with pikepdf.open(path) as document:
        assert examine(document).inks == {"CK": "1", "K": "2–4"}


def test_opaque_mask_is_dropped_and_transparency_blends_in_cmyk(press: Path) -> None:
    with pikepdf.open(press) as document:
        masked = [
            x
            for x in document.objects
            if isinstance(x, pikepdf.Stream) and x.get("/Subtype") == "/Image" and "/SMask" in x
        ]
        assert [(int(x.Width), int(x.Height)) for x in masked] == [(500, 300)]
        groups = [page.obj.Group.CS for page in document.pages if "/Group" in page.obj]
        assert groups == ["/DeviceCMYK"]


def test_converted_colors_resemble_the_image(book: tuple[Path, BuildResult], press: Path) -> None:
    """The same places of the page, drawn from the screen PDF and from the press PDF."""
    screen = pypdfium2.PdfDocument(book[0] / "build/haigang.pdf")
    plates = pypdfium2.PdfDocument(press)
    margin = 10 * POINTS
    seen = 0
    for index in range(len(screen)):
        one = screen[index].render(scale=1).to_pil().convert("RGB")
        two = plates[index].render(scale=1).to_pil().convert("RGB")
        two = two.crop((round(margin), round(margin), round(margin) + one.width, round(margin) + one.height))
        for x in range(4, one.width, 12):
            for y in range(4, one.height, 12):
                a, b = one.getpixel((x, y)), two.getpixel((x, y))
                assert isinstance(a, tuple)
                assert isinstance(b, tuple)
                if a[0] > 150 and a[1] < 90 and a[2] < 90:  # red stays red
                    assert b[0] > b[1] + 60, (index, x, y, a, b)
                    seen += 1
                if a[1] > 240 and a[2] < 10:  # the gradient lies where it lay
                    assert b[2] < 120 < b[1], (index, x, y, a, b)
                    seen += 1
    assert seen > 20


def test_soft_masks_are_kept(tmp_path: Path) -> None:
    """A gradient to nothing is a soft mask: its greys must stay greys."""
    folder = small_book(tmp_path, "# 章\n\n::: fade\n渐变\n:::\n")
    (folder / "styles").mkdir()
    css = ".fade { background: linear-gradient(90deg, #c00, rgba(0, 0, 200, 0)); height: 40pt }"
    (folder / "styles/book.css").write_text(css, "utf-8")
    build(folder, ["print"])
    path = folder / "build/haigang-print.pdf"
    with pikepdf.open(path) as document:
        report = examine(document)
        assert (report.faults, report.transparent) == ([], [1])
        spaces = {
            str(x.CS) for x in document.objects if isinstance(x, pikepdf.Dictionary) and x.get("/S") == "/Transparency"
        }
        masks = [x for x in document.objects if isinstance(x, pikepdf.Stream) and "/Group" in x]
    assert spaces | {str(x.Group.CS) for x in masks} <= {"/DeviceCMYK", "/DeviceGray"}
    page = pypdfium2.PdfDocument(path)[0].render(scale=2).to_pil().convert("RGB")
    rows = [[page.getpixel((x, y)) for x in range(0, page.width, 4)] for y in range(0, page.height, 6)]
    row = max(rows, key=lambda pixels: sum(p[0] > p[1] + 20 for p in pixels))
    reds = [p[0] - p[1] for p in row if p[0] > p[1] + 3]
    assert len(reds) > 60
    assert reds[0] > 120
    assert reds[-1] < 12


# -- findings


def test_low_resolution_images_are_reported(book: tuple[Path, BuildResult]) -> None:
    messages = [problem.message for problem in book[1].diagnostics]
    assert [m.split(" has ")[0].split("picture ")[1] for m in messages] == ["images/cmyk.jpg", "images/alpha.png"]
    assert "300 need 561 pixels across" in messages[0]
    assert (book[0] / "build/reports/preflight-print.json").is_file()


def test_image_without_bleed_is_reported(tmp_path: Path) -> None:
    folder = small_book(tmp_path, '# 章\n\n![图](images/a.png){alt="a"}\n')
    (folder / "source/images").mkdir()
    Image.new("L", (2400, 600), 128).save(folder / "source/images/a.png")
    (folder / "styles").mkdir()
    (folder / "styles/book.css").write_text(
        "figure img { position: absolute; left: -69pt; max-width: none; width: 170mm }", "utf-8"
    )
    messages = [p.message for p in build(folder, ["print"]).diagnostics]
    assert any("ends at the trim" in m for m in messages), messages


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda d: d.pages[0].obj.__delitem__("/TrimBox"), "page 1 has no TrimBox"),
        (lambda d: d.pages[1].obj.__setitem__("/BleedBox", [0, 0, 9, 9]), "boxes of page 2"),
        (lambda d: d.Root.__delitem__("/OutputIntents"), "0 output intents"),
        (lambda d: d.docinfo.__delitem__("/Trapped"), "Trapped"),
        (
            lambda d: d.pages[0].obj.__setitem__("/Annots", [pikepdf.Dictionary(Subtype=pikepdf.Name.Link)]),
            "annotations on pages 1",
        ),
        (lambda d: d.pages[2].contents_add(b"1 0 0 rg 9 9 99 99 re f"), r"RGB colours on pages 3"),
        (
            lambda d: d.pages[3].contents_add(b"q 9 0 0 9 9 9 cm BI /W 1 /H 1 /CS /RGB /BPC 8 ID abc EI Q"),
            r"RGB colours on pages 4",
        ),
        (lambda d: d.Root.__setitem__("/OpenAction", pikepdf.Dictionary(S=pikepdf.Name.JavaScript)), "actions"),
        (lambda d: d.make_indirect(font(d)), "font Helvetica is not embedded"),
    ],
)
def test_preflight_reports_a_damaged_file(press: Path, spoil: Callable[[pikepdf.Pdf], object], fault: str) -> None:
    import re

    with pikepdf.open(press) as document:
        spoil(document)
        assert any(re.search(fault, message) for message in examine(document).faults), examine(document).faults


def font(document: pikepdf.Pdf) -> pikepdf.Object:
    face = document.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    document.pages[0].obj.Resources.Font["/Bad"] = face
    return face


# -- content streams


# -- the profile and the table


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('signature = "16"', "signature must be a whole number, not a string"),
        ("signature = 0", "signature 0 is out of range"),
        ("paper = 20", "paper 20 is out of range"),
        ("paper = true", "paper must be a number, not a boolean"),
        ('profile = "printer.icc"', "there is no profile styles/printer.icc"),
        ('profile = ""', "there is no profile styles/"),
        ('profile = "../../etc/passwd"', "there is no profile|is outside the book"),
        ("papier = 1", "unknown key papier in"),
    ],
)
def test_errors_in_press_settings_have_a_line(tmp_path: Path, table: str, message: str) -> None:
    folder = small_book(tmp_path, more=f"[print]\n{table}\n")
    with pytest.raises(SourceError, match=message) as caught:
        build(folder, ["print"])
    place = caught.value.diagnostics[0].location
    assert place is not None
    if place.line:
        assert "print" in (folder / "source/book.toml").read_text("utf-8").splitlines()[place.line - 2]


def test_custom_icc_profile_is_used(tmp_path: Path) -> None:
    folder = small_book(tmp_path, more='[print]\nprofile = "mine.icc"\nbleed = 5\n')
    (folder / "styles").mkdir()
    (folder / "styles/mine.icc").write_bytes(PROFILE.read_bytes())
    build(folder, ["print"])
    with pikepdf.open(folder / "build/haigang-print.pdf") as document:
        assert examine(document).bleed == 5
