"""Reproducible builds: one book built twice under hostile differences, all outputs compared."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dingben.restore.ingest import ingest
from tests.end_to_end.test_killed import contents
from tests.support.books import full_book

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).parents[1] / "data" / "ocr"

OTHER_USER = ("unshare", "--user", "--map-user=65534", "--map-group=65534")

HOSTILE = """
import os, random
chance = random.Random(11)

def shuffled(list_):
    def listing(*a, **k):
        found = list(list_(*a, **k))
        chance.shuffle(found)
        return found
    return listing

class Scan:
    def __init__(self, found):
        self.found = iter(found)
    def __iter__(self):
        return self.found
    def __next__(self):
        return next(self.found)
    def __enter__(self):
        return self
    def __exit__(self, *_):
        pass
    def close(self):
        pass

scan = shuffled(os.scandir)
os.scandir = lambda *a: Scan(scan(*a))
os.listdir = shuffled(os.listdir)
os.supports_fd.update((os.scandir, os.listdir))
os.cpu_count = lambda: 7
os.umask(0o077)
assert os.environ.get("EXPECTED_USER", str(os.getuid())) == str(os.getuid())
"""
"""Loaded by Python before anything else: folders are read in a random order, seven processors are seen."""


def hostile_run(book: Path, home: Path, faketime: str) -> None:
    """`dingben build` as another user, in another time zone, locale and century, with other habits."""
    (home / "hooks").mkdir(parents=True)
    (home / "hooks/sitecustomize.py").write_text(HOSTILE)
    for path in (home, *home.rglob("*"), book, *book.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    environment = {key: value for key, value in os.environ.items() if key == "SOURCE_DATE_EPOCH"} | {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": f"{home / 'hooks'}:{ROOT}",
        "PYTHONHASHSEED": "4711",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "LANGUAGE": "de",
        "COLUMNS": "20",
    }
    command = [faketime, "-f", "@2041-02-03 23:59:58", sys.executable, "-m", "dingben", "build", "--quiet"]
    if subprocess.run([*OTHER_USER, "true"], capture_output=True, check=False).returncode == 0:
        command = [*OTHER_USER, *command]
        environment["EXPECTED_USER"] = "65534"
    subprocess.run([*command, "--book", str(book)], env=environment, check=True, cwd=home)


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that any user may look into: pytest's own are closed."""
    with tempfile.TemporaryDirectory(prefix="dingben-") as name:
        folder = Path(name)
        (folder / "z 另一处").mkdir()
        for place in (folder, folder / "z 另一处"):
            place.chmod(0o777)
        yield folder


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["full", "restored"])
@pytest.mark.parametrize("epoch", ["", "1700000000"])
def test_outputs_are_identical_under_hostile_differences(
    kind: str,
    epoch: str,
    tmp_path: Path,
    open_place: Path,
    need: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faketime = need("faketime", "apt install faketime")
    one, two = tmp_path / "one", open_place / "z 另一处" / "书 & <книга>"
    if kind == "full":
        full_book(one)
    else:
        ingest([DATA / "hans.txt"], one)
    shutil.copytree(one, two, ignore=shutil.ignore_patterns("build"))
    if epoch:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    subprocess.run([sys.executable, "-m", "dingben", "build", "--quiet", "--book", str(one)], check=True, cwd=ROOT)
    hostile_run(two, open_place / "home", faketime)
    assert {p.stat().st_mode & 0o077 for p in (two / "build/web").iterdir()} == {0}
    here, there = contents(one / "build"), contents(two / "build")
    assert {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)} == set()
    assert any(name.endswith("-archive.zip") for name in here)
