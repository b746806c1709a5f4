"""The cascade worked out once for elements alike is the one that WeasyPrint works out for each."""

from __future__ import annotations

from typing import Any

import pytest
from cssselect2 import ElementWrapper, Matcher, compile_selector_list
from hypothesis import given, settings
from hypothesis import strategies as st
from weasyprint import CSS, HTML
from weasyprint.css import StyleFor, get_all_computed_styles
from weasyprint.css.counters import CounterStyle
from weasyprint.css.targets import TargetCollector
from weasyprint.text.fonts import FontConfiguration

from dingben.typeset.engine.cascade_cache import SelectorSets
from dingben.typeset.engine.patch import patches
from dingben.typeset.engine.style_cache import StyleCache

PROPERTIES = ("color", "margin_left", "text_indent", "content", "font_size", "display", "font_weight", "lang", "anchor")

SELECTORS = (
    "p", "p + p", "h2 ~ p", "p:first-child", "li:last-child", "p:nth-child(2n)", "p:nth-of-type(odd)", "p:empty",
    "#a", ".x", "p.x > b", "section b", ":is(h2, p) b", "p:not(.x)", "a[href]", "a[href^='#']", "[data-k='1']", "[id]",
    ":lang(en)", "[lang|=en] b", "section:has(h2) > p", "b:only-child", "p::before", ".x::after", "p + p::before",
    "li::marker", ":root b", "p:first-line", "section > :first-child::after", "*", "b, p.x",
)  # fmt: skip

DECLARATIONS = (
    "color: #00{n}",
    "margin-left: {n}px",
    "text-indent: {n}px !important",
    "content: '{n}'",
    "color: #{n}00",
)

BLOCKS = (
    "<p>甲<b>乙</b></p>", "<p class='x'>甲<b>乙</b><b>丙</b></p>", "<p></p>", "<p id='a'>甲</p>", "<h2>节</h2>",
    "<p lang='en'>a <b>b</b></p>", "<p data-k='1'><a href='#a'>甲</a><a href='b'>乙</a><a>丙</a></p>",
    "<ul><li>甲</li><li class='x'>乙<b>丙</b></li></ul>", "<p style='color: #abc; margin-left: 7px'>甲</p>",
    "<section class='x'><h2>节</h2><p>甲</p><p>乙<b>丙</b></p></section>", "<p class='y x' id='c'><b id='d'>甲</b></p>",
)  # fmt: skip


def styles(html: str, css: list[str]) -> dict[Any, Any]:
    """What is computed for each element and pseudo-element, by its number in the document; and the anchors."""
    source = HTML(string=html, base_url="https://example.org/")
    targets = TargetCollector()
    style_for = get_all_computed_styles(
        source,
        [CSS(string=sheet) for sheet in css],
        font_config=FontConfiguration(),
        counter_style=CounterStyle(),
        target_collector=targets,
    )
    numbers = {element: number for number, element in enumerate(source.etree_element.iter())}
    found = {
        (numbers[element], pseudo): [style[name] for name in PROPERTIES]
        for (element, pseudo), style in style_for._computed_styles.items()
    }
    return {**found, "anchors": sorted(targets.target_lookup_items)}


@pytest.mark.slow
@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=8),
    st.lists(
        st.lists(st.tuples(st.sampled_from(SELECTORS), st.sampled_from(DECLARATIONS)), min_size=1, max_size=8),
        min_size=1,
        max_size=2,
    ),
    st.booleans(),
)
def test_cached_cascade_equals_weasyprint(
    blocks: list[str], sheets: list[list[tuple[str, str]]], layered: bool
) -> None:
    html = f"<html lang='zh'><body><section>{''.join(blocks)}</section>{blocks[0]}</body></html>"
    css = [
        "\n".join(
            f"{selector} {{ {declaration.format(n=1 + (number + at) % 9)} }}"
            for at, (selector, declaration) in enumerate(sheet)
        )
        for number, sheet in enumerate(sheets)
    ]
    if layered:
        css[0] = f"@layer one {{ {css[0]} }}"
    theirs = styles(html, css)
    with patches(styles=StyleCache()):
        assert styles(html, css) == theirs


@pytest.mark.parametrize(
    ("selector", "by_name"),
    [
        ("p", True), ("section.x p > b#a", True), ("a[href^='#']", True), (":lang(en)", True), ("p:not(.x)", True),
        ("p + p", False), ("h2 ~ p b", False), ("p:first-child", False), ("p:empty", False), ("p:has(b)", False),
        ("p:nth-of-type(2)", False), (":is(h2 + p, li)", False), ("b:not(:only-child)", False),
    ],
)  # fmt: skip
def test_selectors_by_position_are_not_shared(selector: str, by_name: bool) -> None:
    matcher = Matcher()
    for compiled in compile_selector_list(selector):
        matcher.add_selector(compiled, None)
    apart = SelectorSets.of(matcher)
    empty = vars(Matcher())
    filled = {name for name, pile in (("by name", apart.by_name), ("others", apart.others)) if vars(pile) != empty}
    assert filled == {"by name" if by_name else "others"}
    assert SelectorSets.of(matcher) is apart


def test_equal_paragraphs_are_matched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[ElementWrapper] = []
    match = Matcher.match

    def recorded(matcher: Matcher, element: ElementWrapper) -> Any:
        asked.append(element)
        return match(matcher, element)

    source = HTML(string="<body>" + "<p>甲</p>" * 50)
    sheets = [(CSS(string="p { color: red }"), "author", None)]
    monkeypatch.setattr(Matcher, "match", recorded)
    with patches(styles=StyleCache()):
        made = StyleFor(source, sheets, False, FontConfiguration(), None)
    by_name = [element for element in asked if element.local_name == "p"]
    assert len(by_name) == 50 + 1  # the others are asked for each
    assert len({id(made(element)) for element in source.etree_element.iter("p")}) == 1
