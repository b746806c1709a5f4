"""The wheel, installed in an empty environment away from the checkout."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(out), str(ROOT)]
    subprocess.run(command, check=True)
    return next(out.glob("*.whl"))


def test_wheel_holds_package_templates_and_styles_only(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {"dingben/templates/book.html", "dingben/styles/base.css", "dingben/templates/web/index.html"} <= set(names)
    assert all(name.startswith(("dingben/", "dingben-")) for name in names)


def test_wheel_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "env"
    venv.create(environment, with_pip=True)
    python = environment / "bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", str(wheel)], check=True)
    dingben = environment / "bin/dingben"
    book = tmp_path / "mybook"
    subprocess.run([dingben, "new", str(book)], cwd=tmp_path, check=True, env={"PATH": "/usr/bin:/bin"})
    subprocess.run([dingben, "build", "--book", str(book)], cwd=tmp_path, check=True, env={"PATH": "/usr/bin:/bin"})
    assert {p.name for p in (book / "build").iterdir()} >= {"book.pdf", "book.epub", "web"}
    raw = tmp_path / "raw.txt"
    raw.write_text("第一章　起首\n\n海港的研究,向来以档案与方志为主。\n", "utf-8")
    subprocess.run(
        [dingben, "ingest", str(raw), "--book", str(tmp_path / "b")], check=True, env={"PATH": "/usr/bin:/bin"}
    )
    subprocess.run([dingben, "build", "--book", str(tmp_path / "b")], check=True, env={"PATH": "/usr/bin:/bin"})
