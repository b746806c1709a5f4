"""External programs: without network, in an empty folder, within limits; what they print is returned."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from dingben.errors import ToolError
from dingben.system.external_programs import run


def test_output_and_exit_code_are_returned() -> None:
    result = run([sys.executable, "-c", "import os, sys; print(os.environ['NAME']); sys.exit(3)"], {"NAME": "value"})
    assert (result.stdout, result.returncode) == ("value\n", 3)


def test_program_runs_in_a_temporary_folder() -> None:
    result = run([sys.executable, "-c", "import os; open('left', 'w'); print(os.getcwd(), len(os.listdir()))"])
    folder, count = result.stdout.split()
    assert count == "1"
    assert not Path(folder).exists()


def test_missing_program_is_an_error_with_a_hint() -> None:
    with pytest.raises(ToolError, match="no-such-program failed") as raised:
        run(["no-such-program"])
    assert "dingben doctor" in (raised.value.diagnostics[0].hint or "")


def test_hanging_program_is_killed_with_its_children(tmp_path: Path) -> None:
    code = f"import os, time; pid = os.fork(); open({str(tmp_path / 'pid')!r}, 'w').write(str(pid or os.getpid()))"
    with pytest.raises(ToolError, match="was stopped after 1 seconds"):
        run([sys.executable, "-c", f"{code}; time.sleep(100)"], seconds=1)
    child = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


def is_running(process: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"
