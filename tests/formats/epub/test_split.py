"""A chapter too long for one file: every identifier, link, note and page is still found."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from lxml import etree

from dingben.builder.graph import build
from dingben.formats.epub.split import MAX_FILE_BYTES
from tests.support.books import PARAGRAPH, small_book

pytestmark = pytest.mark.slow  # two megabytes of text

XHTML = "{http://www.w3.org/1999/xhtml}"


def long_chapter() -> str:
    """Two megabytes in eight sections of very different length, a note and a printed page in each paragraph."""
    lines = ['# 第一章 长\n\n[]{.pagebreak #page-1 title="1"}首段[^first]，见[末节](#last)。\n\n[^first]: 首注。\n']
    page = 1
    for section in range(1, 9):
        lines.append(f"## 第{section}节 节{section}{' {#last}' if section == 8 else ''}\n")
        for part in range(1, 9 if section == 3 else 2):
            lines.append(f"### {section}.{part} 目\n")
            for number in range(150 if section == 3 else 60):
                page += 1
                key = f"{section}-{part}-{number}"
                lines.append(
                    f'[]{{.pagebreak #page-{page} title="{page}"}}{PARAGRAPH * 4}[^{key}]见[首](#page-1)。\n\n[^{key}]: 注{key}。\n'
                )
    return "\n".join(lines)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, etree._Element]:
    """The XML files of the long book's EPUB, below EPUB/."""
    folder = tmp_path_factory.mktemp("long")
    chapter = long_chapter()
    assert len(chapter.encode()) > 1_900_000
    build(small_book(folder, chapter), ["epub"])
    with zipfile.ZipFile(folder / "build/haigang.epub") as archive:
        names = [n for n in archive.namelist() if n.endswith((".xhtml", ".opf", ".ncx"))]
        return {n.removeprefix("EPUB/"): etree.fromstring(archive.read(n)) for n in names}


def texts(files: dict[str, etree._Element]) -> dict[str, etree._Element]:
    return {n: r for n, r in files.items() if n.startswith("text/ch")}


def test_split_files_are_short_and_in_spine_order(files: dict[str, etree._Element]) -> None:
    assert len(texts(files)) > 5
    assert all(len(etree.tostring(root, encoding="utf-8")) < 1.6 * MAX_FILE_BYTES for root in texts(files).values())
    spine = [str(e.get("idref")) for e in files["content.opf"].iter("{*}itemref")]
    assert spine == [
        "cover",
        "nav",
        *(n.removeprefix("text/").replace(".", "_") for n in sorted(texts(files), key=number)),
    ]


def number(name: str) -> int:
    return int(name.partition("-")[2].partition(".")[0] or 1)


def test_links_reach_targets_in_split_files(files: dict[str, etree._Element]) -> None:
    where = {str(e.get("id")): n for n, r in texts(files).items() for e in r.iter() if e.get("id")}
    assert len(where) == sum(1 for r in texts(files).values() for e in r.iter() if e.get("id"))
    links = 0
    for name, root in files.items():
        for element in root.iter(f"{XHTML}a", "{*}content"):
            path, _, identifier = str(element.get("href") or element.get("src")).partition("#")
            if identifier and identifier != "toc":
                folder = "text/" if name.startswith("text/") else ""
                assert where[identifier] == folder + path, (name, path, identifier)
                links += 1
    assert links > 4000


def test_notes_are_in_the_file_of_their_call(files: dict[str, etree._Element]) -> None:
    for root in texts(files).values():
        calls = {str(a.get("href")).partition("#")[2] for a in root.iter(f"{XHTML}a") if a.get("role") == "doc-noteref"}
        notes = {str(d.get("id")) for d in root.iter(f"{XHTML}div") if d.get("role") == "doc-footnote"}
        assert calls == notes
        assert notes


def test_split_chapter_is_listed_once_and_every_file_has_a_title(files: dict[str, etree._Element]) -> None:
    roles = [e.get("role") for r in texts(files).values() for e in r.iter(f"{XHTML}section") if e.get("role")]
    assert roles == ["doc-chapter"]
    titles = [r.findtext(f".//{XHTML}title") for r in texts(files).values()]
    assert len(set(titles)) == len(titles)
    assert "第一章 长：第八节 节8" in titles or any(t and t.startswith("第一章 长：") for t in titles)


def test_long_chapter_without_sections_is_reported(tmp_path: Path) -> None:
    made = build(small_book(tmp_path, f"# 章\n\n{(PARAGRAPH * 5 + chr(10) * 2) * 1500}"), ["epub"])
    assert "the division is 2.1 MB long and has no sections" in [f.message for f in made.diagnostics]
