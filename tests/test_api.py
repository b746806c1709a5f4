"""The public interface: every name is documented, typed, and imported when it is first used."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dingben

ROOT = Path(__file__).resolve().parents[1]
API = (ROOT / "docs/api.md").read_text("utf-8")
EXAMPLES = "\n".join(re.findall(r"^```python\n(.*?)^```", API, re.MULTILINE | re.DOTALL))


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)


@pytest.mark.parametrize("name", dingben.__all__)
def test_public_names_exist_and_are_documented(name: str) -> None:
    assert getattr(dingben, name)
    assert re.search(rf"`{name}[(`]", API)


def test_public_names_are_sorted_and_complete() -> None:
    assert dingben.__all__ == sorted(set(dingben.__all__))
    assert set(dir(dingben)) == {*dingben.__all__, "__version__"}
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        dingben.nonsense  # noqa: B018


def test_import_is_lazy(tmp_path: Path) -> None:
    code = """import sys; before = set(sys.modules); import dingben
first = set(sys.modules) - before
dingben.build, dingben.Book, dingben.DingbenError
import json; print(json.dumps([sorted(first), sorted({"weasyprint", "lxml", "jinja2", "PIL"} & set(sys.modules))]))"""
    first, heavy = json.loads(run("-c", code, folder=tmp_path).stdout)
    assert set(first) <= {"__future__", "dingben"}
    assert heavy == []


def test_public_function_is_not_hidden_by_its_package(tmp_path: Path) -> None:
    code = "import dingben, dingben.builder.graph, dingben.rules; print(dingben.build.__module__, len(dingben.rules.RULES) > 9)"
    assert run("-c", code, folder=tmp_path).stdout == "dingben.api True\n"


@pytest.mark.slow
def test_api_examples_run(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests/data/ocr/hans.txt", tmp_path / "scan.txt")
    (tmp_path / "examples.py").write_text(EXAMPLES, "utf-8")
    done = run("examples.py", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "source/book.toml: there is no book here" in done.stdout


def test_examples_are_typed(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    assert (ROOT / "dingben/py.typed").exists()
    (tmp_path / "examples.py").write_text(EXAMPLES + "\nreveal_type(built)\nreveal_type(book)\n", "utf-8")
    cache = f"--cache-dir={ROOT / '.mypy_cache'}"
    done = run(
        "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"), cache, "examples.py", folder=tmp_path
    )
    assert done.returncode == 0, done.stdout
    assert 'Revealed type is "dingben.builder.graph.BuildResult"' in done.stdout
    assert 'Revealed type is "dingben.book.model.Book"' in done.stdout


def test_paths_may_be_strings_and_one_format_a_string(tmp_path: Path) -> None:
    dingben.new_project(str(tmp_path / "b"))
    (output,) = dingben.build(str(tmp_path / "b"), "txt").outputs
    assert output.path.exists()
