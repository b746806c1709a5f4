"""The e-book: valid for EPUBCheck, and complete where pandoc falls short."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from dingben.book.metadata import iso_date
from dingben.builder.graph import build
from dingben.errors import SourceError
from dingben.formats.xml import generated_section
from dingben.verification.checkers import epubcheck
from tests.support.books import small_book

NAMES = {
    "h": "http://www.w3.org/1999/xhtml",
    "opf": "http://www.idpf.org/2007/opf",
    "dc": "http://purl.org/dc/elements/1.1/",
    "ncx": "http://www.daisy.org/z3986/2005/ncx/",
    "epub": "http://www.idpf.org/2007/ops",
}
Need = Callable[[str, str], str]


@pytest.fixture(scope="module")
def files(built_book: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(built_book / "build/sihai.epub") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def select(data: bytes, path: str) -> list[str]:
    """Texts or attributes at an XPath."""
    found = etree.fromstring(data).xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    return [str("".join(map(str, e.itertext())) if isinstance(e, etree._Element) else e) for e in found]


def refined(package: bytes, text: str) -> dict[str, str]:
    """What refines the element with this text."""
    (identifier,) = select(package, f"//opf:metadata/*[.='{text}' and @id]/@id")
    path = f"//opf:meta[@refines='#{identifier}']"
    return dict(zip(select(package, f"{path}/@property"), select(package, path), strict=True))


def text_file(files: dict[str, bytes], title: str) -> bytes:
    """The content document with this ``<title>``."""
    return next(d for n, d in files.items() if n.endswith(".xhtml") and select(d, "//h:title") == [title])


@pytest.mark.slow
def test_epubcheck_passes_the_full_book(built_book: Path, need: Need) -> None:
    need("java", "apt install default-jre-headless")
    report = epubcheck(built_book / "build/sihai.epub")
    assert report.skipped == ""
    assert report.messages == ()


@pytest.mark.slow
def test_epubcheck_passes_the_smallest_book(tmp_path: Path, need: Need) -> None:
    need("java", "apt install default-jre-headless")
    build(small_book(tmp_path, "# 名 & <b>\n\n“&amp;”与<i>。\n"), ["epub"])
    assert epubcheck(tmp_path / "build/haigang.epub").messages == ()


def test_container_begins_with_a_stored_mimetype(built_book: Path) -> None:
    with zipfile.ZipFile(built_book / "build/sihai.epub") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


def test_navigation_has_three_levels_and_the_language_of_the_book(files: dict[str, bytes]) -> None:
    nav = files["EPUB/nav.xhtml"]
    assert select(nav, "//h:nav[@id='toc']/h:h1") == ["目录"]
    assert "1.1 档案" in select(nav, "//h:nav[@id='toc']/h:ol/h:li/h:ol/h:li/h:ol/h:li/h:a")
    assert select(nav, "//h:nav[@id='toc']/h:ol/h:li/h:a")[:2] == ["前言", "第一章 起源"]
    ncx = select(files["EPUB/toc.ncx"], "//ncx:navPoint/ncx:navPoint/ncx:navPoint/ncx:navLabel/ncx:text")
    assert ncx == ["1.1 档案"]


def test_landmarks_and_page_list(files: dict[str, bytes]) -> None:
    nav = files["EPUB/nav.xhtml"]
    kinds = select(nav, "//h:nav[@id='landmarks']//h:a/@epub:type")
    assert {"cover", "toc", "bodymatter", "preface", "titlepage", "imprint", "bibliography"} <= set(kinds)
    assert select(nav, "//h:nav[@id='page-list']//h:a") == ["1", "2"]
    package = files["EPUB/content.opf"]
    assert select(package, "//opf:meta[@property='pageBreakSource']") == ["urn:isbn:9787500012344"]


def test_files_have_titles_and_divisions_have_roles(files: dict[str, bytes]) -> None:
    chapter = text_file(files, "第一章 起源")
    assert select(chapter, "/h:html/h:body/@epub:type") == ["bodymatter"]
    assert select(chapter, "/h:html/h:body/h:section/@epub:type") == ["chapter"]
    assert select(chapter, "/h:html/h:body/h:section/@role") == ["doc-chapter"]
    assert select(text_file(files, "版权页"), "//h:section/@epub:type") == ["imprint"]


def test_notes_have_calls_and_backlinks(files: dict[str, bytes]) -> None:
    chapter = text_file(files, "第一章 起源")
    calls = select(chapter, "//h:a[@epub:type='noteref']/@href")
    assert [c.partition("#")[2] for c in calls] == ["note-1", "note-2"]
    assert select(chapter, "//*[@id='note-1' and @epub:type='footnote']//h:a[@role='doc-backlink']/@href")[0].endswith(
        "#call-1"
    )
    assert "第一段。" in select(chapter, "//*[@id='note-2']")[0]
    assert "第二段。" in select(chapter, "//*[@id='note-2']")[0]
    second = next(d for n, d in files.items() if n.endswith(".xhtml") and b"note-3" in d)
    assert b"note-1" not in second  # numbered over the book


def test_metadata(files: dict[str, bytes]) -> None:
    package = files["EPUB/content.opf"]
    assert select(package, "//dc:title") == ["“四海一家”视野下的古代海港城市研究", "兼论《海港志》"]
    assert select(package, "//dc:identifier") == ["urn:isbn:9787500012344"]
    assert select(package, "//dc:creator") == ["张某"]
    assert select(package, "//dc:contributor") == ["李某"]
    assert refined(package, "张某") == {"role": "aut", "file-as": "Zhang Mou", "display-seq": "1"}
    assert refined(package, "李某") == {"role": "edt", "file-as": "Li Mou", "display-seq": "2"}
    assert refined(package, "海港文库") == {"collection-type": "series"}
    assert refined(package, "K928.5") == {"authority": "CLC", "term": "K928.5"}
    assert refined(package, "urn:isbn:9787500012344") == {"identifier-type": "15"}
    assert select(package, "//dc:source") == ["urn:isbn:9787500012344"]
    assert select(package, "//dc:publisher") == ["某某出版社"]
    assert select(package, "//dc:description") == ["一部说明海港城市如何形成的书，供测试之用。"]
    assert select(package, "//dc:language") == ["zh-Hans"]
    assert select(package, "//dc:date") == ["2017-11"]
    assert select(package, "//opf:meta[@property='dcterms:modified']") == ["2017-11-01T00:00:00Z"]
    features = select(package, "//opf:meta[@property='schema:accessibilityFeature']")
    assert "alternativeText" in features
    assert "pageNavigation" in features
    summary = select(package, "//opf:meta[@property='schema:accessibilitySummary']")
    assert summary == ["全书是文字，可以放大、换色、朗读，按目录逐节查找。图都有替代文字。标有原书页码。"]


def package_of(folder: Path, slug: str = "haigang") -> bytes:
    """The package document of a book that was built."""
    with zipfile.ZipFile(folder / f"build/{slug}.epub") as archive:
        return archive.read("EPUB/content.opf")


def test_rights_and_source_without_isbn(tmp_path: Path) -> None:
    more = '[publication]\nrights = "版权所有 & 保留"\npublisher = "某社"\npub_date = "1999.3"\n'
    build(small_book(tmp_path, '# 章\n\n[]{.pagebreak #page-1 title="1"}文。\n', more=more), ["epub"])
    package = package_of(tmp_path)
    assert select(package, "//dc:rights") == ["版权所有 & 保留"]
    assert select(package, "//dc:source") == ["海港志. 某社. 1999.3"]
    assert select(package, "//opf:meta[@property='pageBreakSource']") == ["海港志. 某社. 1999.3"]


def test_invalid_isbn_is_reported_and_not_used_as_identifier(tmp_path: Path) -> None:
    made = build(small_book(tmp_path, more='[publication]\nisbn = "978-7-5000-1234-5"\n'), ["epub"])
    (finding,) = made.diagnostics
    assert "the check digit of ISBN 978-7-5000-1234-5 is wrong" in finding.message
    assert finding.location
    assert finding.location.line == 8
    assert select(package_of(tmp_path), "//dc:identifier")[0].startswith("urn:uuid:")
    assert select(package_of(tmp_path), "//dc:source") == []


def test_vertical_setting(tmp_path: Path, files: dict[str, bytes]) -> None:
    made = build(small_book(tmp_path, more='[format]\nwriting = "vertical"\n'), ["epub", "pdf"])
    (finding,) = made.diagnostics
    assert finding.message == "the PDF is horizontal: only e-books can be vertical"
    assert finding.location
    assert finding.location.line == 8
    package = package_of(tmp_path)
    assert select(package, "//opf:spine/@page-progression-direction") == ["rtl"]
    assert select(package, "//opf:meta[@name='primary-writing-mode']/@content") == ["vertical-rl"]
    with zipfile.ZipFile(tmp_path / "build/haigang.epub") as archive:
        assert b"writing-mode: vertical-rl" in archive.read("EPUB/styles/stylesheet1.css")
    assert b"vertical-rl" not in files["EPUB/styles/stylesheet1.css"] + files["EPUB/content.opf"]


def test_epub_styles_have_no_fixed_sizes(files: dict[str, bytes]) -> None:
    style = files["EPUB/styles/stylesheet1.css"].decode()
    sizes = re.findall(r"font-size: ([^;}]+)", style)
    assert sizes
    assert all(re.fullmatch(r"[\d.]+em ?", size.strip()) for size in sizes)
    assert not re.findall(r"(?<![-\w])color: (?!inherit)", style)


@pytest.mark.slow
def test_book_with_corrected_problems_is_valid(tmp_path: Path, need: Need) -> None:
    """Pictures with the wrong ending and without description, headings that skip a level, marks of XML in names."""
    need("java", "apt install default-jre-headless")
    images = tmp_path / "source/images"
    images.mkdir(parents=True)
    for name, kind in (("a.jpg", "PNG"), ("b.png", "WEBP"), ("c.gif", "JPEG"), ("d.webp", "GIF")):
        Image.new("RGB", (9, 9)).save(images / name, kind)
    (images / "e & f.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>')
    pictures = "\n\n".join(f"![](images/{name})" for name in ("a.jpg", "b.png", "c.gif", "d.webp", "e%20&%20f.svg"))
    chapter = f"# 章 & <i> “引” ]]> &amp;\n\n### 跳级\n\n{pictures}\n\n##### 又跳 {{#own}}\n\n[&](#own)\n"
    made = build(small_book(tmp_path, chapter, head='subtitle = "<b> & \\"c\\""'), ["epub"])
    told = [finding.message for finding in made.diagnostics]
    assert len([message for message in told if "has no description" in message]) == 5
    assert len([message for message in told if "heading skips a level" in message]) == 2
    assert epubcheck(tmp_path / "build/haigang.epub").messages == ()


BROKEN = {
    "![岛](images/none.png)": "does not exist",
    "![岛](images/text.png)": "is broken or of an unknown kind",
    "![岛](images/script.svg)": "contains a script or an external reference",
    "![岛](images/outside.svg)": "contains a script or an external reference",
    "![岛](images/huge.png)": "is 80 MB",
    "## 甲 {#one}\n\n## 乙 {#one}": "[iI]dentifier .*one",
}


@pytest.mark.parametrize("markdown", BROKEN)
def test_problem_that_cannot_be_corrected_is_an_error(markdown: str, tmp_path: Path) -> None:
    images = tmp_path / "source/images"
    images.mkdir(parents=True)
    (images / "text.png").write_text("text")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink">'
    (images / "script.svg").write_text(f"{svg}<script>alert(1)</script></svg>")
    (images / "outside.svg").write_text(f'{svg}<image x:href="https://example.org/a.png"/></svg>')
    with (images / "huge.png").open("wb") as file:
        file.truncate(80_000_000)
    with pytest.raises(SourceError, match=BROKEN[markdown]) as error:
        build(small_book(tmp_path, f"# 章\n\n{markdown}\n"), ["epub"])
    assert error.value.diagnostics[0].location
    assert error.value.diagnostics[0].location.line >= 3
    assert not (tmp_path / "build/haigang.epub").exists()


def test_navigation_has_no_note_calls(tmp_path: Path) -> None:
    build(small_book(tmp_path, "# 章[^1]\n\n## 节*一*[^1]\n\n文。\n\n[^1]: 注。\n"), ["epub"])
    with zipfile.ZipFile(tmp_path / "build/haigang.epub") as archive:
        nav, ncx = archive.read("EPUB/nav.xhtml"), archive.read("EPUB/toc.ncx")
    assert select(nav, "//h:nav[@id='toc']//h:a") == ["章", "节一"]
    assert select(ncx, "//ncx:text")[1:] == ["章", "节一"]


def test_accessibility_is_not_claimed_without_image_descriptions(tmp_path: Path, built_book: Path) -> None:
    book = small_book(tmp_path, "# 章\n\n![](images/a.svg)\n")
    (book / "source/images").mkdir()
    (book / "source/images/a.svg").write_bytes((built_book / "source/images/harbour.svg").read_bytes())
    made = build(book, ["epub"])
    assert "picture images/a.svg has no description" in [f.message for f in made.diagnostics]
    with zipfile.ZipFile(book / "build/haigang.epub") as archive:
        package = archive.read("EPUB/content.opf")
    assert "alternativeText" not in select(package, "//opf:meta[@property='schema:accessibilityFeature']")


@pytest.mark.slow
@pytest.mark.parametrize(("picture", "claims"), [("![岛](images/a.svg)", 1), ("![](images/a.svg)", 0)])
def test_conformance_claim_needs_a_certifier_and_no_problems(
    picture: str, claims: int, tmp_path: Path, need: Need
) -> None:
    need("java", "apt install default-jre-headless")
    book = small_book(tmp_path, f"# 章\n\n{picture}\n", more='[format]\ncertified_by = "林某"\n')
    (book / "source/images").mkdir()
    (book / "source/images/a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    made = build(book, ["epub"])
    package = package_of(book)
    assert len(select(package, "//opf:meta[@property='dcterms:conformsTo']")) == claims
    assert len(select(package, "//opf:meta[@property='a11y:certifiedBy']")) == claims
    told = [f.message for f in made.diagnostics if "not declared accessible" in f.message]
    assert len(told) == 1 - claims
    assert epubcheck(book / "build/haigang.epub").messages == ()


def test_conformance_is_not_claimed_by_default(files: dict[str, bytes]) -> None:
    assert select(files["EPUB/content.opf"], "//opf:meta[@property='dcterms:conformsTo']") == []


def test_cover_has_the_usual_size_and_comes_first(files: dict[str, bytes]) -> None:
    package = files["EPUB/content.opf"]
    assert select(package, "//opf:item[@properties='cover-image']/@href") == ["media/cover.jpg"]
    assert select(package, "//opf:itemref/@idref")[0] == "cover"
    assert Image.open(io.BytesIO(files["EPUB/media/cover.jpg"])).size == (1600, 2560)


def test_epub_styles_use_no_custom_properties(files: dict[str, bytes]) -> None:
    style = files["EPUB/styles/stylesheet1.css"]
    assert b"var(" not in style
    assert b"--song" not in style
    assert b"Noto Serif CJK SC" in style


DATES = {"2017.11": "2017-11", "2017年3月": "2017-03", "2017.1.5": "2017-01-05", "1999": "1999", "民国十二年": None}


@pytest.mark.parametrize(("printed", "iso"), [*DATES.items(), (None, None)])
def test_dates(printed: str | None, iso: str | None) -> None:
    assert iso_date(printed) == iso


@pytest.mark.parametrize("html", ["<link rel=attachment>", "", "甲"])
def test_template_that_is_not_xhtml_is_an_error(tmp_path: Path, html: str) -> None:
    with pytest.raises(SourceError, match="template") as caught:
        generated_section(html, tmp_path / "titlepage.html")
    assert str(caught.value.diagnostics[0].location).endswith("titlepage.html")
