"""Names and statements of responsibility."""

from __future__ import annotations

import pytest

from dingben.restore.metadata.contributors import contributors, is_name, names, statement
from dingben.restore.metadata.fields import MetadataFields


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("张某/著", "张某 著"),
        ("张某　李某 主编", "张某 李某 主编"),
        ("张某等 译。", "张某 等译"),
        ("某某出版社", "某某出版社"),
    ],
)
def test_statement(text: str, normalized: str) -> None:
    assert statement(text) == normalized


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张某、李某", ["张某", "李某"]),
        ("林 涛 王　海", ["林涛", "王海"]),
        ("林 涛子", ["林涛子"]),
        ("林", ["林"]),
        ("", []),
    ],
)
def test_names(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "expected"), [("张某", True), ("刘易斯·卡罗尔", True), ("Smith", False), ("编写委员会", False)]
)
def test_is_name(text: str, expected: bool) -> None:
    assert is_name(text) is expected


def test_people_of_the_statement_come_first_with_its_role() -> None:
    metadata = MetadataFields()
    metadata.values["book.author_statement"] = "张某 主编"
    metadata.contributors = [("李某", "aut"), ("张某", "aut")]
    contributors(metadata)
    assert metadata.contributors == [("张某", "edt"), ("李某", "ctb")]
