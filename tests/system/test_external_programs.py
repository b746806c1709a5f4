"""External programs: what they print is returned, a missing or hanging one is an error."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dingben.errors import ToolError
from dingben.system.external_programs import run


def test_output_and_exit_code_are_returned() -> None:
    result = run([sys.executable, "-c", "import os, sys; print(os.environ['NAME']); sys.exit(3)"], {"NAME": "value"})
    assert (result.stdout, result.returncode) == ("value\n", 3)


def test_missing_program_is_an_error_with_a_hint() -> None:
    with pytest.raises(ToolError, match="no-such-program failed") as raised:
        run(["no-such-program"])
    assert "dingben doctor" in (raised.value.diagnostics[0].hint or "")


def test_hanging_program_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("x", 600)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(ToolError, match="x failed"):
        run(["x"])
