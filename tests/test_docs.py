"""Documentation is up to date with the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.cli.parser import EXAMPLES
from dingben.rules.explain import as_markdown

ROOT = Path(__file__).resolve().parents[1]


def test_rules_page_is_up_to_date() -> None:
    assert (ROOT / "docs/rules.md").read_text("utf-8") == as_markdown(), "run: make docs"


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_readmes_name_every_command(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    assert [name for name in EXAMPLES if name and f"dingben {name}" not in text] == []


def test_architecture_names_every_module() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    package = ROOT / "dingben"
    files = [p.relative_to(package).with_suffix("") for p in package.rglob("*.py") if not p.stem.startswith("__")]
    modules = [".".join(p.parts) for p in files]
    assert [name for name in sorted(modules) if f"`{name}`" not in text and f"`{name}." not in text] == []


def test_handbook_names_every_command_and_key() -> None:
    import dataclasses

    from dingben.book.model import Format, Imprint, Press, Publication, Title

    text = "".join(p.read_text("utf-8") for p in (ROOT / "source/chapters").glob("*.md"))
    keys = [f.name for table in (Title, Publication, Imprint, Format, Press) for f in dataclasses.fields(table)]
    assert [name for name in EXAMPLES if name and f"dingben {name}" not in text] == []
    assert [key for key in keys if f"`{key}`" not in text] == []


def test_handbook_can_be_built() -> None:
    from dingben.book.reader import read_book
    from dingben.document.links import resolve_references
    from dingben.document.reader import read_fragments

    assert [problem for f in resolve_references(read_fragments(read_book(ROOT))) for problem in f.findings] == []


def test_handbook_passes_check() -> None:
    from dingben.lint import check

    assert [str(finding) for finding in check(ROOT)] == []
