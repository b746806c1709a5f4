"""JSON of strangers is read, or a ValueError."""

from __future__ import annotations

import pytest

from dingben.system.json import is_text_map, parse_json


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5000, "NaN", "-Infinity", b"\xff", ""])
def test_invalid_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (all messages are right)
        parse_json(text)


def test_a_text_map_has_strings_only() -> None:
    assert is_text_map(parse_json('{"a": "b"}'))
    assert not any(map(is_text_map, ({"a": 5}, [], "a", None)))
