"""The examples of docs/extending.md, installed as a package and used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.books import write
from tests.support.plugins import dingben

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/extending.md").read_text("utf-8")


def blocks(language: str) -> str:
    return "\n\n".join(re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the package of the page, as pip would install it."""
    project = tomllib.loads(blocks("toml"))["project"]
    folder = tmp_path / "site"
    write(folder / "house.py", blocks("python"))
    write(folder / "slate/design.css", blocks("css"))
    write(folder / "house-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0\n")
    groups = project["entry-points"].items()
    points = "".join(f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in rows.items()) for group, rows in groups)
    write(folder / "house-1.0.dist-info/entry_points.txt", points)
    return folder


def test_example_rule_input_and_format_work(site: Path, tmp_path: Path) -> None:
    book = tmp_path / "book"
    assert dingben(site, "rules", "Z100").stdout.startswith("Z100 house-spelling (PROBABLE)")
    raw = write(tmp_path / "scan.numbered", "1|第一章 山水\n\n2|这是惟一的路。\n")
    done = dingben(site, "ingest", raw, "--book", book)
    assert done.returncode == 0, done.stderr
    assert (book / "source/chapters/01-chapter.md").read_text("utf-8") == "# 第一章 山水\n\n这是唯一的路。\n"
    assert dingben(site, "audit", "--book", book).returncode == 0
    built = dingben(site, "build", "wordcount", "--book", book)
    assert built.returncode == 0, built.stderr
    assert "slate         house         Slate headings" in dingben(site, "designs").stdout
    (table,) = (book / "build").glob("*-words.tsv")
    assert "chapter\t" in table.read_text("utf-8")


def test_examples_are_typed(site: Path) -> None:
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml")]
    done = subprocess.run(
        [*command, f"--cache-dir={ROOT / '.mypy_cache'}", "house.py"],
        cwd=site, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_reserved_letters_are_those_of_the_program() -> None:
    from dingben.rules.registry import RESERVED

    assert f"`{' '.join(sorted(RESERVED))}`" in PAGE
