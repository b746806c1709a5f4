"""AZW3 for Kindle, converted from the EPUB by calibre.

calibre writes the time and random numbers into the file, so two conversions differ. Therefore it is built on request
only (https://manual.calibre-ebook.com/generated/en/ebook-convert.html).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from dingben.errors import ToolError

TIMEOUT = 600
"""Seconds allowed for a conversion."""


def make_azw3(epub: bytes) -> bytes:
    """Convert an EPUB to AZW3. Raises ToolError where calibre is missing or fails."""
    program = shutil.which("ebook-convert")
    if program is None:
        raise ToolError("calibre is missing: its ebook-convert writes AZW3", hint="apt install calibre")
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        there, output = Path(scratch) / "book.epub", Path(scratch) / "book.azw3"
        there.write_bytes(epub)
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "CALIBRE_CONFIG_DIRECTORY": scratch}
        try:
            done = subprocess.run(
                [program, str(there), str(output), "--no-inline-toc"],  # the book has its contents
                env=environment,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ToolError(f"calibre failed: {error}", hint="Try: ebook-convert --version.") from error
        if done.returncode or not output.is_file():
            message = " ".join((done.stderr or done.stdout).split())[-300:]
            raise ToolError(f"calibre failed: {message}", hint="Try: ebook-convert --version.")
        return output.read_bytes()
