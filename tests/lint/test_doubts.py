"""Doubts of the ingest are findings of `check` until they are settled."""

from __future__ import annotations

import json
from pathlib import Path

from dingben.diagnostics import Diagnostic
from dingben.lint import check
from dingben.restore.ingest import ingest

PROSE = "山水清音，何必丝竹。读书的人住在山里，每天看见的不过是云和树，听见的不过是水声。"
RAW = f"山中读书记\n\n王明 著\n\n第一章 山水\n\n{PROSE}①\n\n①见后书。\n\n②见前书，第三页。\n\n{PROSE}他说。\n"


def made(tmp_path: Path, text: str = RAW) -> Path:
    raw = tmp_path / "raw.txt"
    raw.write_text(text, encoding="utf-8")
    ingest([raw], tmp_path / "book")
    return tmp_path / "book"


def uncalled(book: Path) -> list[Diagnostic]:
    return [finding for finding in check(book) if finding.code == "N603"]


def test_doubt_has_its_place_in_the_chapter(tmp_path: Path) -> None:
    book = made(tmp_path)
    (doubt,) = uncalled(book)
    assert doubt.location is not None
    assert doubt.raw is not None
    assert doubt.location.file == book / "source/chapters/01-chapter.md"
    assert "见前书" in doubt.location.file.read_text("utf-8").splitlines()[doubt.location.line - 1]


def test_edit_or_ignore_settles_a_doubt(tmp_path: Path) -> None:
    book = made(tmp_path)
    chapter = book / "source/chapters/01-chapter.md"
    text = chapter.read_text("utf-8")
    chapter.write_text(text.replace("\n第一", "\n第一"), "utf-8")
    assert len(uncalled(book)) == 1
    chapter.write_text("".join(row for row in text.splitlines(keepends=True) if "见前书" not in row), "utf-8")
    assert uncalled(book) == []
    chapter.write_text(text, "utf-8")
    ignores = book / "source/emendations.toml"
    ignores.write_text('[[ignore]]\ncode = "N603"\ntext = "a note without a call"\nreason = "the scan"\n', "utf-8")
    assert uncalled(book) == []


def test_edited_book_toml_settles_its_doubts(tmp_path: Path) -> None:
    book = made(tmp_path, f"第一章 山水\n\n{PROSE}\n")
    assert "B703" in {finding.code for finding in check(book)}
    toml = book / "source/book.toml"
    toml.write_text(toml.read_text("utf-8").replace("无题", "山中读书记"), "utf-8")
    assert "B703" not in {finding.code for finding in check(book)}


def test_ledger_without_doubts(tmp_path: Path) -> None:
    book = made(tmp_path)
    path = book / "source/ledger.jsonl"
    header, rest = path.read_text("utf-8").split("\n", 1)
    row = json.loads(header)
    del row["doubts"]
    path.write_text(json.dumps(row) + "\n" + rest, "utf-8")
    assert uncalled(book) == []
