"""Interlinear annotations: ruby, emphasis dots, proper-noun marks (CLREQ).

They are written ``[漢]{ruby="hàn"}``, ``[字]{.emphasis-dots}``, ``[名]{.proper-noun}``. For the screen, ruby becomes
HTML's ruby elements (https://html.spec.whatwg.org/#the-ruby-element); dots and lines are left to the styles.
WeasyPrint supports none of the three. For print, each dotted character gets a span of its own, under which the styles
draw its dot, so that line breaking and justification are unchanged; a ruby is a span whose reading the styles put
above it. None of this moves the line grid. https://www.w3.org/TR/clreq/#h-interlinear_annotations
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from dingben.document.ast import Node, rewrite, span, str_node

DOTS = "emphasis-dots"
UNDOTTED = frozenset("，。、；：？！“”‘’（）《》〈〉「」『』【】〔〕—…· \u200b\u2060\u00a0")
"""Punctuation and white space, which get no emphasis dot."""


def ruby_pairs(node: Node) -> list[tuple[list[Node], str]]:
    """Return the (base, reading) pairs of a Span; none where it has no ruby.

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
    """Convert ruby spans to HTML's ruby elements, with ``rp`` parentheses as fallback."""

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
    """Wrap each dotted character and each base of ruby in a span."""

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
    """Wrap every character but punctuation and white space in a span ``dotted``."""

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
    """Return the Span with other contents and without its ruby attribute."""
    (identifier, classes, pairs), _ = node["c"]
    kept: list[Any] = [pair for pair in pairs if pair[0] != "ruby"]
    return {"t": "Span", "c": [[identifier, classes, kept], inner]}


def raw_html(markup: str) -> Node:
    """Build a RawInline of HTML."""
    return {"t": "RawInline", "c": ["html", markup]}
