"""TEI P5 writer: fragments as a TEI document with page breaks, notes, emendations and gaps.

pandoc's own TEI writer supports neither page breaks nor division types, so the tree is built here. It is valid against
tei_all (https://www.tei-c.org/guidelines/p5/); :mod:`dingben.formats.tei.header` builds the header,
:mod:`dingben.formats.tei.apparatus` marks emendations and gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree

from dingben.book.metadata import iso_date
from dingben.book.model import Book, Division
from dingben.diagnostics import Diagnostic
from dingben.document.ast import Node, text_of
from dingben.document.lists import written_number
from dingben.document.model import Fragment
from dingben.document.notes import inlines_of
from dingben.document.ruby import ruby_pairs
from dingben.formats.tei import apparatus
from dingben.formats.tei.header import tei_header
from dingben.formats.tei.xml import (
    ID,
    LANG,
    NAMESPACE,
    add_element,
    append_text,
    character_count,
    element,
    indent,
    is_named,
    set_identity,
    xml_id,
)
from dingben.language.strings import words
from dingben.theme.templates import imprint_rows

DEFAULT = {None: NAMESPACE}

RENDITION = {
    "Strong": "bold",
    "Underline": "underline",
    "Strikeout": "strikethrough",
    "Superscript": "superscript",
    "Subscript": "subscript",
    "SmallCaps": "smallcaps",
}
"""Inlines that only differ in looks: ``hi`` with this ``rend``."""

MEANING: dict[str, tuple[str, dict[str, str]]] = {
    "emphasis-dots": ("emph", {"rend": "dots"}),
    "proper-noun": ("name", {"rend": "underline"}),
    "book-title-mark": ("title", {"rend": "wavy"}),
}
"""TEI elements for the classes of Chinese marks: 着重号, 专名号, 书名号."""


def make_tei(
    book: Book, fragments: Sequence[Fragment], date: str | None, gaps: Sequence[Diagnostic]
) -> tuple[bytes, tuple[Diagnostic, ...]]:
    """Return the TEI document and its warnings.

    ``date`` is the edition's (ISO 8601) or None; ``gaps`` are the places where the text breaks off.
    """
    writer = TeiWriter(book, fragments)
    text = writer.text()
    readings, findings = apparatus.mark_emendations(book, fragments, writer.divs)
    apparatus.mark_gaps(gaps, fragments, writer.divs)
    root = etree.Element(f"{{{NAMESPACE}}}TEI", {LANG: book.title.language}, nsmap=DEFAULT)  # type: ignore[arg-type]
    root.append(tei_header(book, readings, date, character_count(text)))
    root.append(text)
    indent(root)
    document: bytes = etree.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + document + b"\n", findings


class TeiWriter:
    """Builds the text of one book; ``divs``: the ``div`` of each fragment by its identifier."""

    def __init__(self, book: Book, fragments: Sequence[Fragment]) -> None:
        self.book = book
        self.by_path = {f.division.path: f for f in fragments}
        self.divs: dict[str, etree._Element] = {}
        self.notes = 0

    def text(self) -> etree._Element:
        """Build ``text`` with front, body and back; only the body is mandatory."""
        root = element("text")
        for matter in ("front", "body", "back"):
            parts = [self.part(d) for d in self.book.divisions if d.matter == matter]
            divisions = [part for part in parts if part is not None]
            if divisions or matter == "body":
                group = add_element(root, matter)
                group.extend(divisions or [element("p")])
        return root

    def part(self, division: Division) -> etree._Element | None:
        """Build a division; None for a page about this edition only, which the header covers."""
        if division.path:
            return self.division(self.by_path[division.path])
        if division.role in ("titlepage", "halftitlepage"):
            return self.title_page(whole=division.role == "titlepage")
        if division.role == "imprint":
            return self.imprint()
        return element("divGen", type="toc") if division.role == "toc" else None

    # -- leaves that come from the metadata

    def title_page(self, *, whole: bool) -> etree._Element:
        """Build ``titlePage``, or the half-title with the title alone."""
        title, publication = self.book.title, self.book.publication
        page = element("titlePage", type="title" if whole else "half")
        if whole and title.series:
            add_element(page, "titlePart", title.series, type="series")
        names = add_element(page, "docTitle")
        add_element(names, "titlePart", title.title, type="main")
        if not whole:
            return page
        if title.subtitle:
            add_element(names, "titlePart", title.subtitle, type="sub")
        if self.book.byline:
            add_element(page, "byline", self.book.byline)
        if publication.edition:
            add_element(page, "docEdition", publication.edition)
        if publication.publisher or publication.publisher_place or publication.pub_date:
            imprint = add_element(page, "docImprint")
            for tag, value in (("pubPlace", publication.publisher_place), ("publisher", publication.publisher)):
                if value:
                    add_element(imprint, tag, value)
            if publication.pub_date:
                when = iso_date(publication.pub_date)
                add_element(imprint, "docDate", publication.pub_date, **({"when": when} if when else {}))
        return page

    def imprint(self) -> etree._Element:
        """Build the imprint page as labels and values."""
        page = element("div", type="imprint")
        add_element(page, "head", words(self.book.title.language)["imprint"])
        rows = imprint_rows(self.book)
        if rows:
            table = add_element(page, "list", type="gloss")
            for label, value in rows:
                add_element(table, "label", label)
                add_element(table, "item", value)
        return page

    # -- divisions

    def division(self, fragment: Fragment) -> etree._Element:
        """Build a division with nested sections, by heading level."""
        root = element("div", type=fragment.division.role)
        self.divs[fragment.identifier] = root
        stack = [(1, root)]
        for block in fragment.blocks:
            if block["t"] != "Header":
                self.block(block, stack[-1][1])
                continue
            level, (identifier, _, pairs), inlines = block["c"]
            while level > 1 and stack[-1][0] >= level:
                stack.pop()
            place = root if level == 1 else add_element(stack[-1][1], "div", type="section")
            if level > 1:
                stack.append((level, place))
            set_identity(place, identifier, pairs)
            self.inlines(inlines, add_element(place, "head"))
        for each in list(root.iter(f"{{{NAMESPACE}}}closer", f"{{{NAMESPACE}}}epigraph")):
            fix_placement(each)
        return root

    def blocks(self, nodes: Sequence[Node], parent: etree._Element) -> None:
        for node in nodes:
            self.block(node, parent)

    def block(self, node: Node, parent: etree._Element) -> None:
        """Append a Block of pandoc's AST to ``parent``."""
        kind, content = node["t"], node.get("c")
        if kind in ("Para", "Plain"):
            self.inlines(content or [], add_element(parent, "p"))
        elif kind == "Header":  # within a quotation or a list, where no division can begin
            self.inlines(node["c"][2], add_element(parent, "label", type="heading"))
        elif kind == "LineBlock":
            self.verse(content or [], parent)
        elif kind == "CodeBlock":
            add_element(parent, "eg", node["c"][1])
        elif kind == "BlockQuote":
            self.blocks(content or [], add_element(parent, "quote"))
        elif kind in ("BulletList", "OrderedList"):
            self.list(node, parent)
        elif kind == "DefinitionList":
            child = add_element(parent, "list", type="gloss")
            for term, meanings in content or []:
                self.inlines(term, add_element(child, "label"))
                self.cell([block for meaning in meanings for block in meaning], add_element(child, "item"))
        elif kind == "HorizontalRule":
            add_element(parent, "milestone", unit="section", rend="rule")
        elif kind == "Table":
            self.table(node["c"], parent)
        elif kind == "Figure":
            self.figure(node["c"], parent)
        elif kind == "Div":
            self.div(node["c"], parent)
        else:
            raise AssertionError(f"pandoc has an unknown Block: {kind}")

    def verse(self, lines: Sequence[list[Node]], parent: etree._Element) -> None:
        """Append a LineBlock as stanzas (``lg``), separated by empty lines."""
        group = None
        for line in lines:
            if not line:
                group = None
                continue
            group = add_element(parent, "lg") if group is None else group
            self.inlines(line, add_element(group, "l"))

    def list(self, node: Node, parent: etree._Element) -> None:
        ordered = node["t"] == "OrderedList"
        list_node = add_element(parent, "list", rend="numbered" if ordered else "bulleted")
        first = node["c"][0][0] if ordered else 1
        for number, item in enumerate(node["c"][1] if ordered else node["c"], first):
            mark = {"n": written_number(node["c"][0], number)} if ordered else {}
            self.cell(item, add_element(list_node, "item", **mark))

    def cell(self, nodes: Sequence[Node], parent: etree._Element) -> None:
        """Append the blocks of a cell or an item; a single paragraph needs no ``p``."""
        if len(nodes) == 1 and nodes[0]["t"] in ("Plain", "Para"):
            self.inlines(nodes[0]["c"], parent)
        else:
            self.blocks(nodes, parent)

    def table(self, content: Sequence[Any], parent: etree._Element) -> None:
        (identifier, _, pairs), (_, caption), _, head, bodies, foot = content
        table_node = add_element(parent, "table")
        set_identity(table_node, identifier, pairs)
        if caption:
            self.inlines(join_paragraphs(caption), add_element(table_node, "head"))
        labelled = [(row, True) for row in head[1]]
        for body in bodies:
            labelled += [(row, True) for row in body[2]] + [(row, False) for row in body[3]]
        for (_, cells), label in [*labelled, *((row, False) for row in foot[1])]:
            line = add_element(table_node, "row", **({"role": "label"} if label else {}))
            for _, _, deep, wide, blocks in cells:
                size = {key: str(n) for key, n in (("rows", deep), ("cols", wide)) if n > 1}
                self.cell(blocks, add_element(line, "cell", **size))

    def figure(self, content: Sequence[Any], parent: etree._Element) -> None:
        (identifier, _, pairs), (_, caption), blocks = content
        figure_node = add_element(parent, "figure")
        set_identity(figure_node, identifier, pairs)
        if caption:
            self.inlines(join_paragraphs(caption), add_element(figure_node, "head"))
        for block in blocks:
            images = [n for n in block["c"] if n["t"] == "Image"] if block["t"] in ("Plain", "Para") else []
            for image in images:
                self.picture(image, figure_node, text_of(join_paragraphs(caption)))
            if not images:
                self.block(block, figure_node)

    def picture(self, node: Node, figure: etree._Element, caption: str) -> None:
        """Append ``graphic`` and ``figDesc``; a description that repeats the caption is left out."""
        (identifier, _, pairs), alt, (target, _) = node["c"]
        set_identity(figure, identifier, pairs)
        described = dict(pairs).get("alt") or text_of(alt)
        if described and described != caption:
            add_element(figure, "figDesc", described)
        add_element(figure, "graphic", url=f"../source/{target}")

    def div(self, content: Sequence[Any], parent: etree._Element) -> None:
        """Append a Div: an epigraph, a signature, or content with its class as ``rend``."""
        (identifier, classes, pairs), blocks = content
        if "epigraph" in classes:
            root_div = add_element(parent, "epigraph")
            self.blocks(blocks, root_div)
            if len(root_div) > 1 and is_named(root_div[-1], "p") and (root_div[-1].text or "").startswith("——"):
                root_div[-1].tag = f"{{{NAMESPACE}}}bibl"  # where the words come from
        elif "signature" in classes:
            root_div = add_element(parent, "closer")
            for block in blocks:
                self.inlines(join_paragraphs([block]), add_element(root_div, "signed"))
        else:
            before = len(parent)
            self.blocks(blocks, parent)
            if len(parent) == before:
                return
            root_div = parent[before]
            for each in list(parent)[before:]:
                if classes:
                    each.set("rend", " ".join(classes))
        set_identity(root_div, identifier, pairs)

    # -- inlines

    def inlines(self, nodes: Sequence[Node], parent: etree._Element) -> None:
        for node in nodes:
            self.inline(node, parent)

    def inline(self, node: Node, parent: etree._Element) -> None:
        """Append an Inline of pandoc's AST to ``parent``."""
        kind, content = node["t"], node.get("c")
        if kind == "Str":
            append_text(parent, str(content))
        elif kind in ("Space", "SoftBreak"):
            append_text(parent, " ")
        elif kind == "LineBreak":
            add_element(parent, "lb")
        elif kind == "Emph":
            self.inlines(content or [], add_element(parent, "emph"))
        elif kind in RENDITION:
            self.inlines(content or [], add_element(parent, "hi", rend=RENDITION[kind]))
        elif kind == "Code":
            add_element(parent, "code", node["c"][1])
        elif kind == "Note":
            self.notes += 1
            note = add_element(parent, "note", place="foot", n=str(self.notes))
            self.blocks(content or [], note)
        elif kind == "Image":
            self.picture(node, add_element(parent, "figure"), "")
        elif kind == "Link":
            (identifier, _, pairs), inlines, (target, _) = node["c"]
            child = add_element(parent, "ref", target=f"#{xml_id(target[1:])}" if target.startswith("#") else target)
            set_identity(child, identifier, pairs)
            self.inlines(inlines, child)
        elif kind == "Span":
            self.span(node["c"], parent)
        elif kind == "Quoted":
            marks = "‘’" if node["c"][0]["t"] == "SingleQuote" else "“”"
            append_text(parent, marks[0])
            self.inlines(node["c"][1], parent)
            append_text(parent, marks[1])
        elif kind == "Cite":
            self.inlines(node["c"][1], parent)
        else:
            raise AssertionError(f"pandoc has an unknown Inline: {kind}")

    def span(self, content: Sequence[Any], parent: etree._Element) -> None:
        """Append a Span: page break, foreign words, ruby; classes for layout only are dropped."""
        (identifier, classes, pairs), inlines = content
        values = dict(pairs)
        if "pagebreak" in classes:
            add_element(parent, "pb", **{"n": values.get("title", ""), ID: xml_id(identifier)})
            return
        marks = [c for c in classes if c not in ("label", "title", "phrase")]
        if found := ruby_pairs({"t": "Span", "c": content}):
            child = add_element(parent, "seg", type="ruby") if len(found) > 1 else parent
            for base, reading in found:
                ruby = add_element(child, "ruby")
                self.inlines(base, add_element(ruby, "rb"))
                add_element(ruby, "rt", reading)
            child = child if len(found) > 1 else child[-1]
        elif marks:
            tag, attributes = MEANING.get(marks[0], ("hi", {"rend": " ".join(marks)}))
            child = add_element(parent, tag, **attributes)
            self.inlines(inlines, child)
        elif identifier or "lang" in values:
            child = add_element(parent, "foreign" if "lang" in values else "seg")
            self.inlines(inlines, child)
        else:
            self.inlines(inlines, parent)
            return
        set_identity(child, identifier, pairs)


def join_paragraphs(blocks: Sequence[Node]) -> list[Node]:
    """Join several paragraphs into one run of inlines, as in a caption or a signature."""
    lines = [inlines_of(block) for block in blocks]
    return [n for line in lines for n in ({"t": "LineBreak"}, *line)][1:]


def fix_placement(root: etree._Element) -> None:
    """Rename a ``closer`` that is not last, and an ``epigraph`` that is not first, as TEI's content model requires."""
    followed = any(not is_named(each, "closer", "pb") for each in root.itersiblings())
    preceded = any(not is_named(each, "head", "epigraph", "pb") for each in root.itersiblings(preceding=True))
    closes = any(not is_named(each, "head", "epigraph", "pb", "closer") for each in root.itersiblings(preceding=True))
    parent = root.getparent()
    in_division = parent is not None and is_named(parent, "div")
    if is_named(root, "epigraph") and (preceded or not in_division):
        root.tag = f"{{{NAMESPACE}}}quote"
        root.set("type", "epigraph")
    elif is_named(root, "closer") and (followed or not in_division or not closes):
        root.tag = f"{{{NAMESPACE}}}ab"
        root.set("type", "signature")
        for line in root:
            line.tag = f"{{{NAMESPACE}}}seg"
