"""The public names of the package."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dingben import typeset


@pytest.mark.parametrize("name", typeset.__all__)
def test_public_names_can_be_imported(name: str) -> None:
    assert getattr(typeset, name).__name__ == name


def test_importing_the_package_does_not_import_weasyprint() -> None:
    code = "import sys, dingben.typeset; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
