"""The shape of the package: who imports whom, how long a function may be, where the tests of a module are."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.find_tests import own_test_file, untested_modules

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "dingben"
TOP = {"__init__", "__main__", "api", "diagnostics", "errors"}
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
MOST_MODULES = 15

TO_BE_SPLIT: set[str] = set()
"""Packages, modules and functions (``module:function``) over the limits. This list only shrinks."""

PRINTERS = {"print", "sys.stdout.write", "sys.stderr.write"}


def name(path: Path) -> str:
    """``restore/headings.py`` -> ``restore.headings``."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def modules() -> list[Path]:
    """Every module."""
    return sorted(PACKAGE.rglob("*.py"))


def functions(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """Every function and method with its length in lines, decorators and docstring not counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node, clean=False) is not None and len(node.body) > 1
            docstring = node.body[0] if documented else None
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield node, length - ((docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0)


def test_imports_follow_the_contracts() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [command, "--no-cache", "--config", "pyproject.toml"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_top_level_modules() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} == TOP


def test_every_module_has_a_docstring() -> None:
    assert [name(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []


def test_number_of_modules_in_a_package() -> None:
    counts = {path.parent: 0 for path in modules()}
    for path in modules():
        counts[path.parent] += path.stem != "__init__"
    # a package with subpackages has its order from them
    flat = [folder for folder in counts if not any(folder.glob("*/__init__.py"))]
    found = {name(folder): counts[folder] for folder in flat if counts[folder] > MOST_MODULES}
    assert {package: count for package, count in found.items() if package not in TO_BE_SPLIT} == {}


def test_length_of_modules() -> None:
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in modules()}
    found = {module: length for module, length in lengths.items() if length > LONGEST_MODULE}
    assert {module: length for module, length in found.items() if module not in TO_BE_SPLIT} == {}


def test_length_of_functions() -> None:
    found = {
        f"{name(path)}:{function.name}": length
        for path in modules()
        for function, length in functions(ast.parse(path.read_text("utf-8")))
        if length > LONGEST_FUNCTION
    }
    assert {function: length for function, length in found.items() if function not in TO_BE_SPLIT} == {}


def test_only_the_command_line_prints() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in modules()
        if path.relative_to(PACKAGE).parts[0] != "cli"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in PRINTERS
    ]
    assert found == []


def test_every_module_has_a_test_file_or_a_reason() -> None:
    listed = untested_modules()
    names = [name(path) for path in modules() if not path.stem.startswith("__")]
    without = {module for module in names if not own_test_file(module).exists()}
    assert without - set(listed) == set(), "write a test file of that name, or a line in tests/untested_modules.txt"
    assert set(listed) - without == set(), "these have a test file of their name, or are gone: delete the line"
    assert [file for files in listed.values() for file in files if not (ROOT / "tests" / file).exists()] == []
