"""The e-book for Kindles, which read no EPUB from a cable: calibre's AZW3 out of our EPUB.

calibre stamps the file with the time and with chance numbers: two of them differ. So it
is made when asked for, never by default (https://manual.calibre-ebook.com/generated/en/ebook-convert.html).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from dingben.errors import ToolError

TIMEOUT = 600
"""Seconds that a conversion may take."""


def make_azw3(epub: bytes) -> bytes:
    """The AZW3 of an EPUB. Raises ToolError where calibre is missing or fails."""
    program = shutil.which("ebook-convert")
    if program is None:
        raise ToolError("calibre is missing: ebook-convert makes the AZW3", hint="apt install calibre")
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        there, made = Path(scratch) / "book.epub", Path(scratch) / "book.azw3"
        there.write_bytes(epub)
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "CALIBRE_CONFIG_DIRECTORY": scratch}
        try:
            done = subprocess.run(
                [program, str(there), str(made), "--no-inline-toc"],  # the book has its contents
                env=environment,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ToolError(f"calibre failed: {error}", hint="Try: ebook-convert --version.") from error
        if done.returncode or not made.is_file():
            said = " ".join((done.stderr or done.stdout).split())[-300:]
            raise ToolError(f"calibre failed: {said}", hint="Try: ebook-convert --version.")
        return made.read_bytes()
