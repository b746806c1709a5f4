"""Versions of the program and of the packages that shape its outputs."""

from __future__ import annotations

import functools
import re
import sys
from pathlib import Path

import dingben
from dingben.system.digests import digest_of

TOOLS = (
    "weasyprint", "pypandoc-binary", "jinja2", "pydyf", "tinycss2", "cssselect2", "tinyhtml5", "pillow", "pikepdf",
    "pypdfium2", "lxml", "fonttools", "uharfbuzz",
)  # fmt: skip
"""Packages whose version shapes the outputs."""


@functools.cache
def program_version() -> str:
    """Return what identifies the program: its version, a digest of its code, and the versions of its dependencies."""
    code = sorted(Path(__file__).parents[1].rglob("*.py"))
    own = digest_of(*(path.read_bytes() for path in code))[:16]
    return "\n".join([f"{dingben.__version__} {own}", *(f"{tool} {package_version(tool)}" for tool in TOOLS)])


def package_version(package: str) -> str:
    """Return a package's version by the name of its metadata folder: importlib.metadata takes thirty times as long."""
    name = re.compile(rf"{package.replace('-', '[-_.]')}-([^-]+)(-py[\d.]+)?\.(dist|egg)-info", re.IGNORECASE)
    found = next((m[1] for path in metadata_paths() if (m := name.fullmatch(path.name))), None)
    if found is None:
        import importlib.metadata

        found = importlib.metadata.version(package)
    return found


@functools.cache
def metadata_paths() -> tuple[Path, ...]:
    """Return the metadata folders of all installed packages, in the order of ``sys.path``."""
    return tuple(path for place in sys.path if place for path in sorted(Path(place).glob("*-info")))
