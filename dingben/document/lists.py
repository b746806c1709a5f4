"""Lists as they are written: boxes of task lists, and numbers such as ``(a)``, ``i.``, ``3)``.

HTML has no way to say how a number of an ordered list is set off, and WeasyPrint reads neither ``start`` nor ``type``.
So a list that is not numbered ``1.``, ``2.``, ``3.`` stands in a Div whose class names a counter style of
``styles/base.css``, and for print the Div sets its first number
(https://pandoc.org/MANUAL.html#extension-fancy_lists).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dingben.document.ast import Node, div, str_node

BOXES = {"☐": "□", "☒": "■"}
"""Boxes of pandoc's task lists, and those in every Chinese font. pandoc's HTML writer turns its own into form controls,
which print can't show (https://pandoc.org/MANUAL.html#extension-task_lists)."""

NUMERALS = {
    "Decimal": "decimal",
    "LowerAlpha": "lower-alpha",
    "UpperAlpha": "upper-alpha",
    "LowerRoman": "lower-roman",
    "UpperRoman": "upper-roman",
}
"""pandoc's numeral styles, and the counter styles of CSS; others are decimal."""

DELIMITERS = {"OneParen": "-paren", "TwoParens": "-parens"}
"""pandoc's delimiters, and the ends of the names of our counter styles; others are a full stop."""


def with_boxes(items: Sequence[list[Node]]) -> list[list[Node]]:
    """Return the items of a list with pandoc's boxes replaced, at the beginning of an item."""
    return [with_box(item) for item in items]


def with_box(item: list[Node]) -> list[Node]:
    """Return an item with its box replaced, if it begins with one."""
    if not item or item[0]["t"] not in ("Plain", "Para"):
        return item
    inlines = item[0]["c"]
    if len(inlines) < 2 or inlines[0]["t"] != "Str" or inlines[0]["c"] not in BOXES or inlines[1]["t"] != "Space":
        return item
    return [{"t": item[0]["t"], "c": [str_node(BOXES[inlines[0]["c"]]), *inlines[1:]]}, *item[1:]]


def counter_style(attributes: Sequence[Any]) -> str:
    """Return the counter style of an OrderedList's attributes, such as ``lower-alpha-parens``."""
    _, numeral, delimiter = attributes
    return NUMERALS.get(numeral["t"], "decimal") + DELIMITERS.get(delimiter["t"], "")


def with_counter(node: Node, *, starts: bool = False) -> Node:
    """Put an OrderedList that isn't numbered 1. 2. 3. into a Div that names its counter style.

    ``starts``: the Div also sets the first number, for print.
    """
    style, first = counter_style(node["c"][0]), node["c"][0][0]
    if style == "decimal" and first == 1:
        return node
    result = div(["numbered", f"numbered-{style}"], [node])
    if starts:
        result["c"][0][2].append(["style", f"counter-reset: list-item {first - 1}"])
    return result


def written_number(attributes: Sequence[Any], number: int) -> str:
    """Return the mark of an item as it is written, such as ``(b)``; the bare figure where it is ``2.``."""
    _, numeral, delimiter = attributes
    figure = figure_of(NUMERALS.get(numeral["t"], "decimal"), number)
    return {"OneParen": f"{figure})", "TwoParens": f"({figure})"}.get(delimiter["t"], figure)


def figure_of(style: str, number: int) -> str:
    """Return a number in a counter style (https://www.w3.org/TR/css-counter-styles-3/#simple-numeric)."""
    if style.endswith("alpha") and number > 0:
        letters = ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(ord("a") + rest) + letters
        figure = letters
    elif style.endswith("roman") and 0 < number < 4000:
        figure = ""
        for value, numeral in ROMAN:
            figure += numeral * (number // value)
            number %= value
    else:
        return str(number)
    return figure.upper() if style.startswith("upper") else figure


ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    )
)
