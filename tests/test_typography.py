"""What is marked between characters, and that it adds no character and loses none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dingben.nodes import Node, string, text_of
from dingben.pandoc import read_markdown
from dingben.typography import set_type


def shown(nodes: list[Node]) -> str:
    """Inlines with spans as [text]{classes}, a zero-width space as |, a word joiner as &."""
    parts = []
    for node in nodes:
        if node["t"] == "Span":
            parts.append(f"[{shown(node['c'][1])}]{{{' '.join(node['c'][0][1])}}}")
        elif node["t"] == "Code":
            parts.append(f"`{node['c'][1]}`")
        else:
            parts.append(text_of(node))
    return "".join(parts).replace("\u200b", "|").replace("\u2060", "&")


def paragraph(text: str) -> str:
    return shown(set_type([{"t": "Para", "c": [string(text)]}])[0]["c"])


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("他说，“好。”然后", "他说[，]{squeeze}|“好[。]{squeeze}”|然&后"),
        ("（见《志》）。", "（见《志[》]{squeeze}[）]{squeeze}。"),
        ("《“海”论》", "《[“]{squeeze}海”|论》"),
        ("与Venice相比", "与[Venice]{latin before after}相&比"),
        ("共32字×28行。", "共[32]{latin before after}字×[28]{latin after}行。"),
        ("（2013）认为", "（2013）认&为"),
        ("见user’s guide", "见[user’s]{proportional latin before} guide"),
        ("真？！好", "真？！好"),
        ("——的海港", "——的海&港"),
        ("港", "港"),
    ],
)
def test_marks_are_squeezed_words_gapped_and_ends_held(text: str, made: str) -> None:
    spaced = text.replace(" guide", "")
    assert paragraph(spaced) == made.replace(" guide", "")


def test_a_word_in_code_is_gapped_too_and_links_and_headings_are_left_alone() -> None:
    blocks = set_type(read_markdown("# 第1章“甲”，乙\n\n用`make`来，[见“甲”，A乙](#x)。\n", Path("x.md")))
    assert shown(blocks[0]["c"][2]) == "第1章“甲”，乙"
    assert shown(blocks[1]["c"]).startswith("用[`make`]{latin before after}来，见“甲”，A乙")


TEXT = st.text(st.sampled_from("海港之“”‘’（）《》，。；：？！—…·Aé5 ’×、"), max_size=40)


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=4))
def test_no_character_is_added_or_lost(texts: list[str]) -> None:
    inlines: list[Node] = []
    for text in texts:
        inlines += [string(text), {"t": "Emph", "c": [string(text)]}]
    made = text_of(set_type([{"t": "Para", "c": inlines}]))
    assert made.replace("\u200b", "").replace("\u2060", "") == text_of(inlines)
