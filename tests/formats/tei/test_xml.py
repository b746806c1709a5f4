"""Identifiers in TEI."""

from __future__ import annotations

import pytest
from lxml import etree

from dingben.formats.tei.xml import ID, xml_id


@pytest.mark.parametrize(
    ("identifier", "made"), [("page-1", "page-1"), ("1a", "id_1a"), ("a:b", "a_3a_b"), ("图", "图")]
)
def test_identifiers_are_xml_names(identifier: str, made: str) -> None:
    assert xml_id(identifier) == made
    etree.Element("x").set(ID, made)
