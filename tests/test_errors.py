"""Errors: exit codes on the class; foreign exceptions converted at a border."""

from __future__ import annotations

import errno
import logging
from pathlib import Path

import pytest

from dingben.diagnostics import Diagnostic, Location
from dingben.errors import (
    ArchiveError,
    DingbenError,
    InternalError,
    RenderError,
    SourceError,
    ToolError,
    UsageError,
    to_diagnostics,
    to_error,
)


def test_exit_codes() -> None:
    codes = {UsageError: 2, SourceError: 3, ToolError: 4, RenderError: 5, ArchiveError: 6, InternalError: 1}
    assert {kind: kind.exit_code for kind in codes} == codes


def test_an_error_carries_its_diagnostics() -> None:
    location = Location(Path("a"), 1)
    assert SourceError("x", hint="h", location=location).diagnostics == (
        Diagnostic("x", "h", location, severity="error"),
    )
    error = SourceError.of([Diagnostic("a"), Diagnostic("b")])
    assert isinstance(error, SourceError)
    assert str(error) == "a"
    assert [d.severity for d in error.diagnostics] == ["error", "error"]


class UnformattableError(Exception):
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (SourceError("a\x1b"), SourceError, r"a\x1b"),
        (FileNotFoundError(errno.ENOENT, "No such file", "b"), SourceError, "b: can't be read: No such file"),
        (OSError(errno.ENOMEM, "No memory"), ToolError, "system error while testing: No memory"),
        (OSError(errno.EBADF, "Bad", 3), SourceError, "can't be read: Bad"),
        (MemoryError(), ToolError, "out of memory while testing"),
        (KeyError("k"), InternalError, "internal error while testing: KeyError: 'k'"),
        (ValueError("x" * 999), InternalError, f"internal error while testing: ValueError: {'x' * 300}"),
        (UnformattableError(), InternalError, "internal error while testing: UnformattableError"),
    ],
)
def test_exception_is_described_in_one_line(error: Exception, kind: type[DingbenError], text: str) -> None:
    assert type(to_error(error, "testing")) is kind
    assert [str(d) for d in to_diagnostics(error, "testing")] == [text]


def test_the_traceback_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "dingben"):
        to_error(KeyError("k"), "testing")
    assert "KeyError: 'k'" in caplog.text
