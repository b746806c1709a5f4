"""Plugins written into a folder, and the command line run with that folder on the path."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.books import write


def install(site: Path, name: str, code: str, group: str, *objects: str) -> None:
    """Write a package of one module with entry points for ``objects``."""
    write(site / f"{name}.py", code)
    write(site / f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    points = "".join(f"{each.lower()} = {name}:{each}\n" for each in objects)
    write(site / f"{name}-1.0.dist-info/entry_points.txt", f"[{group}]\n{points}")


def dingben(site: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line with the packages in ``site``."""
    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "dingben", *map(str, arguments)]
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False)
