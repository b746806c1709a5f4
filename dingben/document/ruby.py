"""What stands above and below characters: ruby, emphasis dots, the lines under names.

They are written ``[漢]{ruby="hàn"}``, ``[字]{.emphasis-dots}``, ``[名]{.proper-noun}``.
For the screen ruby becomes HTML's own (https://html.spec.whatwg.org/#the-ruby-element); dots and lines
are left to the styles. WeasyPrint knows none of the three: for print each character gets a
span of its own, under which the styles draw its dot, so that lines break and are justified
as ever; a ruby is a span whose reading the styles put above it. Nothing of this moves the
line grid. https://www.w3.org/TR/clreq/#h-interlinear_annotations
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from dingben.document.ast import Node, rewrite, span, str_node

DOTS = "emphasis-dots"
UNDOTTED = frozenset("，。、；：？！“”‘’（）《》〈〉「」『』【】〔〕—…· \u200b\u2060\u00a0")
"""Marks and blanks: they are never dotted."""


def ruby_pairs(node: Node) -> list[tuple[list[Node], str]]:
    """The bases of a Span with their readings; nothing where it has none.

    ``[汉字]{ruby="hàn zì"}`` has a reading for each character, any other span one for the whole.
    """
    attributes, inlines = node["c"]
    reading = " ".join(dict(attributes[2]).get("ruby", "").split())
    if not reading:
        return []
    each = reading.split()
    plain = "".join(n["c"] if n["t"] == "Str" else "\0" for n in inlines)
    if len(each) > 1 and len(each) == len(plain) and "\0" not in plain:
        return [([str_node(base)], own) for base, own in zip(plain, each, strict=True)]
    return [(list(inlines), reading)]


def ruby_for_screen(blocks: Sequence[Node]) -> list[Node]:
    """The blocks with HTML's ruby elements; brackets show where a reader knows none."""

    def visit(node: Node) -> list[Node]:
        found = ruby_pairs(node) if node["t"] == "Span" else []
        if not found:
            return [node]
        inner: list[Node] = []
        for base, reading in found:
            inner += [
                raw_html("<ruby>"),
                *base,
                raw_html(f"<rp>（</rp><rt>{html.escape(reading)}</rt><rp>）</rp></ruby>"),
            ]
        return [without_ruby(node, inner)]

    return rewrite(list(blocks), visit)


def ruby_for_print(blocks: Sequence[Node]) -> list[Node]:
    """The blocks with a span for each dotted character and for each base of ruby."""

    def visit(node: Node) -> list[Node]:
        if node["t"] != "Span":
            return [node]
        found = ruby_pairs(node)
        if found:
            node = without_ruby(node, [span(["ruby"], base, ruby=reading) for base, reading in found])
        if DOTS in node["c"][0][1]:
            node = {"t": "Span", "c": [node["c"][0], add_emphasis_dots(node["c"][1])]}
        return [node]

    return rewrite(list(blocks), visit)


def add_emphasis_dots(inlines: Sequence[Node]) -> list[Node]:
    """The inlines with a span ``add_emphasis_dots`` about every character but marks and blanks."""

    def visit(node: Node) -> list[Node]:
        if node["t"] != "Str":
            return [node]
        out: list[Node] = []
        for char in node["c"]:
            if char not in UNDOTTED:
                out.append(span(["dotted"], [str_node(char)]))
            elif out and out[-1]["t"] == "Str":
                out[-1] = str_node(out[-1]["c"] + char)
            else:
                out.append(str_node(char))
        return out

    return rewrite(list(inlines), visit)


def without_ruby(node: Node, inner: list[Node]) -> Node:
    """The Span with other contents and without its reading, which they hold."""
    (identifier, classes, pairs), _ = node["c"]
    kept: list[Any] = [pair for pair in pairs if pair[0] != "ruby"]
    return {"t": "Span", "c": [[identifier, classes, kept], inner]}


def raw_html(markup: str) -> Node:
    """HTML as it is to stand in the output."""
    return {"t": "RawInline", "c": ["html", markup]}
