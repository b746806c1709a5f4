"""Markup inside lines: entities and tags of HTML, and in Markdown emphasis, code, formulas, links and pictures.

One scan from left to right finds it. Emphasis is read as pandoc reads it: a sign opens before text and closes behind
text. Two signs of one kind that fit are emphasis; what has no partner is a character of the text, or a note's sign.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from dingben.language.han import HAN
from dingben.restore.lines import InlineMark

LITERAL = "\ue001"
"""Stands for a formula or for code where rules look at the text."""

ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
TAG_NAMES = (
    "a|abbr|b|big|body|br|center|cite|code|del|div|em|figure|figcaption|font|h[1-6]|hr|html|i|img|ins|label|li|mark|ol|p"
    "|pre|q|s|section|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|wbr"
)
TAG = re.compile(rf"</?(?P<name>{TAG_NAMES})(?:\s[^<>\r\n]{{0,500}})?\s?/?>", re.IGNORECASE)
COMMENT = re.compile(r"<!--(?!-?>)[^\r\n]{0,2000}?-->")
AUTOLINK = re.compile(r"<((?:https?|ftp|mailto):[^\s<>]{1,500})>")
LINK_TARGET = re.compile(
    r"\]\(\s{0,3}(?P<target><[^<>\r\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+\"[^\"\r\n]*\")?\s*\)"
)
PICTURE = re.compile(rf"!\[(?P<alt>[^\]\r\n]{{0,2000}}){LINK_TARGET.pattern}")
IMG = re.compile(r"<img\b[^<>]*?\bsrc\s*=\s*[\"']?(?P<target>[^\"'\s<>]+)[^<>]*>", re.IGNORECASE)
NOTE_CALL = re.compile(r"\[\^[^\]\s]{1,40}\]")
ESCAPE = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
DOLLARS = re.compile(r"\$\$(?P<display>[^$\r\n]{1,2000})\$\$|\$(?P<tex>(?:\\\$|[^$\r\n]){1,1000}?)\$(?!\d)")
BRACKETED = re.compile(r"\\\((?P<tex>[^\r\n]{1,1000}?)\\\)|\\\[(?P<display>[^\r\n]{1,2000}?)\\\]")
TEX = re.compile(r"\\[A-Za-z]+|[\^_={}]")
NO_FORMULA = re.compile(rf"[{HAN}，。；：？！、]|[A-Za-z]{{3,}}")
MACRO_TEXT = re.compile(r"\\(?:text|mathrm|mbox|textbf|textcircled)\s*\{[^{}]*\}|\\[A-Za-z]+")
SIGN = re.compile(r"\*+|_+|~~+")
SPECIAL = re.compile(r"[\\`*_$\[!<&~]")
HTML_SPECIAL = re.compile("[<&]")
STAR_NOTE = re.compile(r"^[ \t\u3000]*\*(?![\s*])[^*\r\n]+$", re.MULTILINE)
"""A note whose sign is a star: then a single star is no emphasis."""
PAIRED = {"sup": "^", "sub": "~", "b": "**", "strong": "**", "i": "*", "em": "*"}
ALLOWED_SCHEME = re.compile(r"(?:https?|mailto):")


def is_blank_entity(entity: str) -> bool:
    """Whether an entity is a blank."""
    return html.unescape(entity).strip(" \t\r\n\u00a0\u2002\u2003\u2009\u200b\u3000\ufeff") == ""


def character_of(entity: str) -> str:
    """Return the text that an entity means; empty for one that HTML does not know."""
    text = html.unescape(entity)
    if text == entity or any(ord(c) < 32 or c == "\ufffd" for c in text):
        return ""
    return " " if is_blank_entity(entity) else text


@dataclass(slots=True)
class InlineScanner:
    """Finds the markup inside the lines of a text."""

    text: str
    markdown: bool
    """Whether the text is Markdown; if not, only entities and tags are markup."""
    star_notes: bool = False
    """Whether the text has notes whose sign is a star."""

    def scan(self, start: int, end: int) -> list[InlineMark]:
        """Return the marks in the line ``start:end``, in order."""
        special = SPECIAL if self.markdown else HTML_SPECIAL
        found: list[InlineMark] = []
        tags: list[re.Match[str]] = []
        signs: list[re.Match[str]] = []
        at = start
        while (match := special.search(self.text, at, end)) is not None:
            at = self._read(match.start(), end, found, tags, signs)
        if tags:
            found += self._tags(tags)
        if signs:
            found += self._merged(sorted(self._emphasis(signs, start, end)))
        return sorted(found)

    def _read(
        self, at: int, end: int, found: list[InlineMark], tags: list[re.Match[str]], signs: list[re.Match[str]]
    ) -> int:
        """Read the markup at a special character; return where to go on."""
        text, char = self.text, self.text[at]
        if char == "&":
            match = ENTITY.match(text, at, end)
            if match and (meant := character_of(match[0])):
                found.append(InlineMark(*match.span(), meant, "html-entity"))
                return match.end()
        elif char == "<":
            return self._angle(at, end, found, tags)
        elif char == "\\":
            return self._backslash(at, end, found)
        elif char == "$":
            return self._dollar(at, end, found)
        elif char == "`":
            return self._code(at, end, found)
        elif char in "[!":
            return self._bracket(at, end, found)
        elif match := SIGN.match(text, at, end):
            signs.append(match)
            return match.end()
        return at + 1

    def _angle(self, at: int, end: int, found: list[InlineMark], tags: list[re.Match[str]]) -> int:
        if match := TAG.match(self.text, at, end):
            tags.append(match)
            return match.end()
        if self.markdown and (match := COMMENT.match(self.text, at, end)):
            found.append(InlineMark(*match.span(), rule="html-comment", written=""))
            return match.end()
        if self.markdown and (match := AUTOLINK.match(self.text, at, end)):
            found += [InlineMark(at, at + 1, written="<"), InlineMark(match.end() - 1, match.end(), written=">")]
            return match.end()
        return at + 1

    def _backslash(self, at: int, end: int, found: list[InlineMark]) -> int:
        match = BRACKETED.match(self.text, at, end)
        if match and (match["tex"] or match["display"] or "").strip():
            sign = "$" if match["tex"] else "$$"
            written = f"{sign}{(match['tex'] or match['display']).strip()}{sign}"
            found.append(InlineMark(*match.span(), LITERAL, "formula-signs", written))
            return match.end()
        if ESCAPE.match(self.text, at, end):
            found.append(InlineMark(at, at + 1, rule="markdown-escape", written=""))
            return at + 2
        return at + 1

    def _dollar(self, at: int, end: int, found: list[InlineMark]) -> int:
        match = DOLLARS.match(self.text, at, end)
        if match is None or not is_formula(match["display"] or match["tex"]):
            return at + 1
        tex, sign = match["display"] or match["tex"], "$$" if match["display"] else "$"
        if match["tex"] and tex != tex.strip():
            found.append(InlineMark(*match.span(), LITERAL, "formula-signs", f"{sign}{tex.strip()}{sign}"))
        else:
            found.append(InlineMark(*match.span(), LITERAL, written=match[0]))
        return match.end()

    def _code(self, at: int, end: int, found: list[InlineMark]) -> int:
        sign = re.compile("`+").match(self.text, at, end)
        assert sign
        close = self.text.find(sign[0], sign.end(), end)
        if close < 0 or not self.text[sign.end() : close].strip("` "):
            return sign.end()
        close += len(sign[0])
        found.append(InlineMark(at, close, LITERAL, written=self.text[at:close]))
        return close

    def _bracket(self, at: int, end: int, found: list[InlineMark]) -> int:
        """Read a link or a picture inside a line; the words of both stay."""
        if self.text[at] == "!":
            match = PICTURE.match(self.text, at, end)
            if match is None:
                return at + 1
            close = match.start("alt") + len(match["alt"])
            found.append(InlineMark(at, at + 2, rule="picture", written=""))
            found.append(InlineMark(close, match.end(), rule="picture", written=""))
            return close if match["alt"] else match.end()
        if match := NOTE_CALL.match(self.text, at, end):
            return match.end()
        close = self.text.find("](", at, min(end, at + 500))
        match = LINK_TARGET.match(self.text, close, end) if close > 0 else None
        words = self.text[at + 1 : close].replace("![", "")
        if match is None or "[" in words or "]" in words:
            return at + 1
        external = ALLOWED_SCHEME.match(match["target"].strip("<>"))
        rule = "" if external else "markdown-link"
        found.append(InlineMark(at, at + 1, rule=rule, written="[" if external else ""))
        found.append(InlineMark(close, match.end(), rule=rule, written=match[0] if external else ""))
        return at + 1

    def _tags(self, tags: list[re.Match[str]]) -> Iterator[InlineMark]:
        """Tags of emphasis and raised text become Markdown in pairs, a break a blank; others are dropped."""
        partner: dict[int, str] = {}
        opened: dict[str, int] = {}
        for n, tag in enumerate(tags):
            name = tag["name"].lower()
            if name not in PAIRED or not self.markdown:
                continue
            if tag[0][1] != "/":
                opened[name] = n
            elif (first := opened.pop(name, None)) is not None:
                inner = self.text[tags[first].end() : tag.start()]
                if (
                    inner.strip()
                    and not (name in ("sup", "sub") and re.search(r"\s", inner))
                    and inner == inner.strip()
                ):
                    partner[first] = partner[n] = PAIRED[name]
        for n, tag in enumerate(tags):
            is_break = tag["name"].lower() == "br"
            yield InlineMark(*tag.span(), " " if is_break else "", "html-tag", None if is_break else partner.get(n, ""))

    def _emphasis(self, signs: list[re.Match[str]], start: int, end: int) -> Iterator[InlineMark]:
        """Pair the signs of emphasis."""
        opened: dict[str, list[int]] = {}
        for n, sign in enumerate(signs):
            kind = sign[0]
            opens, closes = self._sides(sign, start, end)
            if closes and (before := opened.get(kind)):
                first = signs[before.pop()]
                for open_signs in opened.values():
                    while open_signs and signs[open_signs[-1]].start() > first.start():
                        open_signs.pop()
                yield from (InlineMark(*each.span(), written=kind) for each in (first, sign))
            elif opens:
                opened.setdefault(kind, []).append(n)

    def _merged(self, marks: list[InlineMark]) -> list[InlineMark]:
        """Make one emphasis of two that only a blank divides: without it, which a rule may close, they would break."""
        for k, (a, b) in enumerate(pairwise(marks)):
            between = self.text[a.end : b.start]
            if between and not between.strip() and a.written == b.written:
                marks[k : k + 2] = [each._replace(written="", rule="markdown-emphasis") for each in (a, b)]
        return marks

    def _sides(self, sign: re.Match[str], start: int, end: int) -> tuple[bool, bool]:
        """Whether a sign can open, and can close, emphasis."""
        before = self.text[sign.start() - 1] if sign.start() > start else " "
        after = self.text[sign.end()] if sign.end() < end else " "
        kind = sign[0]
        if len(kind) > 3 or (kind[0] == "~" and len(kind) != 2):
            return False, False
        opens, closes = not after.isspace(), not before.isspace()
        if kind[0] == "_":
            return opens and not _is_word(before), closes and not _is_word(after)
        if kind == "*":
            if self.star_notes or (before.isdigit() and after.isdigit()):
                return False, False
            opens = opens and (not _is_mark(after) or before.isspace() or _is_mark(before))
        return opens, closes


def is_formula(tex: str) -> bool:
    """Whether the text between two dollar signs is a formula and no price."""
    bare = MACRO_TEXT.sub("", tex)
    if not tex.strip() or re.search(f"[{HAN}]", bare) or tex.count("\n") > 30:
        return False
    if tex != tex.strip() or NO_FORMULA.search(bare) or len(tex) > 40:
        return TEX.search(tex) is not None and not re.search(r"[A-Za-z]{3,} [A-Za-z]{3,}", bare)
    return True


def _is_word(char: str) -> bool:
    return char.isalnum()


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"
