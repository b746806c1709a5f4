"""The editions made anew from the bag alone; what differs is told before and after."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dingben.builder.graph import build
from dingben.cli import main
from dingben.errors import ArchiveError
from dingben.formats.archive import environment
from dingben.formats.archive.bagit import make_bag, open_bag
from dingben.verification.rebuild import Rebuild
from tests.support.books import small_book


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = small_book(tmp_path_factory.mktemp("book"))
    build(book, ["archive"])
    return book / "build/haigang-archive"


def altered(bag: Path, folder: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """The bag with one file changed, and whole in itself."""
    whole = open_bag(bag)
    files = {n: whole.read(n) for n in whole.files if "manifest" not in n and n not in ("bagit.txt", "bag-info.txt")}
    files[name] = change(files[name])
    payload = {n.removeprefix("data/"): data for n, data in files.items() if n.startswith("data/")}
    tags = {n: data for n, data in files.items() if not n.startswith("data/")}
    for path, content in make_bag(payload, tags, list(whole.info)[:-1]).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.mark.slow
def test_rebuilt_editions_are_equal(bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rebuild", f"{bag}.zip", "--into", str(tmp_path / "anew")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.rpartition("  ")[2] for line in lines} == {"same"}
    assert {line.partition(" ")[0] for line in lines} >= {"haigang.pdf", "haigang.epub", "haigang.xml", "haigang.txt"}
    assert (tmp_path / "anew/build/haigang.pdf").is_file()
    assert not (tmp_path / "anew/editions").exists()


@pytest.mark.slow
def test_rebuild_leaves_no_files_by_default(bag: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert main(["rebuild", str(bag), "--quiet"]) == 0
    assert list(tmp_path.iterdir()) == []


def test_other_versions_and_fonts_are_reported_before_building(
    bag: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(data: bytes) -> bytes:
        state = json.loads(data)
        state["libraries"]["pango"] = "1.48.0"
        state["packages"]["weasyprint"] = "61.0"
        state["packages"]["rich"] = "1.0"
        state["python"] = "3.99.0"
        state["fonts"][0]["sha256"] = "0" * 64
        state["fonts"].append({"name": "No-Such-Font", "file": "x.otf", "version": "1.0", "sha256": "0" * 64})
        return json.dumps(state).encode()

    def never(*_: object, **__: object) -> None:
        raise ArchiveError("built")

    other = altered(bag, tmp_path / "other", "environment.json", change)
    monkeypatch.setattr("dingben.verification.rebuild.build", never)
    assert main(["rebuild", str(other)]) == 6
    lines = capsys.readouterr().out.splitlines()
    here = environment.build_environment(b"")
    assert f"not as it was: pango {here['libraries']['pango']} is here, 1.48.0 made the edition" in lines
    assert "not as it was: weasyprint 70.0 is here, 61.0 made the edition" in lines
    assert any("python" in line for line in lines)
    assert any("is another file than" in line for line in lines)
    assert "not as it was: font No-Such-Font 1.0 is missing here" in lines
    assert not any("rich" in line for line in lines)


def test_changed_program_is_reported(bag: Path, tmp_path: Path) -> None:
    def change(data: bytes) -> bytes:
        state = json.loads(data)
        state["dingben"]["sha256"] = "0" * 64
        return json.dumps(state).encode()

    other = altered(bag, tmp_path / "other", "environment.json", change)
    (line,) = Rebuild(other, tmp_path / "anew").differences()
    assert "the same version, but the program was changed" in line


@pytest.mark.slow
def test_difference_is_reported_with_its_first_byte(
    bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = altered(bag, tmp_path / "other", "data/editions/haigang.txt", lambda data: data[:5] + b"X" + data[6:])
    assert main(["rebuild", str(other), "--quiet"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("haigang.txt  differs, from byte 5 on")


@pytest.mark.slow
def test_rebuild_report_as_json(bag: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rebuild", str(bag), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["differences"] == []
    assert {each["verdict"] for each in told["files"]} == {"same"}


@pytest.mark.slow
def test_edition_date_comes_from_the_bag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = small_book(tmp_path / "book")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    build(book, ["archive"])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    compared = Rebuild(book / "build/haigang-archive.zip", tmp_path / "anew").run()
    assert {c.verdict for c in compared} == {"same"}
    assert os.environ["SOURCE_DATE_EPOCH"] == "1800000000"


@pytest.mark.parametrize("state", [b"{}", b"no JSON", b"[]", b"[" * 100_000, b'{"format": 99}'])
def test_environment_of_another_form_is_an_error(state: bytes, bag: Path, tmp_path: Path) -> None:
    other = altered(bag, tmp_path / "other", "environment.json", lambda _: state)
    assert main(["rebuild", str(other)]) == 6


@pytest.mark.parametrize(
    "values",
    [
        {"dingben": []},
        {"packages": 5},
        {"libraries": {"pango": 5}},
        {"fonts": [{}]},
        {"fonts": ["a"]},
        {"targets": 5},
        {"targets": [5]},
        {"python": None},
        {"SOURCE_DATE_EPOCH": "a\0b"},
        {"SOURCE_DATE_EPOCH": 5},
    ],
)
def test_environment_with_wrong_types_is_an_error(values: dict[str, object], bag: Path, tmp_path: Path) -> None:
    other = altered(bag, tmp_path / "other", "environment.json", lambda d: json.dumps(json.loads(d) | values).encode())
    assert main(["rebuild", str(other)]) == 6


def test_rebuild_refuses_a_folder_with_files(bag: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    assert main(["rebuild", str(bag), "--into", str(tmp_path)]) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
