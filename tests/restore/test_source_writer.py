"""Any text comes out of pandoc as it went in, whatever signs it holds."""

from __future__ import annotations

import json
from typing import Any

import pypandoc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dingben.book.ledger import Ledger
from dingben.restore.source_writer import Chapter, escape_markdown
from dingben.rules.passage import Passage

FORMATS = (
    "markdown-raw_html-native_divs-native_spans-raw_tex-raw_attribute-yaml_metadata_block-pandoc_title_block-smart"
    "-auto_identifiers-tex_math_dollars-citations-example_lists+east_asian_line_breaks",
    "markdown+east_asian_line_breaks-smart-auto_identifiers",
)
SCRAPS = ["山", "水", "。", "，", "“", "”", "a", "b", "Z", "1", "2", "10", " ", "*", "**", "_", "[", "]", "(", ")", "#", "<", ">", "|", "~", "^", "$", "@",
          "\\", "`", "```", "-", "--", "---", "+", ".", "1.", "1)", "(1)", "a.", "i.", ":", ":::", "=", "===", "{", "}", "&", "&amp;", "!", "%", "[^1]",
          "[1]: x", "http://a.b", "'", '"', "/", "Table:", "<!--", "-->", "\\(", "$$", "※", "•", "#.", "(@)", "@a", "——", "…", "~~", "==", "p."]  # fmt: skip
words = st.lists(st.sampled_from(SCRAPS), min_size=1, max_size=10).map("".join).map(lambda t: " ".join(t.split()))
paragraph = words.filter(bool)


def texts(markdown: str, reader: str) -> list[str]:
    blocks: list[dict[str, Any]] = json.loads(pypandoc.convert_text(markdown, "json", format=reader))["blocks"]
    return [f"{block['t']}:{inline(block['c'] if block['t'] == 'Para' else block['c'][2])}" for block in blocks]


def inline(nodes: list[dict[str, Any]]) -> str:
    out = ""
    for node in nodes:
        assert node["t"] in ("Str", "Space", "SoftBreak"), node
        out += node["c"] if node["t"] == "Str" else " "
    return out


@pytest.mark.parametrize("reader", FORMATS)
@given(st.lists(paragraph, min_size=1, max_size=20))
@settings(max_examples=25)
def test_paragraphs_round_trip_through_markdown(reader: str, paragraphs: list[str]) -> None:
    assert texts("\n\n".join(map(escape_markdown, paragraphs)), reader) == [f"Para:{p}" for p in paragraphs]


@pytest.mark.parametrize("reader", FORMATS)
@given(st.lists(paragraph, min_size=1, max_size=10))
@settings(max_examples=25)
def test_headings_round_trip_through_markdown(reader: str, headings: list[str]) -> None:
    chapter, ledger = Chapter("chapter", "body", ""), Ledger()
    for heading in headings:
        chapter.heading(Passage.kept(heading, 0, len(heading)), 2, ledger)
    assert texts(chapter.text, reader) == [f"Header:{h}" for h in headings]
