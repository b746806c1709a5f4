"""Place notes: footnotes for print, endnotes of each division for the screen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from dingben.document.ast import Node, div, link, rewrite, span, str_node
from dingben.document.lists import with_counter
from dingben.document.model import Fragment
from dingben.document.ruby import ruby_for_screen
from dingben.language.strings import words

INLINE = frozenset(
    {
        "Cite", "Code", "Emph", "Image", "LineBreak", "Link", "Note", "Quoted", "SmallCaps", "SoftBreak", "Space",
        "Span", "Str", "Strikeout", "Strong", "Subscript", "Superscript", "Underline",
    }
)  # fmt: skip


def footnotes(blocks: Sequence[Node]) -> list[Node]:
    """Turn each Note into a span at its call; the print styles float it to the foot of the page.

    Where the first heading has an identifier, notes get identifiers too, so that calls can link to them. Ordered lists
    get their numbers for print.
    """
    heading = next((block["c"][1][0] for block in blocks if block["t"] == "Header"), "")
    numbers = count(1)

    def visit(node: Node) -> list[Node]:
        if node["t"] == "OrderedList":
            return [with_counter(node, starts=True)]
        if node["t"] != "Note":
            return [node]
        identifier = f"{heading}-fn{next(numbers):02d}" if heading else ""
        return [span(["note"], note_content(node["c"]), identifier)]

    return rewrite(list(blocks), visit)


def note_content(blocks: Sequence[Node]) -> list[Node]:
    """Return the inlines of a note: its only paragraph, or a span for each block, which the styles set as a block.

    HTML allows no block in the paragraph that calls the note.
    """
    if len(blocks) == 1 and blocks[0]["t"] in ("Para", "Plain"):
        return list(blocks[0]["c"])
    return [content for block in blocks for content in block_spans(block)]


def block_spans(block: Node) -> list[Node]:
    """Return the spans that stand for a Block in a note, with the classes ``note-…``."""
    kind, content = block["t"], block.get("c") or []
    if kind in ("Para", "Plain", "Header"):
        inlines = content[2] if kind == "Header" else content
        return [span(["note-paragraph"], list(inlines))] if inlines else []
    if kind == "LineBlock":
        return [span(["note-verse"], [span(["note-line"], line or [str_node("\u00a0")]) for line in content])]
    if kind == "CodeBlock":
        return [span(["note-code"], [{"t": "Code", "c": content}])]
    if kind == "BlockQuote":
        return [span(["note-quote"], note_content(content))]
    if kind in ("BulletList", "OrderedList"):
        items = content if kind == "BulletList" else content[1]
        marks = "note-bullets" if kind == "BulletList" else "note-numbers"
        return [span(["note-list", marks], [span(["note-item"], note_content(item)) for item in items])]
    if kind == "DefinitionList":
        return [spans for term, meanings in content for spans in definition_spans(term, meanings)]
    if kind == "Table":
        return table_spans(content)
    if kind == "Figure":
        inner = [*content[2], *content[1][1]]
        return [span(["note-line"], inlines_of(each)) for each in inner]
    if kind == "Div":
        (identifier, classes, pairs), inner = content
        return [{"t": "Span", "c": [[identifier, ["note-block", *classes], pairs], note_content(inner)]}]
    inlines = inlines_of(block)
    return [span(["note-paragraph"], inlines)] if inlines else []


def definition_spans(term: list[Node], meanings: Sequence[list[Node]]) -> list[Node]:
    """Return a term and its definitions as spans."""
    return [
        span(["note-paragraph"], term),
        *(span(["note-definition"], note_content(meaning)) for meaning in meanings),
    ]


def table_spans(content: Sequence[Any]) -> list[Node]:
    """Return a table in a note: its caption and a line for each row, the cells an em apart."""
    caption, (_, head), bodies, (_, foot) = content[1][1], content[3], content[4], content[5]
    row_spans = [spans for block in caption for spans in block_spans(block)]
    for row in (*head, *(row for body in bodies for part in body[2:4] for row in part), *foot):
        line: list[Node] = []
        for cell in row[1]:
            words = [n for block in cell[4] for n in ({"t": "Space"}, *inlines_of(block))][1:]
            line += [str_node("\u2003"), *words] if line else words
        if line:
            row_spans.append(span(["note-line"], line))
    return row_spans


def inlines_of(block: Node) -> list[Node]:
    """Flatten a Block to Inlines, as a note is set in one run of text."""
    kind, content = block["t"], block.get("c")
    if kind in INLINE:
        return [block]
    if kind == "Header" and content:
        return list(content[2])
    if kind in ("Para", "Plain"):
        return list(content or [])
    if kind == "LineBlock":
        return [n for line in content or [] for n in (*line, {"t": "LineBreak"})][:-1]
    if kind == "CodeBlock" and content:
        return [{"t": "Code", "c": content}]
    inner: list[Node] = []
    for item in child_blocks(content):
        inner += [{"t": "Space"}, *inlines_of(item)] if inner else inlines_of(item)
    return inner


def child_blocks(content: object) -> list[Node]:
    """Return the blocks directly inside a BlockQuote, list or Div."""
    if isinstance(content, dict):
        return [content] if "t" in content else []
    return [node for item in content for node in child_blocks(item)] if isinstance(content, list) else []


def add_endnotes(fragments: Sequence[Fragment], language: str) -> list[list[Node]]:
    """Return the blocks of each fragment for the screen, with its endnotes, numbered through the whole book."""
    back = words(language)["back_to_text"]
    sections, number = [], 1
    for fragment in fragments:
        blocks, number = division_endnotes(fragment, number, back)
        sections.append(blocks)
    return sections


def division_endnotes(fragment: Fragment, first: int, back: str) -> tuple[list[Node], int]:
    """Return a fragment's blocks with linked calls and its notes in a section at the end, and the next note number.

    ``first`` is the number of the first note; ``back`` is the label of the backlink. Roles are EPUB's noteref and
    footnote (https://www.w3.org/TR/epub-ssv-11/#notes).
    """
    notes: list[Node] = []
    number = first

    def visit(node: Node) -> list[Node]:
        nonlocal number
        if node["t"] == "OrderedList":
            return [with_counter(node)]
        if node["t"] != "Note":
            return [node]
        call, target = f"call-{number}", f"note-{number}"
        blocks = list(node["c"])
        arrow = link([str_node("↩")], f"#{call}", ["back"], role="doc-backlink", aria_label=back)
        number_link = span(["note-number"], [str_node(f"[{number}]")])
        if blocks and blocks[0]["t"] in ("Para", "Plain"):
            blocks[0] = {"t": "Para", "c": [number_link, {"t": "Space"}, *blocks[0]["c"]]}
        else:
            blocks.insert(0, {"t": "Para", "c": [number_link]})
        if blocks[-1]["t"] == "Para":
            blocks[-1] = {"t": "Para", "c": [*blocks[-1]["c"], str_node("\u00a0"), arrow]}
        else:
            blocks.append({"t": "Para", "c": [arrow]})
        notes.append(div(["note"], blocks, target, epub_type="footnote", role="doc-footnote"))
        reference = link(
            [str_node(f"[{number}]")], f"#{target}", ["call"], call, epub_type="noteref", role="doc-noteref"
        )
        number += 1
        return [{"t": "Superscript", "c": [reference]}]

    blocks = rewrite(ruby_for_screen(fragment.blocks), visit)
    if notes:
        blocks.append(div(["notes"], notes))
    return blocks, number
