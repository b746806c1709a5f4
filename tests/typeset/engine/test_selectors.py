"""Selectors that count or compare elements with their siblings."""

from __future__ import annotations

import pytest

from dingben.typeset.engine.selectors import counting_compounds, counts_divisions

NAMES = {"chapter", "division", "c1"}


@pytest.mark.parametrize(
    "css",
    [
        ".chapter:first-child p {}",
        ".chapter + .chapter {}",
        "section:nth-of-type(2) {}",
        ".division:has(p) {}",
        "@media print { .chapter ~ section {} }",
        ":is(.chapter:last-child) {}",
        "#c1:only-child {}",
        "*:first-child {}",
    ],
)
def test_selectors_that_count_divisions(css: str) -> None:
    assert counts_divisions(css, NAMES)


@pytest.mark.parametrize(
    "css",
    [
        "p:first-child {}",
        "h1 + p {}",
        ".chapter p {}",
        ".chapter > p {}",
        ".other:first-child {}",
        "tr:nth-child(2) td {}",
    ],
)
def test_selectors_that_do_not_count_divisions(css: str) -> None:
    assert not counts_divisions(css, NAMES)


def test_counting_compounds_of_a_selector_list() -> None:
    found = counting_compounds("h1 + p.lead, li:last-child {} p {}")
    assert [(each.kind, each.names, each.follows, each.counts) for each in found] == [
        ("p", ["lead"], True, False),
        ("li", [], False, True),
    ]
