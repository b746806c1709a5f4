"""No door that a picture comes in by leads to a decoder but PNG, JPEG, GIF, WebP and our own SVG."""

from __future__ import annotations

import base64
import io
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pikepdf
import pytest
from PIL import Image

from dingben.document.images import raster_images
from dingben.errors import RenderError, SourceError
from dingben.formats.press import images
from dingben.formats.press.preflight import examine
from dingben.theme.stylesheets import check_styles
from dingben.typeset import LayoutOptions, typeset_page
from dingben.typeset.engine import image_decoders
from dingben.typeset.engine.patch import patches
from tests.support.books import small_book, write

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 50 50\n%%EndComments\nshowpage\n%%EOF\n"
DOS_EPS = b"\xc5\xd0\xd3\xc6" + struct.pack("<LLLLLLH", 32, len(EPS), 0, 0, 0, 0, 0xFFFF) + b"\0\0" + EPS
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
TITLE_PAGE = '[[division]]\nmatter = "front"\nrole = "titlepage"\n'


def url(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def saved(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16)).save(out, kind)
    return out.getvalue()


@pytest.fixture
def ghostscript(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """An environment in which ``gs`` is a program that leaves a file behind, and that file."""
    program, canary = tmp_path / "bin/gs", tmp_path / "canary"
    write(program, f"#!/bin/sh\necho ran >> '{canary}'\n")
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}, canary


def test_pillow_without_restriction_starts_ghostscript(
    ghostscript: tuple[dict[str, str], Path], tmp_path: Path
) -> None:
    environment, canary = ghostscript
    for data in (EPS, DOS_EPS):
        (tmp_path / "a.png").write_bytes(data)
        code = f"from PIL import Image; Image.open({str(tmp_path / 'a.png')!r}).load()"
        subprocess.run([sys.executable, "-c", code], env=environment, check=False, capture_output=True)
    assert canary.read_text() == "ran\n" * 4  # its version is asked for, then it runs


def in_chapter(folder: Path, _data: bytes) -> None:
    small_book(folder, "# 章\n\n![](images/a.png)\n")


def in_chapter_url(folder: Path, data: bytes) -> None:
    small_book(folder, f"# 章\n\n![]({url(data)})\n")


def in_svg(folder: Path, data: bytes) -> None:
    small_book(folder, "# 章\n\n![](images/a.svg)\n")
    write(folder / "source/images/a.svg", f'{HEAD}<image href="{url(data)}"/></svg>')


def as_cover(folder: Path, _data: bytes) -> None:
    small_book(folder, head='cover = "images/a.png"')


def in_style(folder: Path, _data: bytes) -> None:
    small_book(folder)
    write(folder / "styles/book.css", "p { background: url(../source/images/a.png) }")


def in_style_url(folder: Path, data: bytes) -> None:
    small_book(folder)
    write(folder / "styles/book.css", f"p {{ background: url({url(data)}) }}")


def in_style_svg(folder: Path, data: bytes) -> None:
    small_book(folder)
    inner = quote(f'{HEAD}<image href="{url(data)}"/></svg>')
    write(folder / "styles/book.css", f'@page {{ @top-left {{ content: url("data:image/svg+xml,{inner}") }} }}')


def in_style_font(folder: Path, data: bytes) -> None:
    small_book(folder)
    write(folder / "styles/book.css", f"@font-face {{ font-family: x; src: url({url(data, 'font/ttf')}) }}")


def in_template(folder: Path, _data: bytes) -> None:
    small_book(folder, more=TITLE_PAGE)
    write(folder / "templates/titlepage.html", '<section><img src="images/a.png"/></section>')


def in_template_url(folder: Path, data: bytes) -> None:
    small_book(folder, more=TITLE_PAGE)
    write(folder / "templates/titlepage.html", f'<section><embed src="{url(data)}"/></section>')


def in_template_style(folder: Path, data: bytes) -> None:
    small_book(folder, more=TITLE_PAGE)
    style = f"list-style-image: url({url(data, '')}); display: list-item"
    write(folder / "templates/titlepage.html", f'<section><p style="{style}">一</p></section>')


def in_template_svg(folder: Path, data: bytes) -> None:
    small_book(folder, more=TITLE_PAGE)
    write(folder / "templates/titlepage.html", f'<section>{HEAD}<image href="{url(data)}"/></svg></section>')


def in_cover_template(folder: Path, data: bytes) -> None:
    small_book(folder)
    write(folder / "templates/cover.html", f'<img src="{url(data)}">')


DOORS: list[tuple[Callable[[Path, bytes], None], str, str]] = [
    (in_chapter, "txt", "source/chapters/01.md:3:5: picture images/a.png is EPS"),
    (in_chapter_url, "txt", "source/chapters/01.md:3:5: picture data:image/png;base64,"),
    (in_svg, "txt", "source/chapters/01.md:3:5: picture data:image/png;base64,"),
    (as_cover, "epub", "source/book.toml:4:1: picture images/a.png is EPS"),
    (in_style, "epub", "styles/book.css:1:5: external resource blocked: ../source/images/a.png"),
    (in_style_url, "epub", "styles/book.css:1:5: picture data:image/png;base64,"),
    (in_style_svg, "epub", "styles/book.css:1:"),
    (in_style_font, "epub", "styles/book.css:1:"),
    (in_template, "pdf", "source/images/a.png: picture source/images/a.png is EPS"),
    (in_template_url, "pdf", "templates/titlepage.html:1:22: picture data:image/png;base64,"),
    (in_template_style, "pdf", "templates/titlepage.html:1:"),
    (in_template_svg, "pdf", "picture data:image/png;base64,"),
    (in_cover_template, "epub", "templates/cover.html:1:11: picture data:image/png;base64,"),
]


@pytest.mark.parametrize(("door", "target", "message"), DOORS, ids=[door.__name__ for door, _, _ in DOORS])
@pytest.mark.parametrize(
    "data", [pytest.param(EPS, id="EPS"), pytest.param(DOS_EPS, id="DOS EPS", marks=pytest.mark.slow)]
)
def test_ghostscript_is_never_started(
    door: Callable[[Path, bytes], None],
    target: str,
    message: str,
    data: bytes,
    ghostscript: tuple[dict[str, str], Path],
    tmp_path: Path,
) -> None:
    environment, canary = ghostscript
    book = tmp_path / "book"
    door(book, data)
    (book / "source/images").mkdir(exist_ok=True)
    (book / "source/images/a.png").write_bytes(data)
    command = [sys.executable, "-m", "dingben", "build", target, "--book", str(book)]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert not canary.exists()
    first = done.stderr.splitlines()[0]
    assert first.removeprefix(f"{book}/").startswith(message)
    assert len(first) < 300
    assert "Traceback" not in done.stderr


# -- the decoders themselves

PLAIN = {
    "BMP": saved("BMP"),
    "TIFF": saved("TIFF"),
    "ICO": saved("ICO"),
    "IM": b"Image type: RGB image\r\nImage size (x*y): 1*1\r\nFile size (no of images): 1\r\n".ljust(511, b"\0")
    + b"\x1a\0\0\0",
    "PSD": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 1, 1, 8, 3) + bytes(20),
    "FITS": b"SIMPLE  =                    T".ljust(80) + b"END".ljust(2800),
    "PPM": saved("PPM"),
    "PCX": saved("PCX"),
    "TGA": saved("TGA"),
    "EPS": EPS,
    "PDF": b"%PDF-1.7\n",
    "MPO": b"",
}


def mpo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 3)).save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (4, 3))])
    return out.getvalue()


@pytest.mark.parametrize("kind", PLAIN)
def test_other_image_formats_are_refused(kind: str) -> None:
    data = PLAIN[kind] or mpo()
    with pytest.raises(SourceError, match=f"is {kind}|is broken or of an unknown kind"):
        raster_images.check_raster(data, "a.png", None)
    if kind != "MPO":  # a JPEG to begin with
        with pytest.raises(OSError, match="cannot identify"):
            image_decoders.FOUR_FORMATS.open(io.BytesIO(data))


def test_only_allowed_decoders_are_used() -> None:
    import weasyprint

    uri = weasyprint.document.original_get_image_from_uri
    with patches(pictures=None):
        assert weasyprint.images.Image is image_decoders.FOUR_FORMATS
        assert weasyprint.draw.text.Image is image_decoders.FOUR_FORMATS
        assert weasyprint.document.original_get_image_from_uri is not uri
        assert weasyprint.html.SVGImage is image_decoders.inline_svg


@pytest.mark.parametrize(
    "style",
    [
        "list-style-image: url({})",
        "content: url({})",
        "border-image: url({}) 1",
        "--picture: url({})",
        "mask: cross-fade(url({}), red)",
        "background: image-set('{}' 1x)",
        "background: -webkit-image-set('{}' 1x)",
        "background: URL( '{}' )",
    ],
)
@pytest.mark.parametrize("scheme", ["data:", "DATA:"])
def test_images_in_every_css_property_are_checked(style: str, scheme: str, tmp_path: Path) -> None:
    book = small_book(tmp_path)
    for data in (EPS, saved("TIFF"), b"text", f"{HEAD}<script/></svg>".encode()):
        named = style.replace("{}", url(data).replace("data:", scheme))
        write(book / "styles/book.css", f"@media print {{ p {{ {named} }} }}")
        with pytest.raises(SourceError) as caught:
            check_styles(book)
        assert str(caught.value.diagnostics[0]).startswith(f"{book}/styles/book.css:1:")
    for data in (saved("PNG"), saved("GIF"), f"{HEAD}</svg>".encode()):
        write(book / "styles/book.css", f"p {{ {style.replace('{}', url(data))} }}")
        check_styles(book)


def test_data_url_fonts_are_allowed_and_unescaped_hash_is_reported(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    write(book / "styles/book.css", f"@font-face {{ src: url({url(b'wOF2' + bytes(40), 'font/woff2')}) }}")
    check_styles(book)
    drawing = HEAD + '<rect fill="#f00"/></svg>'
    write(book / "styles/book.css", f"p {{ background: url('data:image/svg+xml,{drawing}') }}")
    with pytest.raises(SourceError, match="is not XML") as caught:
        check_styles(book)
    assert "%23" in caught.value.diagnostics[0].hint
    write(book / "styles/book.css", f"p {{ background: url('data:image/svg+xml,{drawing.replace('#', '%23')}') }}")
    check_styles(book)


@pytest.mark.parametrize("most", ["MAX_PIXELS", "MAX_BYTES"])
def test_limits_apply_to_images_of_templates(most: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster_images, most, 50)
    picture = f'<img src="{url(saved("PNG") + bytes(10_000))}">'  # so large that it isn't remembered
    with pytest.raises(SourceError, match=r"is larger than|is 0 MB, more than"):
        typeset_page(picture, LayoutOptions(small_book(tmp_path), ()))


def test_inline_svg_of_a_template_is_limited_and_drawn(tmp_path: Path) -> None:
    levels = "".join(f'<g id="l{n}">{f"<use href=#l{n + 1} />" * 10}</g>' for n in range(8))
    book = small_book(tmp_path)
    with pytest.raises(SourceError, match="elements are drawn"):
        typeset_page(
            f'<p>{HEAD}<defs>{levels}<g id="l8"><rect/></g></defs><use href="#l0"/></svg> 后 </p>',
            LayoutOptions(book, ()),
        )
    made = typeset_page(f'<p>{HEAD}<rect width="9" height="9" fill="#f00"/></svg> 后 </p>', LayoutOptions(book, ()))
    with pikepdf.open(io.BytesIO(made.pdf)) as document:
        assert b"1 0 0 rg" in b"".join(x.read_bytes() for x in document.objects if isinstance(x, pikepdf.Stream))


def test_jpeg_with_too_many_scans_is_refused() -> None:
    with pytest.raises(SourceError, match="more than 100 scans"):
        raster_images.check_raster(saved("JPEG") + b"\xff\xda" * 101, "a.jpg", None)


# -- pictures of a PDF


@pytest.mark.parametrize("name", ["/DCTDecode", "/JPXDecode", "/JBIG2Decode", "/CCITTFaxDecode"])
def test_pdf_image_reaches_no_other_decoder(
    name: str, ghostscript: tuple[dict[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment, canary = ghostscript
    monkeypatch.setenv("PATH", environment["PATH"])
    monkeypatch.setattr("PIL.EpsImagePlugin.gs_binary", None)  # WeasyPrint turns it off
    document = pikepdf.new()
    picture = pikepdf.Stream(document, EPS)
    picture.stream_dict = pikepdf.Dictionary(
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=50,
        Height=50,
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceCMYK,
        Filter=pikepdf.Name(name),
    )
    page = document.add_blank_page(page_size=(100, 100))
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=document.make_indirect(picture)))
    page.obj.Contents = document.make_stream(b"50 0 0 50 0 0 cm /P Do")
    examine(document)
    assert raster_images.pdf_image(picture) is None
    with pytest.raises(RenderError):
        images.decode_samples(picture)
    assert not images.is_opaque(picture)
    assert not canary.exists()
