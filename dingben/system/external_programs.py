"""Programs of other people, run with a limit of time."""

from __future__ import annotations

import subprocess

from dingben.errors import ToolError


def run(command: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a checker, in another ``environment`` than ours where one is given.

    Raises ToolError where it doesn't end in ten minutes.
    """
    try:
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"{command[0]} failed: {error}", hint="Run `dingben doctor`.") from error
