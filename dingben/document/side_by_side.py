"""Pictures side by side: paragraphs of pictures in ``::: {.figures}`` become figures with captions."""

from __future__ import annotations

from collections.abc import Sequence

from dingben.document.ast import Node, rewrite

FIGURES = "figures"
"""The class of a Div whose pictures stand side by side."""


def with_figures(blocks: Sequence[Node]) -> list[Node]:
    """Return the blocks, each picture of a Div ``figures`` as a figure whose caption is the text of the picture.

    Pictures without a width share the measure.
    """

    def visit(node: Node) -> list[Node]:
        if node["t"] != "Div" or FIGURES not in node["c"][0][1]:
            return [node]
        pictures = [image for block in node["c"][1] for image in images_of(block)]
        made: list[Node] = []
        for block in node["c"][1]:
            images = images_of(block)
            made += [figure(image, len(pictures)) for image in images] or [block]
        return [{"t": "Div", "c": [node["c"][0], made]}]

    return rewrite(list(blocks), visit)


def images_of(block: Node) -> list[Node]:
    """Return the pictures of a paragraph or figure that holds nothing else; else none."""
    if block["t"] == "Figure":
        return [image for inner in block["c"][2] for image in images_of(inner)]
    if block["t"] not in ("Para", "Plain"):
        return []
    images = [each for each in block["c"] if each["t"] == "Image"]
    blanks = sum(each["t"] in ("Space", "SoftBreak", "LineBreak") for each in block["c"])
    return images if len(images) + blanks == len(block["c"]) else []


def figure(image: Node, count: int) -> Node:
    """Return a picture as one of ``count`` figures; the figure takes its identifier."""
    (identifier, classes, pairs), alt, target = image["c"]
    if not any(key in ("width", "height") for key, _ in pairs):
        pairs = [*pairs, ["width", f"{100 // count - 3}%"]]
    described = [] if "alt" in dict(pairs) else alt  # as pandoc has it in its figures
    picture = {"t": "Image", "c": [["", classes, pairs], described, target]}
    caption = [{"t": "Plain", "c": alt}] if alt else []
    return {"t": "Figure", "c": [[identifier, [], []], [None, caption], [{"t": "Plain", "c": [picture]}]]}
