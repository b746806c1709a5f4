"""External programs that read files of strangers: run without network, in an empty folder, within limits."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping

from dingben.errors import ToolError
from dingben.system.isolation import isolated

SECONDS = 600
"""How long a program may run."""

NOT_FOUND = 127
"""Exit code of what can't be started, as of a shell."""

JAVA_MEMORY = "-Xmx2g"
"""Heap of a Java program: https://docs.oracle.com/en/java/javase/17/docs/specs/man/java.html."""

JAVA = (
    "java",
    JAVA_MEMORY,
    "-Djavax.xml.accessExternalDTD=",
    "-Djavax.xml.accessExternalSchema=",
    "-Djavax.xml.accessExternalStylesheet=",
    "-Djdk.xml.entityExpansionLimit=1000",
    "-Djava.awt.headless=true",
)
"""The Java runtime with bounded memory; its XML parsers fetch nothing (JAXP 1.5, JEP 185) and expand few entities."""


def run(
    command: list[str], environment: Mapping[str, str] | None = None, seconds: float = SECONDS
) -> subprocess.CompletedProcess[str]:
    """Run a program isolated, in an empty folder of its own, and return its output as text.

    ``environment``: variables to add. Names of files in ``command`` must be absolute. Raises ToolError where the
    program can't be started or doesn't end in time; all processes that it started end with it.
    """
    variables = {**os.environ, **(environment or {})}
    with tempfile.TemporaryDirectory(prefix="dingben-", ignore_cleanup_errors=True) as folder:
        try:
            process = subprocess.Popen(
                isolated(command),
                env=variables,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise ToolError(f"{command[0]} failed: {error}", hint="Run `dingben doctor`.") from error
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            message = f"{command[0]} was stopped after {seconds:g} seconds"
            raise ToolError(message, hint="The file may be malicious; or run `dingben doctor`.") from error
        finally:
            with contextlib.suppress(OSError):  # what the program started, and itself where it runs on
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode == NOT_FOUND and not out:
        raise ToolError(f"{command[0]} failed: {err.strip()[-300:]}", hint="Run `dingben doctor`.")
    return subprocess.CompletedProcess(command, process.returncode, out, err)
