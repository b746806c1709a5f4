"""XHTML of an EPUB: elements found, added and parsed."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from dingben.errors import SourceError
from dingben.formats.xml import OPS, XHTML, add_list_link, find_all, generated_section, nav_element, remove_generator

PAGE = f"""<html xmlns="{XHTML}"><head><meta name="generator" content="pandoc"/><meta name="a"/><style> </style>
<style>p {{}}</style></head></html>"""


def test_generator_and_empty_styles_are_removed() -> None:
    root = etree.fromstring(PAGE)
    remove_generator(root)
    assert [element.get("name") for element in find_all(root, "//h:meta")] == ["a"]
    assert [element.text for element in find_all(root, "//h:style")] == ["p {}"]


def test_nav_element_with_a_link() -> None:
    nav = nav_element("landmarks", "doc-toc", "marks")
    add_list_link(nav, "ch1.xhtml", "正文 & 注")
    assert nav.get(f"{{{OPS}}}type") == "landmarks"
    (link,) = find_all(nav, "h:ol/h:li/h:a")
    assert (link.get("href"), link.text) == ("ch1.xhtml", "正文 & 注")


def test_section_of_a_template_is_parsed() -> None:
    section = generated_section('<section epub:type="imprint"><p>书</p></section>', Path("imprint.html"))
    assert section.tag == f"{{{XHTML}}}section"


@pytest.mark.parametrize(("html", "message"), [("<p>a<br></p>", "not XHTML"), ("text", "no element"), ("&x;", "XHTML")])
def test_invalid_template_output_is_an_error(html: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        generated_section(html, Path("imprint.html"))
    assert str(caught.value.diagnostics[0].location) == "imprint.html"
