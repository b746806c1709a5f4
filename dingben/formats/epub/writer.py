"""EPUB 3 writer: pandoc's EPUB from the fragments, then completed.

pandoc splits the chapters and writes the navigation document, NCX and package document. Afterwards, with lxml:
generated pages (title page, imprint …) from the templates, document titles, roles, landmarks and contents in the
book's language, the page list, the cover, and accessibility metadata. https://www.w3.org/TR/epub-33/
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lxml import etree

from dingben.book.metadata import identifier_of
from dingben.book.model import Book
from dingben.book.toml import place_of_key
from dingben.diagnostics import Diagnostic
from dingben.document import pandoc
from dingben.document.ast import Node, str_node
from dingben.document.images import embed_pictures
from dingben.document.model import Fragment
from dingben.document.notes import add_endnotes
from dingben.formats.epub.metadata import package_metadata
from dingben.formats.epub.split import MAX_FILE_BYTES, identifiers_in, retarget, split_document
from dingben.formats.xml import (
    DC,
    OPF,
    OPS,
    XHTML,
    add_list_link,
    add_manifest_item,
    escape,
    find_all,
    find_one,
    generated_section,
    nav_element,
    remove_generator,
    set_type,
)
from dingben.language.strings import words
from dingben.system.xml import safe_parser
from dingben.theme.stylesheets import resolve_variables, stylesheet
from dingben.theme.templates import RenderedDivision, Templates, rendered_divisions

if TYPE_CHECKING:
    from dingben.formats.epub.fonts import EmbeddedFont

MATTER = {"front": "frontmatter", "body": "bodymatter", "back": "backmatter"}
ARIA = frozenset(
    {
        "abstract", "acknowledgments", "afterword", "appendix", "bibliography", "chapter", "colophon", "conclusion",
        "credits", "dedication", "endnotes", "epigraph", "epilogue", "errata", "foreword", "glossary", "index",
        "introduction", "notice", "part", "preface", "prologue",
    }
)  # fmt: skip
"""Roles with a DPUB-ARIA counterpart: https://www.w3.org/TR/dpub-aria-1.1/."""

WITHOUT_TEXT = frozenset({"toc", "loi", "lot", "cover"})
"""Generated pages that are not content documents of the text."""

STYLE_PATH = "EPUB/styles/stylesheet1.css"


@dataclass(frozen=True, slots=True)
class EpubOptions:
    """Options of an e-book.

    ``cover`` returns the JPEG. ``modified`` comes from SOURCE_DATE_EPOCH or the book, never from a clock.
    """

    cover: Callable[[], bytes]
    tools: dict[str, str]
    date: str | None
    modified: datetime
    findings: list[Diagnostic] = field(default_factory=list)
    """Receives diagnostics that don't stop the build."""


def pandoc_epub(book: Book, fragments: Sequence[Fragment]) -> pandoc.PandocOutput[bytes]:
    """Prepare the EPUB written by pandoc. Its dates come from SOURCE_DATE_EPOCH."""
    options = [
        "--split-level=1",
        "--toc",
        "--toc-depth=3",
        "--epub-title-page=false",
        "--wrap=none",
        "--syntax-highlighting=none",
    ]
    text = book_blocks(book, fragments, division_outline(book, fragments))
    return pandoc.PandocOutput((pandoc.document_json(text, pandoc_metadata(book)), "json", "epub3", options), bytes)


def division_outline(book: Book, fragments: Sequence[Fragment]) -> tuple[RenderedDivision, ...]:
    """Return the divisions of the book without their texts."""
    return tuple(rendered_divisions(book, fragments, [""] * len(fragments)))


def make_epub(
    book: Book, fragments: Sequence[Fragment], writing: pandoc.PandocOutput[bytes], making: EpubOptions
) -> bytes:
    """Return the EPUB 3 publication; ``writing`` is the output of :func:`pandoc_epub`."""
    with contextlib.closing(writing):
        writing.begin()
        finisher = EpubFinisher(book, fragments, making)  # prepares all that doesn't need pandoc's files
        return finisher.complete(writing.result())


def book_blocks(book: Book, fragments: Sequence[Fragment], parts: Sequence[RenderedDivision]) -> list[Node]:
    """Return the blocks of all divisions; a generated one is a heading that is replaced afterwards."""
    own = add_endnotes(fragments, book.title.language)
    by_path = {f.division.path: embed_pictures(b, f.pictures) for f, b in zip(fragments, own, strict=True)}
    blocks: list[Node] = []
    for part in parts:
        if part.division.path:
            blocks += by_path[part.division.path]
        elif part.role not in WITHOUT_TEXT:
            title = [str_node(words(book.title.language)[part.role])]
            blocks.append({"t": "Header", "c": [1, [part.identifier, ["unlisted"], []], title]})
    return blocks


def pandoc_metadata(book: Book) -> dict[str, Node]:
    """Return the metadata pandoc needs for NCX and navigation document (https://pandoc.org/MANUAL.html#epub-metadata)."""
    values = {
        "title": book.title.title,
        "lang": book.title.language,
        "identifier": identifier_of(book)[1],
        "toc-title": words(book.title.language)["contents"],
    }
    return {key: {"t": "MetaString", "c": value} for key, value in values.items()}


# -- afterwards


class EpubFinisher:
    """Completes the files of one EPUB written by pandoc."""

    def __init__(self, book: Book, fragments: Sequence[Fragment], making: EpubOptions) -> None:
        self.book, self.fragments, self.making = book, fragments, making
        self.parts = parts = division_outline(book, fragments)
        self.words = words(book.title.language)
        self.vertical = book.format.writing == "vertical"
        self.headings = {h.identifier: h.text for f in fragments for h in f.headings}
        templates, given = Templates(book), {"tools": making.tools, "date": making.date}
        self.pages = {
            p.role: templates.render(f"{p.role}.html", **given)
            for p in parts
            if p.generated and p.role not in WITHOUT_TEXT
        }
        """What the templates make, by role."""
        sheets = ("epub", "vertical") if self.vertical else ("epub",)
        self.style = resolve_variables(stylesheet(book.folder, *sheets, design=book.design)).encode("utf-8")
        self.record = package_metadata(book, fragments, making.modified)
        self.files: dict[str, bytes] = {}
        self.font: EmbeddedFont | None = None
        self.place: dict[str, str] = {}
        """Identifier of each division: its file below EPUB/."""
        self.moved: dict[str, str] = {}
        """Identifiers in files that were split off: their file."""

    def complete(self, raw: bytes) -> bytes:
        """Return the completed publication from pandoc's ``raw`` one."""
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            self.files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        for name in sorted(self.files):
            if name.startswith("EPUB/text/"):
                self.edit(name, self.chapter)
        self.split()
        self.files["EPUB/text/cover.xhtml"] = self.cover_page()
        self.files["EPUB/media/cover.jpg"] = self.making.cover()
        self.files[STYLE_PATH] = self.style
        for name, change in (("EPUB/nav.xhtml", self.navigation), ("EPUB/toc.ncx", self.ncx)):
            self.edit(name, change)
            if self.moved:
                self.edit(name, lambda root, _: retarget(root, self.moved))
        if self.book.format.embed_font:
            self.embed(self.book.format.embed_font)
        self.edit("EPUB/content.opf", self.package)
        return self.make_container()

    def edit(self, name: str, change: Callable[[etree._Element, str], None]) -> None:
        root = etree.fromstring(self.files[name], safe_parser())
        change(root, name)
        self.write(name, root)

    def write(self, name: str, root: etree._Element) -> None:
        doctype = b"<!DOCTYPE html>\n" if name.endswith(".xhtml") else b""
        text: bytes = etree.tostring(root, encoding="utf-8")
        self.files[name] = b'<?xml version="1.0" encoding="UTF-8"?>\n' + doctype + text + b"\n"

    # -- text

    def chapter(self, root: etree._Element, name: str) -> None:
        """Complete a content document: title, roles, page breaks; a generated page gets its text."""
        section = find_one(root, "//h:body/h:section")
        part = next(p for p in self.parts if p.identifier == section.get("id") or self.holds(p, section.get("id")))
        self.place[part.identifier] = name.removeprefix("EPUB/")
        body = find_one(root, "//h:body")
        set_type(body, MATTER[part.matter])
        if part.generated:
            html = self.pages[part.role]
            new_body = generated_section(html, self.book.folder / "templates" / f"{part.role}.html")
            body.replace(section, new_body)
            section = new_body
        set_type(section, part.role)
        if part.role in ARIA:
            section.set("role", f"doc-{part.role}")
        section.set("class", part.role)
        title = part.heading.text if part.heading else self.words[part.role]
        if part.generated:
            section.set("aria-label", title)
        find_one(root, "//h:title").text = title
        for mark in find_all(root, "//h:span[contains(@class, 'pagebreak')]"):
            set_type(mark, "pagebreak")
            mark.set("role", "doc-pagebreak")
            mark.set("aria-label", mark.attrib.pop("title"))
        section.extend(find_all(section, ".//h:div[@class='notes']"))  # pandoc has them in the last subsection
        remove_generator(root)

    def split(self) -> None:
        """Split long divisions (:mod:`dingben.formats.epub.split`)."""
        texts = [name for name in sorted(self.files) if name.startswith("EPUB/text/")]
        for name in texts:
            if len(self.files[name]) > MAX_FILE_BYTES:
                root = etree.fromstring(self.files[name], safe_parser())
                for piece in split_document(root, self.headings, MAX_FILE_BYTES):
                    file = name if piece.number == 1 else name.replace(".xhtml", f"-{piece.number:02d}.xhtml")
                    self.write(file, piece.root)
                    if piece.number > 1:
                        self.moved |= dict.fromkeys(identifiers_in(piece.root), file.removeprefix("EPUB/text/"))
        if self.moved:
            for name in [name for name in self.files if name.startswith("EPUB/text/")]:
                self.edit(name, lambda root, _: retarget(root, self.moved))

    def holds(self, part: RenderedDivision, identifier: str | None) -> bool:
        return part.heading is not None and part.heading.identifier == identifier

    def cover_page(self) -> bytes:
        lang, label = self.book.title.language, self.words["cover"]
        alt = escape(f"{label}：{self.book.title.title}")
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
            f'<html xmlns="{XHTML}" xmlns:epub="{OPS}" lang="{lang}" xml:lang="{lang}">\n'
            f'<head><meta charset="utf-8"/><title>{label}</title>\n'
            f'<link rel="stylesheet" type="text/css" href="../styles/stylesheet1.css"/></head>\n'
            f'<body epub:type="cover" class="cover"><p class="cover"><img src="../media/cover.jpg" alt="{alt}"/></p>'
            f"</body>\n</html>\n"
        ).encode()

    # -- navigation

    def navigation(self, root: etree._Element, _name: str) -> None:
        """Complete the navigation document: contents, landmarks, page list (https://www.w3.org/TR/epub-33/#sec-nav)."""
        find_one(root, "//h:title").text = self.words["contents"]
        find_one(root, "//h:h1[@id='toc-title']").text = self.words["contents"]
        set_type(find_one(root, "//h:body"), "frontmatter")
        for link in find_all(root, "//h:nav[@id='toc']//h:a"):
            for child in list(link):
                link.remove(child)
            link.text = self.label(link.get("href"))
        body = find_one(root, "//h:body")
        body.remove(find_one(root, "//h:nav[@id='landmarks']"))
        body.append(self.landmarks())
        pages = self.page_list()
        if len(pages[0]):
            body.append(pages)
        remove_generator(root)

    def ncx(self, root: etree._Element, _name: str) -> None:
        """Write the labels of the NCX like those of the navigation document."""
        for point in find_all(root, "//n:navPoint"):
            find_one(point, "n:navLabel/n:text").text = self.label(find_one(point, "n:content").get("src"))

    def label(self, target: str | None) -> str:
        """Return the heading at ``file#identifier``: label and title, without note calls."""
        identifier = (target or "").partition("#")[2]
        return self.headings.get(identifier) or self.words[identifier]

    def landmarks(self) -> etree._Element:
        marks = [("text/cover.xhtml", "cover", self.words["cover"]), ("#toc", "toc", self.words["contents"])]
        opening = next((p for p in self.parts if p.matter == "body" and p.identifier in self.place), None)
        if opening:
            marks.append((self.place[opening.identifier], "bodymatter", self.words["body"]))
        for part in self.parts:
            if part.matter != "body" and part.identifier in self.place:
                label = part.heading.text if part.heading else self.words[part.role]
                marks.append((self.place[part.identifier], part.role, label))
        nav = nav_element("landmarks", None, "landmarks")
        for href, kind, label in marks:
            link = add_list_link(nav, href, label)
            set_type(link, kind)
        return nav

    def page_list(self) -> etree._Element:
        nav = nav_element("page-list", "doc-pagelist", "page-list")
        nav.set("aria-label", self.words["page_list"])
        for fragment in self.fragments:
            for identifier, label in fragment.pages:
                add_list_link(nav, f"{self.place[fragment.identifier]}#{identifier}", label)
        return nav

    def embed(self, family: str) -> None:
        """Embed the font that book.toml names, subset to the characters of all files."""
        from dingben.formats.epub.fonts import embed_font

        texts = [data for name, data in self.files.items() if name.endswith((".xhtml", ".css"))]
        characters = set(b"".join(texts).decode("utf-8"))
        self.font = embed_font(family, characters, place_of_key(self.book.folder, "format", "embed_font"))
        self.files[f"EPUB/fonts/{self.font.name}"] = self.font.data
        self.files[STYLE_PATH] = self.font.css.encode("utf-8") + self.files[STYLE_PATH]
        self.making.findings.extend(self.font.findings)

    # -- package

    def package(self, root: etree._Element, _name: str) -> None:
        """Complete the package document: metadata, manifest, spine (https://www.w3.org/TR/epub-33/#sec-package-doc)."""
        manifest, spine = (find_one(root, f"opf:{name}") for name in ("manifest", "spine"))
        record = self.record
        root.replace(find_one(root, "opf:metadata"), record)
        del root.attrib["prefix"]
        add_manifest_item(manifest, "cover-image", "media/cover.jpg", "image/jpeg", "cover-image")
        add_manifest_item(manifest, "cover", "text/cover.xhtml", "application/xhtml+xml")
        if self.font:
            etree.SubElement(record, f"{{{DC}}}rights").text = self.font.rights
            add_manifest_item(manifest, "font", f"fonts/{self.font.name}", self.font.media_type)
        nav = find_one(spine, "opf:itemref[@idref='nav']")
        spine.remove(nav)
        spine.insert(self.contents_position(), nav)
        spine.insert(0, etree.Element(f"{{{OPF}}}itemref", idref="cover"))
        last: dict[str, etree._Element] = {}
        for file in dict.fromkeys(self.moved.values()):
            whole, identifier = f"{file.rpartition('-')[0]}_xhtml", file.replace(".", "_")
            add_manifest_item(manifest, identifier, f"text/{file}", "application/xhtml+xml")
            before = last[whole] if whole in last else find_one(spine, f"opf:itemref[@idref='{whole}']")
            last[whole] = etree.Element(f"{{{OPF}}}itemref", idref=identifier)
            before.addnext(last[whole])
        if self.vertical:
            spine.set("page-progression-direction", "rtl")
            etree.SubElement(record, f"{{{OPF}}}meta", name="primary-writing-mode", content="vertical-rl")  # Kindle
        for guide in find_all(root, "opf:guide"):
            root.remove(guide)
        for element in (record, manifest, spine):
            etree.indent(element, "  ", level=1)

    def contents_position(self) -> int:
        """Return the position of the contents in the spine: the book's own, else before the body."""
        files = [p for p in self.parts if p.role != "cover"]
        position = next((i for i, p in enumerate(files) if p.role == "toc"), None)
        return position if position is not None else sum(p.matter == "front" for p in files)

    def make_container(self) -> bytes:
        """Return the container, byte for byte reproducible: OCF requires mimetype first and stored."""
        out = io.BytesIO()
        when = self.making.modified.astimezone(UTC).timetuple()[:6]
        with zipfile.ZipFile(out, "w") as archive:
            for name in sorted(self.files, key=lambda n: (n != "mimetype", not n.startswith("META-INF"), n)):
                info = zipfile.ZipInfo(name, max(when, (1980, 1, 1, 0, 0, 0)))
                info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                info.create_system = 3
                archive.writestr(info, self.files[name])
        return out.getvalue()
