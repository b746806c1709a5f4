"""Output: what is printed is one line, in the encoding of the stream."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from dingben.cli import output
from dingben.diagnostics import Diagnostic, Location


def test_path_below_the_working_directory_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inside = Diagnostic("wrong", location=Location(tmp_path / "a\n.md", 1), code="M001")
    assert output.format_diagnostic(inside) == r"a\n.md:1: M001 wrong"
    assert output.diagnostic_data(inside)["file"] == "a\n.md"
    assert output.format_diagnostic(Diagnostic("x", location=Location(Path("/etc/a")))) == "/etc/a: x"


def test_json_is_ascii_on_an_ascii_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    output.write_json({"name": "书é😀"})
    output.write_line("书")
    stream.flush()
    text = stream.buffer.getvalue().decode("ascii")
    data, line = text.rsplit("\n", 2)[:2]
    assert json.loads(data) == {"name": "书é😀"}
    assert line == r"\u4e66"


def test_colour_only_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_error("wrong", "hint\x1b")
    assert capsys.readouterr().err == "wrong\n  hint\\x1b\n"
