"""Title and author where a text file names them: 《书名》作者：某某, 书名 [作者], Title:, X by Y, or its own name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dingben.language.han import HAN
from dingben.restore.lines import Line
from dingben.restore.metadata.contributors import is_name
from dingben.restore.metadata.fields import MetadataFields

_ACT = r"[ \u3000]*(?:编著|編著|主编|主編|撰|著|编|編|译|譯|作品|作)?"
_AUTHOR = (
    r"(?:(?:作[ \u3000]*者|著者|原著|文)[ \u3000]*[:：/／][ \u3000]*|(?:作者|by)[ \u3000]+)"
    rf"(?P<author>\S.{{0,40}}?){_ACT}"
)
_NAME = rf"(?P<author>[{HAN}·]{{2,12}}?)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_AUTHOR}$",
        r"(?:书[ \u3000]*名|書[ \u3000]*名)[ \u3000]*[:：][ \u3000]*(?P<open>《)?(?P<title>[^《》]{1,60}?)(?(open)》)$",
        rf"《(?P<title>[^《》]{{1,60}})》(?:[ \u3000]*[（(【\[]?[ \u3000]*{_AUTHOR}[)）】\]]?)?$",
        rf"《(?P<title>[^《》]{{1,60}})》[ \u3000]*[-—–_/／]*[ \u3000]*{_NAME}{_ACT}$",
        rf"《(?P<title>[^《》]{{1,60}})》[ \u3000]*[（(【\[〔](?P<author>[{HAN}·A-Za-z. ]{{2,30}}?){_ACT}[)）】\]〕]$",
        rf"(?P<title>[^《》\[\]]{{1,40}}?)[ \u3000]*[【\[〔][ \u3000]*(?:作者[:：])?{_NAME}{_ACT}[】\]〕]$",
        rf"(?P<title>[^《》:：]{{1,40}}?)[ \u3000]+[-—–]*[ \u3000]*{_AUTHOR}$",
    )
)
"""Forms of such a line, tried in this order."""

FILE_NAME = re.compile(rf"(?P<title>[^-—–_《》\[\]]{{1,60}}?)(?:\s*+[-—–_]++\s*+|\s++)(?P<author>[{HAN}·]{{2,8}})$")
ENGLISH_FIELD = re.compile(r"(?i)(?P<key>title|author|translator|editor|illustrator)\s*:\s+(?P<value>\S.*)$")
ENGLISH_BY = re.compile(r"(?P<title>\S.{1,80}?),?\s+[Bb]y\s+(?P<author>(?:[A-Z][\w.'’-]*\s?){1,5})$")


@dataclass(frozen=True, slots=True)
class Named:
    """What a line names, with the place in the line."""

    title: str
    title_at: tuple[int, int]
    author: str
    author_at: tuple[int, int]


def read_line(text: str) -> Named | None:
    """Return the title and the author that a line names; ``None`` if it names neither."""
    if len(text) > 90:
        return None
    for form in _FORMS:
        match = form.match(text)
        if match:
            parts = match.groupdict()
            author = parts.get("author") or ""
            return Named(
                parts.get("title") or "",
                match.span("title") if parts.get("title") else (0, 0),
                author,
                match.span("author") if author else (0, 0),
            )
    return None


def read_chinese(lines: list[Line], texts: list[str], metadata: MetadataFields) -> set[int]:
    """Take title and author from the lines that name them; return these lines."""
    done: set[int] = set()
    for i, (line, text) in enumerate(zip(lines, texts, strict=True)):
        named = read_line(text)
        if named is None or (named.title and "book.title" in metadata.values):
            continue
        done.add(i)
        if named.title:
            start, end = named.title_at
            metadata.put("book.title", named.title.strip(), line.start + start, line.start + end)
        if named.author:
            start, end = named.author_at
            _put_author(named.author, line.start + start, line.start + end, metadata)
    return done


def _put_author(author: str, start: int, end: int, metadata: MetadataFields) -> None:
    people = [name for name in re.split(r"[、，,&＆;；]|[ \u3000]+(?=[\u4e00-\u9fff])", author) if name.strip()]
    known = {name for name, _ in metadata.contributors}
    for name in people:
        if name.strip() not in known:
            metadata.contributors.append((name.strip(), "aut"))
    metadata.moved.append((start, end, "contributor"))


def read_file_name(stem: str, metadata: MetadataFields) -> None:
    """Take title and author from a file's name (书名 - 作者) where the text names neither."""
    if "book.title" in metadata.values:
        return
    named = read_line(stem) or None
    title, author = (named.title, named.author) if named else ("", "")
    if not title and (match := FILE_NAME.match(stem)) and re.search(f"[{HAN}]", match["title"]):
        title, author = match["title"], match["author"]
    if not title or (author and not is_name(author)):
        return
    metadata.values["book.title"] = title.strip()
    metadata.doubts.append((0, f"the title {title.strip()} is from the name of the file", "compare it with the book"))
    if author and not metadata.contributors:
        metadata.contributors.append((author, "aut"))


def names_author(text: str) -> bool:
    """Whether a line names the author, as only a title leaf does."""
    named = read_line(text)
    return named is not None and bool(named.author)


def read_english(raw: str, line: Line, metadata: MetadataFields) -> bool:
    """Take what a line of the form ``Title: X``, ``Author: Y`` or ``X by Y`` names; return whether it has that form."""
    text = raw[line.start : line.end]
    if match := ENGLISH_FIELD.match(text):
        start, end = line.start + match.start("value"), line.end
        if match["key"].lower() == "title":
            metadata.put("book.title", match["value"], start, end)
        else:
            roles = {"author": "aut", "translator": "trl", "editor": "edt", "illustrator": "ill"}
            metadata.contributors.append((match["value"].strip(), roles[match["key"].lower()]))
            metadata.moved.append((start, end, "contributor"))
        return True
    if "book.title" not in metadata.values and (match := ENGLISH_BY.match(text)):
        metadata.put("book.title", match["title"], line.start, line.start + match.end("title"))
        metadata.contributors.append((match["author"].strip(), "aut"))
        metadata.moved.append((line.start + match.start("author"), line.end, "contributor"))
        return True
    return False
