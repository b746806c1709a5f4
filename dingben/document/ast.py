"""Pandoc's document model (AST) in Python: build, read and rewrite nodes.

A node is ``{"t": constructor, "c": contents}``, as in pandoc's JSON
(https://hackage.haskell.org/package/pandoc-types).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dingben.errors import SourceError

Node = dict[str, Any]
"""An element of pandoc's AST, Block or Inline: {"t": constructor, "c": contents}."""


def nesting_depth(value: object) -> int:
    """Return the nesting depth of lists and nodes: 1 for a value without any."""
    deepest, stack = 0, [(value, 1)]
    while stack:
        item, level = stack.pop()
        deepest = max(deepest, level)
        if isinstance(item, dict):
            stack.append((item.get("c"), level + 1))
        elif isinstance(item, list):
            stack.extend((each, level + 1) for each in item)
    return deepest


def text_of(value: object) -> str:
    """Return the plain text of Inlines or Blocks, without notes; each kind of break is a space."""
    if isinstance(value, list):
        return "".join(map(text_of, value))
    if not isinstance(value, dict):
        return ""
    kind: str = value.get("t", "")
    content: Any = value.get("c")
    if kind == "Str":
        return str(content)
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind == "Note":
        return ""
    if kind in ("Code", "CodeBlock"):
        return str(content[1])
    if kind == "Quoted":
        marks = "‘’" if content[0]["t"] == "SingleQuote" else "“”"
        return marks[0] + text_of(content[1]) + marks[1]
    return text_of(content)


def span(classes: Sequence[str], inlines: list[Node], identifier: str = "", **attributes: str) -> Node:
    """Build a Span. In attribute names ``_`` stands for ``-``, as in ``aria_label``."""
    return {"t": "Span", "c": [make_attr(identifier, classes, attributes), inlines]}


def div(classes: Sequence[str], blocks: list[Node], identifier: str = "", **attributes: str) -> Node:
    """Build a Div; see :func:`span` for the attributes."""
    return {"t": "Div", "c": [make_attr(identifier, classes, attributes), blocks]}


def link(inlines: list[Node], target: str, classes: Sequence[str], identifier: str = "", **attributes: str) -> Node:
    """Build a Link; see :func:`span` for the attributes."""
    return {"t": "Link", "c": [make_attr(identifier, classes, attributes), inlines, [target, ""]]}


def str_node(text: str) -> Node:
    """Build a Str."""
    return {"t": "Str", "c": text}


def make_attr(identifier: str, classes: Sequence[str], attributes: dict[str, str]) -> list[object]:
    """Build pandoc's Attr: identifier, classes, key-value pairs."""
    pairs = [[key.replace("epub_", "epub:").replace("_", "-"), value] for key, value in attributes.items()]
    return [identifier, list(classes), pairs]


ATTR_INDEX = {"Span": 0, "Div": 0, "Link": 0, "Code": 0, "CodeBlock": 0, "Table": 0, "Figure": 0}


def rewrite(value: list[Node], visit: Callable[[Node], list[Node]]) -> list[Node]:
    """Replace each node by what ``visit`` returns for it, children before parents.

    Raises SourceError where nesting is deeper than Python's recursion limit.
    """

    def inner(items: list[Any]) -> list[Any]:
        out: list[Any] = []
        for each in items:
            if isinstance(each, dict) and "t" in each:
                content = each.get("c")
                if isinstance(content, list):
                    each = {"t": each["t"], "c": inner(content)}
                elif content is not None:
                    each = each.copy()
                out += visit(each)
            else:
                out.append(inner(each) if isinstance(each, list) else each)
        return out

    try:
        result: list[Node] = inner(value)
    except RecursionError as error:
        raise SourceError("markup is nested too deeply", hint="Look for long runs of [ or >.") from error
    return result


def iter_nodes(value: object) -> Iterator[Node]:
    """Iterate over all nodes in a value, parents before children."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if "t" in item:
                yield item
            item = item.get("c")
        if isinstance(item, list | tuple):
            stack.extend(each for each in reversed(item) if isinstance(each, dict | list))


def identifiers(blocks: Sequence[Node]) -> list[str]:
    """Return every identifier in the blocks, in document order."""
    found = []
    for node in iter_nodes(blocks):
        kind = node["t"]
        index = 1 if kind == "Header" else 0 if kind == "Image" else ATTR_INDEX.get(kind)
        if index is not None and node["c"][index][0]:
            found.append(node["c"][index][0])
    return found
