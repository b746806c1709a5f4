"""Class names in the selectors of style sheets."""

from __future__ import annotations

from dingben.document.style_classes import styled_classes


def test_every_class_of_a_selector_is_found() -> None:
    css = """
    .a > p.b, div:not(.c) .d-e::before { margin: .5em }
    @media print { .f { color: red } }
    .g { .h { color: red } }
    @page :left { @top-left { content: ".i" } }
    """
    assert styled_classes(css) == {"a", "b", "c", "d-e", "f", "g", "h"}
