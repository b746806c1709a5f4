"""An SVG is a still picture, or is refused; what is written out is what was checked."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from dingben.builder.graph import build
from dingben.diagnostics import Location
from dingben.document.images import raster_images, read_picture, svg, svg_limits
from dingben.document.images.svg import Svg, check_svg
from dingben.errors import SourceError
from tests.support.books import small_book

PLACE = Location(Path("01.md"), 3, 1)
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="2" height="2"'
XHTML = "http://www.w3.org/1999/xhtml"


def check(text: str | bytes) -> Svg:
    return check_svg(text if isinstance(text, bytes) else text.encode("utf-8"), "a.svg", PLACE)


def drawing(inside: str) -> str:
    return f"{HEAD}>{inside}</svg>"


def raster(kind: str = "PNG", size: tuple[int, int] = (4, 3)) -> str:
    out = io.BytesIO()
    Image.new("RGB", size).save(out, kind)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<text>甲</text>",
        '<rect fill="url(#a)"/>',
        "<rect fill=\"url('#a')\"/>",
        "<rect style=\"fill:url('#a')\"/>",
        "<rect style='fill:url( #a )'/>",
        '<rect style=\'fill:url("#a") red; font-family: "url(x)"\'/>',
        '<use xlink:href="#a"/>',
        '<a href=" #a "><rect/></a>',
        "<style>a{fill:red}</style>",
        "<style><![CDATA[@media print { a > b { fill: url(#a) } }]]></style>",
        "<style>@font-face{font-family:x;src:local(y)}</style>",
        "<!-- <script/> -->",
        '<text aria-label="url(https://example.org/)" id="image(1)">src(x)</text>',
        '<linearGradient id="a"><stop/></linearGradient><linearGradient id="b" href="#a"/><rect fill="url(#b)"/>',
        '<clipPath id="c"><path d="M0 0"/></clipPath><g clip-path="url(#c)"><path d="M0 0"/></g>',
    ],
)
def test_svg_shapes_and_text_are_accepted(inside: str) -> None:
    assert check(drawing(inside)).data.startswith(b"<svg")


@pytest.mark.parametrize(
    "inside",
    [
        "<script>x</script>",
        "<foreignObject/>",
        "<animate/>",
        '<set attributeName="href" to="javascript:x"/>',
        "<animateTransform/>",
        "<handler/>",
        "<SCRIPT/>",
        '<rect ONCLICK="x"/>',
        '<g onload="x"/>',
        f'<h:script xmlns:h="{XHTML}">x</h:script>',
        f'<h:img xmlns:h="{XHTML}" src="x"/>',
        f'<metadata><h:script xmlns:h="{XHTML}">x</h:script></metadata>',
        '<script xmlns="">x</script>',
        '<x:g xmlns:x="urn:x"><x:deep><x:iframe/></x:deep></x:g>',
        '<image xlink:href="https://example.org/a.png"/>',
        '<image href="a.png"/>',
        '<image href="#a"/>',
        '<image href=""/>',
        '<use href="b.svg#a"/>',
        '<use href="data:image/svg+xml,%3Csvg/%3E"/>',
        '<a href="javascript:x"/>',
        '<a href="https://example.org/"/>',
        '<g xml:base="https://example.org/"/>',
        '<rect fill="url(https://example.org/#a)"/>',
        "<rect style=\"fill: url('https://example.org/')\"/>",
        '<rect style="fill: URL(https://example.org/)"/>',
        '<rect style="fill: u\\72l(https://example.org/)"/>',
        '<rect fill="u\\72l(https://example.org/)"/>',
        '<rect style="fill: url(\\68ttps://example.org/)"/>',
        '<rect style="fill: url(/**/#a)"/>',
        "<rect style=\"fill: image-set('a.png' 1x)\"/>",
        "<rect style=\"fill: image('a.png')\"/>",
        "<rect style=\"fill: src('a.png')\"/>",
        '<rect style="fill: url(data:image/png;base64,AA)"/>',
        '<rect cursor="url(a.cur), auto"/>',
        "<style>@import 'x.css'</style>",
        "<style>@IMPORT 'x.css'</style>",
        "<style>@im\\port 'x.css'</style>",
        "<style>a{} @/**/import 'x.css'; @import/**/'x.css';</style>",
        "<style>@namespace h url(http://www.w3.org/1999/xhtml);</style>",
        "<style>@font-face{font-family:x;src:url(https://example.org/x.woff)}</style>",
        "<style>a{fill:url(https://example.org/)}</style>",
        "<style>a <!-- x -->{fill:url(https://example.org/)}</style>",
        "<style>a{fill:ur<![CDATA[l(https://example.org/)]]>}</style>",
        "<style>@media print{a{b{fill:url(x)}}}</style>",
        f"<style>{'(' * 60}</style>",
        "<unknown/>",
    ],
)
def test_svg_scripts_and_external_links_are_errors_with_a_place(inside: str) -> None:
    with pytest.raises(SourceError, match=r"contains a script or an external reference: <.*> on line 1") as caught:
        check(drawing(inside))
    assert caught.value.diagnostics[0].location == PLACE


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">',
        '<!DOCTYPE svg [<!ATTLIST svg onload CDATA "alert(1)">]>',
        '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        "<!DOCTYPE svg>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "iso-8859-1"])
def test_svg_doctype_is_refused_in_every_encoding(doctype: str, encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding.removesuffix("-le")}"?>{doctype}{HEAD}/>'.encode(encoding)
    with pytest.raises(SourceError, match="has a DOCTYPE") as caught:
        check(data)
    assert "Delete the DOCTYPE line" in caught.value.diagnostics[0].hint


@pytest.mark.parametrize("text", ["<svg/>", "<html/>", "<svg", "", f'<?xml-stylesheet href="x.css"?>{HEAD}/>'])
def test_other_xml_and_external_style_sheets_are_refused(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        check(text)
    assert caught.value.diagnostics[0].location == PLACE


INKSCAPE = f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!-- Created with Inkscape (http://www.inkscape.org/) -->
<svg width="10mm" height="10mm" viewBox="0 0 10 10" version="1.1" id="svg1" inkscape:version="1.3"
  sodipodi:docname="a.svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"
  xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" xmlns="http://www.w3.org/2000/svg"
  xmlns:svg="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:cc="http://creativecommons.org/ns#">
  <sodipodi:namedview id="v" pagecolor="#ffffff"><inkscape:grid id="grid"/></sodipodi:namedview>
  <metadata><rdf:RDF><cc:Work rdf:about=""/></rdf:RDF></metadata>
  <defs id="d"><linearGradient id="g"><stop offset="0"/></linearGradient>
    <inkscape:path-effect effect="spiro" id="e"/>
    <marker id="m" style="overflow:visible" inkscape:stockid="Arrow"><path d="M0 0L1 1"/></marker></defs>
  <g inkscape:label="Layer 1" inkscape:groupmode="layer" id="layer1">
    <path style="fill:url(#g);marker-end:url(#m);-inkscape-font-specification:'Noto Serif'" d="M0 0L5 5"
      sodipodi:nodetypes="cc" inkscape:path-effect="#e"/>
    <image xlink:href="{raster()}" width="4" height="3"/>
    <text xml:space="preserve" x="1"><tspan sodipodi:role="line" id="t">港口</tspan></text></g></svg>
"""
MATPLOTLIB = """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="72pt" height="72pt" viewBox="0 0 72 72"
  xmlns="http://www.w3.org/2000/svg" version="1.1">
 <metadata><rdf:RDF xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <dc:date>2026-01-01</dc:date></rdf:RDF></metadata>
 <defs><style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style></defs>
 <g id="figure_1"><defs><path id="m1" d="M 0 0 L 0 3.5" style="stroke: #000000; stroke-width: 0.8"/></defs>
  <g clip-path="url(#p1)"><use xlink:href="#m1" x="10" y="10" style="stroke: #000000"/></g></g>
 <defs><clipPath id="p1"><rect x="0" y="0" width="72" height="72"/></clipPath></defs></svg>
"""


@pytest.mark.parametrize("text", [INKSCAPE, MATPLOTLIB], ids=["Inkscape", "Matplotlib"])
def test_metadata_of_svg_editors_is_removed(text: str) -> None:
    made = check(text).data
    namespaces = {etree.QName(e).namespace for e in etree.fromstring(made).iter() if isinstance(e.tag, str)} | set(
        etree.fromstring(made).nsmap.values()
    )
    assert namespaces <= {svg.SVG, "http://www.w3.org/1999/xlink"}
    assert b"inkscape:" not in made
    assert b"<path" in made
    assert check(made).data == made


def test_removed_svg_elements_keep_text_after_them() -> None:
    text = check(drawing('<text>一<x:y xmlns:x="urn:x">-</x:y>二<title>-</title><?pi?>三<!-- - -->四</text>')).data
    assert "<text>一二<title>-</title>三四</text>" in text.decode("utf-8")


def test_svg_encoding_and_size() -> None:
    text = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 .5e1 " width="1in"><text>é</text></svg>'
    made = check(f'<?xml version="1.0" encoding="iso-8859-1"?>{text}'.encode("iso-8859-1"))
    assert "é".encode() in made.data
    assert made.width == 96.0
    assert check(drawing("")).height == 2.0


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_embedded_image_is_rewritten_with_its_media_type(kind: str) -> None:
    made = check(drawing(f'<image href="{raster(kind)[:-8]}&#10;{raster(kind)[-8:]}"/>')).data
    assert f'href="data:{raster_images.MEDIA_TYPES[kind]};base64,'.encode() in made
    assert raster(kind).rpartition(",")[2].encode() in made


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (raster("BMP"), "is BMP"),
        (raster("TIFF"), "is TIFF"),
        ("data:image/png;base64,JSFQUy1BZG9iZQ==", "is EPS"),
        ("DATA:image/png,%25!PS-Adobe", "is EPS"),
        ("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E", "is broken or of an unknown kind"),
        ("data:image/png;base64,A", "not Base64"),
        ("data:image/png", "not a data: URL"),
    ],
)
def test_other_embedded_data_is_refused(url: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        check(drawing(f'<image href="{url}"/>'))
    assert "in a.svg, line 1" in str(caught.value)


def test_pixels_of_embedded_images_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster_images, "MAX_PIXELS", 99)
    picture = f'<image href="{raster(size=(7, 7))}"/>'
    check(drawing(picture * 2))
    with pytest.raises(SourceError, match="is larger than"):
        check(drawing(picture * 3))


# -- how much is drawn


def nested(depth: int, times: int, link: str) -> str:
    """Groups, each of which has its own ``times`` links to the next."""
    groups = [f'<g id="l{n}">{link.format(n + 1) * times}</g>' for n in range(depth)]
    return f'<defs>{"".join(groups)}<g id="l{depth}"><rect/></g></defs><use href="#l0"/>'


PATTERNS = "".join(f'<pattern id="l{n}"><g fill="url(#l{n + 1})">{"<rect/>" * 10}</g></pattern>' for n in range(8))
BY_CLASS = "".join('<pattern id="l{}">{}</pattern>'.format(n, f'<rect class="c{n + 1}"/>' * 10) for n in range(8))
CLASSES = "".join(f".c{n}{{fill:url(#l{n})}}" for n in range(8))


@pytest.mark.parametrize(
    "inside",
    [
        nested(8, 10, '<use href="#l{}"/>'),
        nested(8, 10, '<use xlink:href="#l{}"/>'),
        nested(8, 10, '<g><use href=" #l{} "/></g>'),
        f'{PATTERNS}<rect fill="url(#l0)"/>',
        f"{PATTERNS}<rect style=\"fill: url('#l0')\"/>",
        f'<style>{CLASSES}</style>{BY_CLASS}<rect class="c0"/>',
        f'<pattern id="p">{"<rect/>" * 400}</pattern><g id="a">{"<rect/>" * 400}</g><use href="#a" fill="url(#p)"/>',
        f'<marker id="m">{"<rect/>" * 400}</marker><path marker-mid="url(#m)" d="M0 0{"L1 1" * 400}"/>',
    ],
    ids=["use", "xlink", "in groups", "patterns", "patterns by style", "patterns by class", "inherited", "markers"],
)
def test_svg_with_too_many_drawn_elements_is_refused(inside: str) -> None:
    with pytest.raises(SourceError, match="more than 100,000 elements are drawn"):
        check(drawing(inside))


@pytest.mark.parametrize(
    "inside",
    [
        '<g id="a"><use href="#a"/></g>',
        '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
        '<pattern id="p"><rect fill="url(#p)"/></pattern><rect fill="url(#p)"/>',
        f'<defs>{"".join(f"""<g id="a{n}"><use href="#a{n + 1}"/></g>""" for n in range(5000))}'
        '<g id="a5000"><use href="#a0"/></g></defs><use href="#a0"/>',
    ],
    ids=["itself", "by turns", "pattern", "long way round"],
)
def test_recursive_svg_use_is_refused(inside: str) -> None:
    with pytest.raises(SourceError, match="contains itself"):
        check(drawing(inside))


def test_repeated_svg_use_within_limits_is_accepted() -> None:
    check(drawing(nested(4, 10, '<use href="#l{}"/>')))
    gradient = f'<linearGradient id="a">{"<stop/>" * 50}</linearGradient><style>rect{{fill:url(#a)}}</style>'
    check(drawing(gradient + "<rect/>" * 20_000))


def test_svg_elements_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svg, "MAX_ELEMENTS", 10)
    with pytest.raises(SourceError, match="more than 10 elements"):
        check(drawing("<rect/>" * 10))
    monkeypatch.setattr(svg_limits, "MAX_DRAWN", 5)
    with pytest.raises(SourceError, match="more than 5 elements are drawn"):
        check(drawing("<rect/>" * 5))


@pytest.mark.parametrize(
    "inside",
    [
        "<style>{}</style>{}".format(
            "".join(f".c{{fill:url(#b{n})}}" for n in range(2000)), '<rect class="c"/>' * 2000
        ),
        '<g id="b"/>' * 2000 + '<use href="#b"/>' * 2000,
    ],
    ids=["by class", "same identifier"],
)
def test_exponential_svg_references_are_refused_quickly(inside: str) -> None:
    with pytest.raises(SourceError, match="refer to each other too many times"):
        check(drawing(inside))


def test_svg_style_references_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svg, "MOST_CSS", 50)
    check(drawing("<rect style='fill:red' d='M0 0'/>" * 9))
    with pytest.raises(SourceError, match="more than 50 characters of styles"):
        check(drawing("<rect style='fill:url(#a)'/>" * 9))


# -- what is written out


def test_editions_contain_the_sanitized_svg(tmp_path: Path) -> None:
    book = small_book(tmp_path, "# 章\n\n![港](images/a.svg)\n")
    path = book / "source/images/a.svg"
    path.parent.mkdir()
    written = INKSCAPE.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    path.write_bytes(written)
    checked = read_picture(path, "images/a.svg", PLACE).content()
    build(book, ["epub", "html", "web", "archive"])
    assert path.read_bytes() == written
    assert (book / "build/web/images/a.svg").read_bytes() == checked
    assert base64.b64encode(checked) in (book / "build/haigang.html").read_bytes()
    bag = book / "build/haigang-archive/data"
    assert (bag / "source/images/a.svg").read_bytes() == written
    assert (bag / "editions/web/images/a.svg").read_bytes() == checked
    with zipfile.ZipFile(book / "build/haigang.epub") as epub:
        drawings = [epub.read(name) for name in epub.namelist() if name.endswith(".svg")]
    assert drawings == [checked]
