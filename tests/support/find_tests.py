"""Find the test files of a module: ``python -m tests.support.find_tests dingben/restore/headings.py``."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
UNTESTED = TESTS / "untested_modules.txt"


def untested_modules() -> dict[str, list[str]]:
    """Modules without a test file of their own name, with the test files that cover them."""
    rows = [line.split(" | ") for line in UNTESTED.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return {module: files.split() for module, files, _reason in rows}


def own_test_file(module: str) -> Path:
    """``restore.headings`` -> ``tests/restore/test_headings.py``."""
    *packages, name = module.split(".")
    return TESTS.joinpath(*packages, f"test_{name}.py")


def find_tests(module: str) -> list[Path]:
    """Files with tests of a module, its own first."""
    own = own_test_file(module)
    return [own] if own.exists() else [TESTS / file for file in untested_modules().get(module, [])]


if __name__ == "__main__":
    path = Path(sys.argv[1]).with_suffix("")
    name = ".".join(path.parts[path.parts.index("dingben") + 1 :])
    print(*(file.relative_to(TESTS.parent) for file in find_tests(name.removesuffix(".__init__"))))
