"""The audit names what differs, and only that."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dingben.errors import SourceError, ToolError
from dingben.lint import check
from dingben.restore.audit import audit
from dingben.restore.ingest import ingest
from dingben.system.atomic import write_file

DATA = Path(__file__).parents[1] / "data" / "ocr"


@given(st.integers(0, 3000), st.sampled_from(["", "改", "\n\n新的一段。\n\n", "*", "。"]), st.integers(0, 5))
@settings(max_examples=20)
def test_manual_edit_is_reported_with_a_place(at: int, inserted: str, removed: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ingest([DATA / "hans.txt"], folder)
        path = folder / "source/chapters/00-preface.md"
        text = path.read_text(encoding="utf-8")
        at %= len(text)
        edited = text[:at] + inserted + text[at + removed :]
        path.write_text(edited, encoding="utf-8")
        problems = audit(folder)
        assert bool(problems) == (edited != text)
        for problem in problems:
            assert problem.location is not None
            assert problem.location.file == path
            assert abs(problem.location.line - (text.count("\n", 0, at) + 1)) <= 3


def test_missing_file_is_reported_by_the_audit(tmp_path: Path) -> None:
    ingest([DATA / "hans.txt"], tmp_path)
    toml = tmp_path / "source/book.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("clc = ", "# "), encoding="utf-8")
    assert ["publication.clc is missing" in p.message for p in audit(tmp_path)] == [True]
    (tmp_path / "source/chapters/01-chapter.md").unlink()
    assert any("is missing" in p.message for p in audit(tmp_path))
    (tmp_path / "source/ledger.jsonl").unlink()
    assert "no ledger" in audit(tmp_path)[0].message


def test_edited_raw_text_and_damaged_ledger_are_reported(tmp_path: Path) -> None:
    ingest([DATA / "novel.txt"], tmp_path)
    raw = tmp_path / "source/ocr/novel.txt"
    raw.write_text(raw.read_text(encoding="utf-8").replace("青石", "红石", 1), encoding="utf-8")
    (problem,) = audit(tmp_path)
    assert str(problem.location) == f"{raw}:1:1"
    ledger = tmp_path / "source/ledger.jsonl"
    lines = ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    ledger.write_text("".join(lines[:3] + lines[4:]), encoding="utf-8")
    assert "exactly one record" in audit(tmp_path)[0].message


@pytest.mark.parametrize(
    ("line", "text", "what"),
    [
        (1, "null", "no header"),
        (1, '{"raw": [], "sources": {"chapters/../../../secret": "0"}}', "no header"),
        (1, '{"raw": [], "sources": {"/etc/passwd": "0"}}', "no header"),
        (1, '{"raw": [{"file": "ocr/x", "encoding": "nonsense"}], "sources": {}}', "no header"),
        (1, '{"raw": [], "sources": 5}', "no header"),
        (1, "[" * 100_000, "no header"),
        (3, "{", "no record"),
        (3, "[" * 100_000, "no record"),
        (3, '{"raw": [0, "1"], "is": "kept"}', "no record"),
        (3, '{"raw": [0, 1], "is": "kept", "in": "../../secret", "at": 0}', "no record"),
        (3, '{"raw": [0, 1], "is": ["kept"]}', "no record"),
    ],
)
def test_damaged_ledger_is_reported_with_its_line(tmp_path: Path, line: int, text: str, what: str) -> None:
    ingest([DATA / "novel.txt"], tmp_path)
    ledger = tmp_path / "source/ledger.jsonl"
    lines = ledger.read_text(encoding="utf-8").splitlines()
    lines[line - 1] = text
    ledger.write_text("\n".join(lines), encoding="utf-8")
    problems = [problem for problem in audit(tmp_path) if "damaged" in problem.message]
    assert [(str(p.location), what in p.message) for p in problems] == [(f"{ledger}:{line}", True)]
    assert check(tmp_path) is not None


@pytest.mark.parametrize(
    ("key", "value"),
    [("encoding", name) for name in ("hex", "rot13", "zlib_codec", "undefined", "idna", "punycode", "unicode_escape")]
    + [("characters", float("inf")), ("characters", True), ("odd", [[0, "zz"]]), ("odd", [[-1, "00"]]), ("file", 5)],
)
def test_ledger_header_with_wrong_types_is_damaged(tmp_path: Path, key: str, value: object) -> None:
    ingest([DATA / "novel.txt"], tmp_path)
    ledger = tmp_path / "source/ledger.jsonl"
    first, rest = ledger.read_text(encoding="utf-8").split("\n", 1)
    header = json.loads(first)
    header["raw"][0][key] = value
    ledger.write_text(f"{json.dumps(header)}\n{rest}", encoding="utf-8")
    assert [str(p.location) for p in audit(tmp_path)] == [f"{ledger}:1"]


def test_untrusted_ledger_reads_nothing_outside_the_book(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret", encoding="utf-8")
    book = tmp_path / "book"
    ingest([DATA / "novel.txt"], book)
    path = book / "source/chapters/01-chapter.md"
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    for command in (audit, check):
        with pytest.raises(SourceError, match="is outside the book"):
            command(book)


def test_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "book.toml"
    write_file(tmp_path, "book.toml", [b"old"])

    def broken() -> Iterator[bytes]:
        yield b"new"
        raise OSError(28, "No space left on device")

    with pytest.raises(ToolError, match="the disk is full"):
        write_file(tmp_path, "book.toml", broken())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
