"""Pandoc Markdown of plain text: escapes, so that no character is read as markup."""

from __future__ import annotations

import re

SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~^$@&]")
OPENER = re.compile(r"(?:[+\-:=%•]|\((?=@)|(?:\(?(?:[0-9]{1,9}|[A-Za-z]|[ivxlcdmIVXLCDM]{1,9}|\#))(?=[.)]))")


def escapes(text: str, heading: bool = False) -> list[int]:
    """Where a backslash must stand in ``text``, which begins a line unless it is a heading."""
    places = {match.start() for match in SPECIAL.finditer(text)}
    opener = None if heading else OPENER.match(text)
    if opener and opener[0]:
        lone = text[0] in "+-:=%•"
        place = 0 if lone or text[0] == "(" else opener.end()
        if text[0] != "•":
            places.add(place)
    if not heading and re.match(r"(?i)table:", text):
        places.add(5)
    return sorted(places)


def escaped(text: str) -> str:
    """``text`` with its escapes."""
    out, at = [], 0
    for place in escapes(text):
        out += [text[at:place], "\\"]
        at = place
    return "".join([*out, text[at:]])


def marker(number: str) -> str:
    """Where a page of the printed book begins."""
    return f'[]{{.pagebreak #page-{number} title="{number}"}}'
