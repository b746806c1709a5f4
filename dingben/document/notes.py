"""Place notes: footnotes for print, endnotes of each division for the screen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from dingben.document.ast import Node, div, link, rewrite, span, str_node
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

    Where the first heading has an identifier, notes get identifiers too, so that calls can link to them.
    """
    heading = next((block["c"][1][0] for block in blocks if block["t"] == "Header"), "")
    numbers = count(1)

    def visit(node: Node) -> list[Node]:
        if node["t"] != "Note":
            return [node]
        identifier = f"{heading}-fn{next(numbers):02d}" if heading else ""
        paragraphs = [inlines_of(block) for block in node["c"]]
        if len(paragraphs) == 1:
            return [span(["note"], paragraphs[0], identifier)]
        return [span(["note"], [span(["note-paragraph"], p) for p in paragraphs if p], identifier)]

    return rewrite(list(blocks), visit)


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
    made, number = [], 1
    for fragment in fragments:
        blocks, number = division_endnotes(fragment, number, back)
        made.append(blocks)
    return made


def division_endnotes(fragment: Fragment, first: int, back: str) -> tuple[list[Node], int]:
    """Return a fragment's blocks with linked calls and its notes in a section at the end, and the next note number.

    ``first`` is the number of the first note; ``back`` is the label of the backlink. Roles are EPUB's noteref and
    footnote (https://www.w3.org/TR/epub-ssv-11/#notes).
    """
    notes: list[Node] = []
    number = first

    def visit(node: Node) -> list[Node]:
        nonlocal number
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
