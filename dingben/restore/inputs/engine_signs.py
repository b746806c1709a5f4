"""Signs that recognition models write around their text: places on the page, and a block of fields before each page.

DeepSeek-OCR writes ``<|ref|>text<|/ref|><|det|>[[100, 80, 900, 160]]<|/det|>`` before a block, olmOCR fields such as
``is_rotation_valid: True`` between two rules. Neither is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dingben.restore.lines import LineKind

GROUNDING = re.compile(
    r"<\|ref\|>(?P<type>[^<\r\n]{0,40})<\|/ref\|>[ \t]*<\|det\|>\[\[[\d,\[\] \t]{0,400}\]\]<\|/det\|>"
    r"|<\|(?:grounding|image|/?ref|/?det)\|>"
)
PICTURES = frozenset({"image", "figure", "picture"})
_FIELD = r"(?:primary_language|is_rotation_valid|rotation_correction|is_table|is_diagram):[ \t]*[^\r\n]{0,40}"
FIELDS = re.compile(rf"^---[ \t]*\r?\n(?:{_FIELD}\r?\n){{2,8}}---[ \t]*$", re.MULTILINE)
LINE = re.compile(r"[^\r\n]+")

SIGNS = r"<\|(?:ref|det|grounding)\|>|^is_rotation_valid:"
"""Pattern that shows that a model wrote a text."""


def find(text: str) -> Iterator[tuple[int, int, LineKind, str]]:
    """Yield (start, end, kind, rule) of each sign, none longer than its line; a picture has no rule."""
    if "<|" in text:
        for match in GROUNDING.finditer(text):
            if match["type"] in PICTURES:
                yield (*match.span(), "picture", "")
            else:
                yield (*match.span(), "text", "model-sign")
    if "primary_language:" in text:
        for block in FIELDS.finditer(text):
            for line in LINE.finditer(text, *block.span()):
                yield (*line.span(), "text", "model-fields")
