"""The editions say what the source says: every lost, doubled or changed character is found and placed."""

from __future__ import annotations

import dataclasses
import io
import re
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingben.book.reader import read_book
from dingben.builder.graph import build
from dingben.document import pandoc
from dingben.document.collation import EditionSegment, EditionText, compare, first_difference
from dingben.document.model import Fragment
from dingben.document.plain import DivisionText, book_text, normalize
from dingben.document.reader import read_fragments
from dingben.errors import RenderError
from dingben.formats.pdf.read_text import text_of_pdf
from dingben.formats.read_text import text_of_epub, text_of_html
from tests.support.books import PARAGRAPH, small_book


def fragments_of(folder: Path) -> tuple[Fragment, ...]:
    return read_fragments(read_book(folder))


@pytest.fixture(scope="module")
def expected(built_book: Path) -> tuple[DivisionText, ...]:
    return book_text(fragments_of(built_book))


@pytest.fixture(scope="module")
def pdf(built_book: Path) -> bytes:
    return (built_book / "build/sihai.pdf").read_bytes()


def test_all_editions_have_the_text_of_the_source(
    built_book: Path, expected: tuple[DivisionText, ...], pdf: bytes
) -> None:
    assert sum(len(d.body) for d in expected) > 4000
    assert compare(expected, text_of_pdf(pdf), "pdf") is None
    assert compare(expected, text_of_epub((built_book / "build/sihai.epub").read_bytes()), "epub") is None
    pages = ["00-preface", "01-origin", "02-change", "90-references"]
    html = [(built_book / f"build/web/{page}.html").read_bytes() for page in pages]
    assert compare(expected, text_of_html(html), "web") is None


def test_normal_form_has_no_spaces_and_break_opportunities(tmp_path: Path) -> None:
    text = (
        '# 第一章 起\n\n甲 *乙*\\\n`丙  丁`[^1]　戊[己](https://example.org "庚")\u00ad\u200b\u2060。\n\n[^1]: 注一。\n'
    )
    text += "\n| 诗一\n|   诗二\n\n1. 辛\n\n![壬](癸.svg)\n"
    small_book(tmp_path, text)
    (tmp_path / "source/chapters/癸.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>图中字</text></svg>', "utf-8"
    )
    (made,) = book_text(fragments_of(tmp_path))
    assert made.body == "第一章起甲乙丙丁戊己。诗一诗二辛壬"
    assert made.notes == "注一。"


# -- faults put into editions


GLYPHS = re.compile(rb"<([0-9a-f]{8,})>")


def with_glyphs(pdf: bytes, page: int, change: str) -> bytes:
    """The PDF with one string of glyphs on a page changed."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        contents = document.pages[page].Contents
        contents = contents[0] if isinstance(contents, pikepdf.Array) else contents  # the margins follow
        stream = contents.read_bytes()
        marked = [m for m in GLYPHS.finditer(stream) if b"MCID" in stream[m.start() - 200 : m.start()]]
        found = marked[len(marked) // 2]
        codes = [found[1][i : i + 4] for i in range(0, len(found[1]), 4)]
        if change == "lost":
            del codes[1]
        elif change == "doubled":
            codes.insert(1, codes[1])
        elif change == "swapped":
            codes[0], codes[1] = codes[1], codes[0]
        contents.write(stream[: found.start(1)] + b"".join(codes) + stream[found.end(1) :])
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("page", [8, 9, 10, 12])
@pytest.mark.parametrize("change", ["lost", "doubled", "swapped"])
def test_lost_doubled_and_swapped_glyphs_are_found(
    pdf: bytes, expected: tuple[DivisionText, ...], page: int, change: str
) -> None:
    assert compare(expected, text_of_pdf(with_glyphs(pdf, page, "same")), "pdf") is None
    problem = compare(expected, text_of_pdf(with_glyphs(pdf, page, change)), "pdf")
    assert problem is not None
    assert "the pdf differs from the source" in problem.message


def test_lost_pages_and_paragraphs_of_the_pdf_are_found(pdf: bytes, expected: tuple[DivisionText, ...]) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        division = next(e for e in document.Root.StructTreeRoot.K[0].K if str(e.get("/T", "")) == "d02")
        paragraphs = [k for k in division.K if str(k.S) == "/P"]
        assert len(paragraphs) > 1
        division.K = pikepdf.Array([k for k in division.K if k.objgen != paragraphs[-1].objgen])
        out = io.BytesIO()
        document.save(out)
    problem = compare(expected, text_of_pdf(out.getvalue()), "pdf")
    assert problem is not None
    assert str(problem.location).split("/")[-1].startswith("01-origin.md:")


def test_lost_epub_chapters_and_web_notes_are_found(expected: tuple[DivisionText, ...]) -> None:
    whole = EditionText(
        (EditionSegment("".join(d.body for d in expected)),), (EditionSegment("".join(d.notes for d in expected)),)
    )
    assert compare(expected, whole, "epub") is None
    shorter = EditionText((EditionSegment("".join(d.body for d in expected[:-1])),), whole.notes)
    problem = compare(expected, shorter, "epub")
    assert problem is not None
    assert problem.location is not None
    assert problem.location.file.name == "90-references.md"
    assert "and ends, not “参考文献" in problem.message
    unnoted = compare(expected, EditionText(whole.body, ()), "web")
    assert unnoted is not None
    assert "not “见《海港志》卷三。" in unnoted.message


def test_difference_is_reported_with_place_and_both_texts(tmp_path: Path) -> None:
    small_book(
        tmp_path, "# 第一章 起首\n\n海港的**研究**，向来以[档案](#d01)与方志为主。\n\n海港的研究，又以碑刻为主。\n"
    )
    expected = book_text(fragments_of(tmp_path))
    got = EditionText((EditionSegment(expected[0].body.replace("又以碑", "又碑")),), ())
    problem = compare(expected, got, "pdf")
    assert problem is not None
    assert str(problem).endswith(
        "01.md:5:8: the pdf differs from the source: it has “方志为主。海港的研究，又碑刻为主。”, "
        "not “方志为主。海港的研究，又以碑刻为主。”"
    )


def test_build_that_loses_text_exits_with_5_and_keeps_the_last_edition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = small_book(tmp_path, f"# 章\n\n{PARAGRAPH}\n")
    build(book, ["pdf"])
    before = (book / "build/haigang.pdf").read_bytes()
    write_htmls = pandoc.write_html_fragments
    monkeypatch.setattr(
        pandoc, "write_html_fragments", lambda *texts: [html.replace("方志", "志") for html in write_htmls(*texts)]
    )
    with pytest.raises(RenderError) as caught:
        build(book, ["pdf"], force=True)
    assert caught.value.exit_code == 5
    assert "01.md:3:13: the pdf differs" in str(caught.value.diagnostics[0])
    assert (book / "build/haigang.pdf").read_bytes() == before


def test_style_that_hides_text_fails_the_build(tmp_path: Path) -> None:
    book = small_book(tmp_path, "# 章\n\n甲[乙]{.secret}丙。\n")
    (book / "styles").mkdir()
    (book / "styles/book.css").write_text(".secret { display: none }", "utf-8")
    with pytest.raises(RenderError, match="it has “章甲丙。”, not “章甲乙丙。”"):
        build(book, ["pdf"])


# -- what is no difference


def test_characters_added_by_layout_are_ignored(tmp_path: Path) -> None:
    """Circled numbers, list marks, divided words, table heads printed again, notes over pages, styles' ornaments."""
    row = "| 甲 | 乙 |\n"
    english = "Characteristically, internationalization notwithstanding, misunderstandings proliferated. " * 8
    text = (
        "# 第一章 起\n\n①甲[^1]①乙[^2]，其一①[^3]。\n\n1. 一\n2. 二\n    - 三\n\n"
        f"[{english}]{{lang=en}}\n\n: 表1 数\n\n{row}|---|---|\n{row * 90}\n"
        f"{row}|---|---|\n{row * 3}\n〔丁〕\n\n::: {{.ornate}}\n戊\n:::\n\n"
        f"[^1]: {PARAGRAPH * 6}\n\n[^2]: 注乙①。\n\n[^3]: 12\n"
    )
    book = small_book(tmp_path, text)
    (book / "styles").mkdir()
    (book / "styles/book.css").write_text('.ornate p::before { content: "※" }', "utf-8")
    build(book)
    got = text_of_pdf((book / "build/haigang.pdf").read_bytes())
    raw = pypdfium2.PdfDocument(book / "build/haigang.pdf")
    assert any("\ufffe" in page.get_textpage().get_text_range() for page in raw)  # PDFium's sign of a divided word
    assert any(piece.optional and piece.text == "甲乙" for piece in got.body)


def test_generated_pages_are_not_compared(pdf: bytes) -> None:
    text = "".join(piece.text for piece in text_of_pdf(pdf).body)
    assert text.startswith("前言")
    assert text.count("参考文献") == 1
    assert "核字" not in text


def test_characters_that_share_a_glyph_are_equal(tmp_path: Path) -> None:
    build(small_book(tmp_path, "# 章\n\nprofile ﬁne ⼀一 Ω Ω\n"), ["pdf"])


# -- the comparison itself

LETTERS = st.text("甲乙丙-a", max_size=12)


@given(st.lists(st.tuples(LETTERS, st.booleans()), max_size=6), LETTERS)
def test_equality_means_that_some_reading_is_the_source(pieces: list[tuple[str, bool]], expected: str) -> None:
    readings = {""}
    for text, optional in pieces:
        readings = {reading + text for reading in readings} | (readings if optional else set())
    found = first_difference(expected, [EditionSegment(text, optional) for text, optional in pieces])
    assert (found is None) == (expected in readings)


@given(st.text(min_size=1), st.integers(0, 50), st.sampled_from(["lost", "doubled", "swapped", "added"]))
def test_any_changed_character_is_found(text: str, at: int, change: str) -> None:
    text = normalize(text)
    at = at % len(text) if text else 0
    changed = {
        "lost": text[:at] + text[at + 1 :],
        "doubled": text[:at] + text[at : at + 1] + text[at:],
        "swapped": text[:at] + text[at : at + 2][::-1] + text[at + 2 :],
        "added": text[:at] + "某" + text[at:],
    }[change]
    found = first_difference(text, [EditionSegment(changed)])
    assert (found is None) == (changed == text)
    if found:
        assert text[: found.offset] == changed[: found.offset]
        assert text[found.offset : found.offset + 1] != changed[found.offset : found.offset + 1]


def test_collation_is_fast(tmp_path: Path) -> None:
    """No quadratic growth: a long division compared with one that differs at its end."""
    text = "海港的研究以档案与方志为主。" * 50_000
    division = dataclasses.replace(read_book(small_book(tmp_path)).divisions[0], text=text)
    problem = compare(
        [DivisionText(division, "d01", text, "")], EditionText((EditionSegment(text[:-1] + "！"),), ()), "pdf"
    )
    assert problem is not None
    assert problem.location is not None
    assert problem.location.column == len(text)
