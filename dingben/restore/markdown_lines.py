"""What becomes of the blocks of Markdown: lists, quotations, pictures and their captions, rules between paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dingben.restore.draft import Draft
from dingben.restore.inputs.inline_markup import IMG, PICTURE
from dingben.restore.inputs.markdown import AROUND
from dingben.restore.lines import Line
from dingben.restore.paragraphs import Block

IMG_ALT = re.compile(r"\balt\s*=\s*\"(?P<alt>[^\"<>]*)\"", re.IGNORECASE)
NO_CAPTION = re.compile(
    r"\s*+(?:(?:image|img|figure|picture|photo|pic)?[\s_-]*+\d*+|[\w.-]+\.(?:png|jpe?g|gif|webp|svg)|图片|圖片|插图)\s*",
    re.IGNORECASE,
)
"""Descriptions that a program gives to every picture."""
CAPTION = re.compile(r"(?:图|圖|插图|照片|Fig(?:ure|\.)?|Plate|Photo)\s*[\d一二三四五六七八九十IVX]", re.IGNORECASE)
LONGEST_CAPTION = 200
LATEX = re.compile(
    r"\\(?:begin|end|footnotetext|footnote|author|caption|includegraphics|item|text(?:bf|it|tt|sc)|emph|cite|ref|label)"
    r"(?:\[[^\[\]\r\n]{0,200}\])?\{"
)
"""Commands of LaTeX that stand in text; formulas are marked as such."""


def mark_markdown(draft: Draft) -> None:
    """Mark the lines of lists and quotations, and the pictures whose files are there."""
    text = draft.raw.text
    for n, line in enumerate(draft.lines):
        if line.kind == "text" and line.container:
            line.kind = line.container.kind
        elif line.kind == "picture":
            _mark_picture(draft, line, draft.lines[n + 1] if n + 1 < len(draft.lines) else None, text)


def report_latex(draft: Draft) -> None:
    """Report, once, the commands of LaTeX in the text: they are not read, and printed as they stand."""
    text = draft.raw.text
    found = [m for line in draft.lines if line.kind == "text" for m in LATEX.finditer(text, line.start, line.end)]
    if found:
        examples = ", ".join(dict.fromkeys(match[0].rstrip("{") for match in found[:50]))
        message = f"{len(found)} commands of LaTeX are printed as they stand: {examples[:80]}"
        draft.report(found[0].start(), "F705", message, "write them as Markdown")


def strip_emphasis(draft: Draft, lines: Sequence[Line]) -> None:
    """Take the emphasis off lines that it is around: a title page has no emphasis, it has large type."""
    for line in lines:
        if line.kind == "text" and (match := AROUND.fullmatch(draft.raw.text, line.start, line.end)):
            draft.markup += [
                (line.start, match.start("inner"), "markdown-emphasis"),
                (match.end("inner"), line.end, "markdown-emphasis"),
            ]
            line.start, line.end = match.span("inner")


def target_of(markup: str) -> tuple[str, int, int]:
    """Return the target of a picture, and where its description begins and ends in the markup."""
    if match := PICTURE.fullmatch(markup):
        return match["target"].strip("<>"), *match.span("alt")
    if match := IMG.fullmatch(markup):
        alt = IMG_ALT.search(markup)
        return match["target"], *(alt.span("alt") if alt else (0, 0))
    return "", 0, 0


def _mark_picture(draft: Draft, line: Line, following: Line | None, text: str) -> None:
    """Keep a picture whose file is there; of another one keep the caption."""
    target, first, last = target_of(text[line.start : line.end])
    caption = text[line.start + first : line.start + last]
    if target in draft.pictures:
        line.kind = "figure"
        if following and not following.gap and not NO_CAPTION.fullmatch(caption):
            following.gap = True
        if following and NO_CAPTION.fullmatch(caption) and is_caption(text, following):
            following.kind, line.caption = "caption", following
        return
    draft.report(
        line.start,
        "F702",
        f"the raw text has a picture here{': ' + target[:60] if target else ''}",
        "put the file into source/images and link it",
    )
    if following is not None:
        following.gap = True
    if caption.strip() and not NO_CAPTION.fullmatch(caption):
        draft.markup.append((line.start, line.start + first, "picture"))
        draft.markup.append((line.start + last, line.end, "picture"))
        line.start, line.end, line.kind = line.start + first, line.start + last, "text"


def is_caption(text: str, line: Line) -> bool:
    """Whether a line is the caption of the picture above it."""
    return (
        line.kind == "text"
        and line.end - line.start <= LONGEST_CAPTION
        and CAPTION.match(text, line.start, line.end) is not None
    )


def drop_breaks(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks without the rules at the ends of a chapter or a section, which divide nothing there."""
    kept: list[Block] = []
    for block in blocks:
        at_head = not kept or kept[-1].kind in ("heading", "thematic-break") or block.lines[0].starts_part
        if block.kind == "thematic-break" and at_head:
            continue
        if block.kind == "heading" and kept and kept[-1].kind == "thematic-break":
            kept.pop()
        kept.append(block)
    while kept and kept[-1].kind == "thematic-break":
        kept.pop()
    return kept
