"""The installed fonts, as fontconfig tells them; asked once."""

from __future__ import annotations

import functools
import hashlib
import subprocess

from dingben.errors import ToolError


@functools.cache
def listing() -> tuple[tuple[str, str, str], ...]:
    """File, version and families of every face. Raises ToolError without fontconfig."""
    try:
        command = ["fc-list", "--format=%{file}\t%{fontversion}\t%{family}\n"]
        done = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ToolError(
            "fontconfig is missing", hint="apt install fontconfig (macOS: brew install fontconfig)."
        ) from error
    rows = (line.split("\t") for line in done.stdout.decode("utf-8", "replace").splitlines())
    return tuple(sorted((row[0], row[1], row[2]) for row in rows if len(row) == 3))


def installed_families() -> frozenset[str]:
    """Every font family. Raises ToolError without fontconfig."""
    return frozenset(name for _, _, families in listing() for name in families.split(","))


def fonts_digest() -> str:
    """The installed font files, as one digest: other fonts, other pages."""
    try:
        faces = listing()
    except ToolError:
        return "unknown"
    return hashlib.sha256("\n".join(f"{file} {version}" for file, version, _ in faces).encode()).hexdigest()
