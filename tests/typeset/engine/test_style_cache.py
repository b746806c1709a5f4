"""What is remembered for WeasyPrint and pydyf is what they would have worked out."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import tostring

import pydyf
import pytest
import weasyprint
from hypothesis import given
from hypothesis import strategies as st
from weasyprint.css import get_all_computed_styles
from weasyprint.css.counters import CounterStyle
from weasyprint.layout import page as paging
from weasyprint.layout.page import PageType
from weasyprint.text.fonts import FontConfiguration

from dingben.typeset.engine import style_cache
from dingben.typeset.engine.patch import patches
from dingben.typeset.fonts import subset

SHEET = """
@page { size: 100px 200px; @top-center { content: "头" } @bottom-center { content: counter(page) } }
@page :left { margin-left: 7px; @top-center { content: "左" } }
@page :first { margin-top: 9px }
@page :blank { @top-center { content: none } }
@page :nth(3) { margin-top: 11px }
@page chapter { margin-right: 13px }
@page :nth(1 of chapter) { @bottom-center { content: none } }
"""

PAGES = st.builds(
    PageType,
    st.sampled_from(["left", "right"]),
    st.booleans(),
    st.sampled_from(["", "chapter"]),
    st.integers(0, 4),
    st.sampled_from([(), (("chapter", 0),), (("chapter", 1),)]),
)


def style_for() -> tuple[Any, Any]:
    source = weasyprint.HTML(string='<html lang="zh"><body><p>字</p></body></html>')
    fonts, counters = FontConfiguration(), CounterStyle()
    sheet = weasyprint.CSS(string=SHEET, font_config=fonts, counter_style=counters)
    made = get_all_computed_styles(source, [sheet], False, fonts, counters, [], weasyprint.document.TargetCollector())
    return source, made


def page_styles(styles: Any, page: Any) -> dict[str | None, dict[str, Any]]:
    names = ("content", "margin_top", "margin_left", "margin_right", "size", "counter_increment")
    kinds = [kind for element, kind in styles._computed_styles if element == page]
    return {kind: {name: styles._computed_styles[page, kind][name] for name in names} for kind in kinds}


@pytest.mark.slow
@given(st.lists(PAGES, min_size=1, max_size=8))
def test_page_styles_equal_weasyprint(pages: list[Any]) -> None:
    (source, actual), (other, expected) = style_for(), style_for()
    for page in pages:
        with patches(layout=None):
            paging.set_page_type_computed_styles(page, source, actual)
        paging.set_page_type_computed_styles(page, other, expected)
        assert page_styles(actual, page) == page_styles(expected, page)


VALUES = st.recursive(
    st.one_of(
        st.text("ab/ ()<>"), st.binary(max_size=4), st.integers(), st.floats(-1e6, 1e6), st.booleans(), st.none()
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(pydyf.Array),
        st.dictionaries(st.text("ab"), inner, max_size=3).map(pydyf.Dictionary),
    ),
    max_leaves=6,
)


@given(VALUES)
def test_serialized_objects_equal_pydyf(value: Any) -> None:
    expected = pydyf._to_bytes(value)
    with patches(serialization=None):
        assert pydyf._to_bytes(value) == expected


def test_non_ascii_text_is_an_error() -> None:
    for write in (pydyf._to_bytes, subset.to_bytes):
        with pytest.raises(UnicodeEncodeError):
            write("字")


def test_cached_patterns_give_the_same_html_tree() -> None:
    html = "<p a='1'  b=c>甲 &amp;\n<b>乙</b>&#x4e19;<!-- - --><script>x < 1</script><textarea>丁</textarea>\t"
    expected = tostring(weasyprint.HTML(string=html).etree_element)
    with patches(parsing=None):
        assert tostring(weasyprint.HTML(string=html).etree_element) == expected
    assert len(style_cache.PATTERNS) < 20
