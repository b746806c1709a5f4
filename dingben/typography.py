"""What a Chinese compositor does between characters, marked in the text for print.

WeasyPrint knows no ``text-autospace``, no ``text-spacing-trim`` and breaks lines by an old
rule beside quotation marks. Five things are put into the text instead, so that they
count when its lines are broken (https://www.w3.org/TR/clreq/):

- a zero-width space where a line may end beside “ and ”;
- a word joiner between the last two characters of a paragraph, so that none stands alone on a line;
- a span ``squeeze`` about a full-width mark that meets another and gives up its empty half;
- a span ``proportional`` about a Western word with an apostrophe, which is no Chinese mark;
- a span ``latin`` with ``before`` or ``after`` about a Western word that touches Han, for
  the gap of a quarter em. No blank is stored; :mod:`dingben.justify` takes the gap away
  at the ends of lines.

Headings are left alone: they go into the outline and the running heads. So are links:
each box in a link becomes an annotation, and PDF/UA wants every one tagged as a link.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dingben.nodes import Node, span, string, text_of

HAN = "\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = "A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u04ff"
OPENING = "“‘（《〈「『【〔"
CLOSING = "”’）》〉」』】〕"
POINTS = "，。、；：？！"
"""In simplified Chinese they lean left, with the empty half behind; ？ and ！ fill more of their em."""

STOPS = rf"\s{HAN}{OPENING}{CLOSING}{POINTS}—…·"
TOKEN = re.compile(
    rf"(?P<mark>[{OPENING}{CLOSING}{POINTS}])"
    rf"|(?P<latin>[{WORD}](?:(?:[^{STOPS}]|’(?=[{WORD}]))*[{WORD}%‰°℃)\]+])?)"
)
IS_HAN = re.compile(f"[{HAN}]")


def set_type(blocks: Sequence[Node]) -> list[Node]:
    """The blocks with the spans and zero-width spaces; headings and code untouched."""
    return [block if block["t"] == "Header" else in_block(block) for block in blocks]


def in_block(block: Node) -> Node:
    """Every run of inlines in a block."""

    def inner(value: object) -> object:
        if isinstance(value, dict):
            whole = value["t"] in ("Header", "Link") or "c" not in value
            content = held_end(value["c"]) if value["t"] == "Para" else value.get("c")
            return value if whole else {**value, "c": inner(content)}
        if isinstance(value, list):
            deeper: list[Any] = [inner(item) for item in value]
            is_inlines = any(isinstance(item, dict) and item.get("t") == "Str" for item in deeper)
            return in_inlines(deeper) if is_inlines else deeper
        return value

    made = inner(block)
    assert isinstance(made, dict)
    return made


LAST_TWO = re.compile(f"(?<=[{HAN}])(?=[{HAN}][{CLOSING}{POINTS}…]*$)")


def held_end(inlines: list[Node]) -> list[Node]:
    """A paragraph's inlines with its last two characters held together: none stands alone on the last line."""
    last = next((i for i in reversed(range(len(inlines))) if inlines[i]["t"] != "Note"), None)
    if last is None or inlines[last]["t"] != "Str":
        return inlines
    return [*inlines[:last], string(LAST_TWO.sub("\u2060", inlines[last]["c"])), *inlines[last + 1 :]]


def in_inlines(inlines: list[Node]) -> list[Node]:
    """One run of inlines, each string seen with the characters beside it."""
    out: list[Node] = []
    for index, inline in enumerate(inlines):
        if inline["t"] not in ("Str", "Code"):
            out.append(inline)
            continue
        before, after = edge(inlines, index, -1), edge(inlines, index, 1)
        if inline["t"] == "Code":
            sides = sides_of(before, after)
            out.append(span(["latin", *sides], [inline]) if sides else inline)
        else:
            out.extend(in_string(inline["c"], before, after))
    return out


def edge(inlines: Sequence[Node], index: int, step: int) -> str:
    """The nearest character beside an inline, blanks included; note calls are looked through."""
    index += step
    while 0 <= index < len(inlines):
        text = text_of(inlines[index]).replace("\u200b", "")
        if text:
            return text[0 if step > 0 else -1]
        index += step
    return " "


def in_string(text: str, before: str, after: str) -> list[Node]:
    """The string as text and spans. ``before`` and ``after`` are the characters at its sides."""
    whole = f"{before}{text}{after}"
    out: list[Node] = []
    plain: list[str] = []

    def put(classes: list[str], content: str) -> None:
        if plain:
            out.append(string("".join(plain)))
            plain.clear()
        out.append(span(classes, [string(content)]))

    at = 0
    for token in TOKEN.finditer(text):
        plain.append(text[at : token.start()])
        at = token.end()
        left, right = whole[token.start()], whole[token.end() + 1]
        if token["mark"]:
            if may_break_before(left, token["mark"], right):
                plain.append("\u200b")
            if is_squeezed(left, token["mark"], right):
                put(["squeeze"], token["mark"])
            else:
                plain.append(token["mark"])
            if may_break_after(token["mark"], right):
                plain.append("\u200b")
            continue
        sides = sides_of(left, right)
        apostrophe = ["proportional"] if "’" in token["latin"] else []
        if sides or apostrophe:
            put([*apostrophe, *(["latin", *sides] if sides else [])], token["latin"])
        else:
            plain.append(token["latin"])
    plain.append(text[at:])
    if any(plain):
        out.append(string("".join(plain)))
    return out


def sides_of(left: str, right: str) -> list[str]:
    """On which sides a Western word touches Han."""
    return [name for name, char in (("before", left), ("after", right)) if IS_HAN.match(char)]


def may_break_before(left: str, mark: str, right: str) -> bool:
    """Before “ and ‘ in Chinese, unless something there holds them."""
    return mark in "“‘" and not left.isspace() and left not in OPENING and bool(re.match(f"[{HAN}《（“‘]", right))


def may_break_after(mark: str, right: str) -> bool:
    """After ” and ’ in Chinese, unless a mark follows that may not begin a line."""
    return mark in "”’" and not right.isspace() and bool(re.match(f"[{HAN}{WORD}{OPENING}]", right))


def is_squeezed(left: str, mark: str, right: str) -> bool:
    """Whether a mark gives up its empty half: two marks side by side take one and a half em, not two.

    A closing mark or point before another mark loses the half behind it; an opening mark
    after an opening one loses the half before it.
    """
    if mark in CLOSING + POINTS:
        return right in OPENING + CLOSING + POINTS and mark not in "？！"
    return left in OPENING
