"""Messages of build processes: written, read back, and refused when malformed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dingben.diagnostics import Diagnostic, Location
from dingben.errors import ToolError
from dingben.live.messages import BuildMessage, read_answer, read_build

WARNING = Diagnostic("small", "scale it", Location(Path("a.md"), 3, 5), "U001")


def test_round_trip() -> None:
    message = BuildMessage(("a.pdf",), (WARNING,), (Diagnostic("broken"),))
    assert read_answer(message.to_json().encode()) == message


def test_outputs_that_were_built() -> None:
    rows = [{"path": "build/a.pdf", "why": ["first build"]}, {"path": "build/a.epub", "why": []}]
    assert read_build(json.dumps({"outputs": rows, "findings": []}).encode()) == BuildMessage(("a.pdf",))


def test_errors_of_a_build() -> None:
    errors = json.dumps({"errors": [{"message": "broken", "hint": ""}]}).encode()
    assert [each.message for each in read_build(errors).problems] == ["broken"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"built": 1, "findings": [], "problems": []}',
        b'{"built": [1], "findings": []}',
        b"[" * 9999,
    ],
)
def test_malformed_message_is_an_error(line: bytes) -> None:
    with pytest.raises(ToolError, match="malformed answer"):
        read_answer(line)
