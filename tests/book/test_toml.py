"""TOML that the parser can't take is an error with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book.toml import parse_toml
from dingben.errors import SourceError


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (f"a = 1\nb = {'[' * 5000}", 2, "nested too deeply"),
        (f"a = 1\nb = {'{a=' * 5000}", 2, "nested too deeply"),
        (f"a = 1\nb = {'9' * 5000}", 2, "number is too long"),
        (f"a = 1\nb = {'9' * 400}", 2, "number is too long"),
        (f"a = 1\nb = [{{c = 0x{'f' * 40}}}]", 2, "number is too long"),
        (f"a = 1\nb = {2**63}", 2, "number is too long"),
    ],
)
def test_numbers_and_nesting_are_bounded(text: str, line: int, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        parse_toml(Path("book.toml"), text)
    location = caught.value.diagnostics[0].location
    assert location
    assert location.line == line


def test_numbers_of_64_bits_are_read() -> None:
    assert parse_toml(Path("book.toml"), f"a = {2**63 - 1}\nb = {-(2**63)}") == {"a": 2**63 - 1, "b": -(2**63)}
