"""Revisions: the same text keeps its number, another raises it, and the words that changed are changes_between."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingben.builder.graph import build
from dingben.errors import ArchiveError
from dingben.formats.archive import revisions
from dingben.formats.archive.revisions import Change, History, Revision, changes_page, file_changes, next_history
from tests.support.books import small_book

RECORD = "build/haigang-archive/data/source/revisions.json"


def after(source: dict[str, str], last: History | None = None, date: str | None = None) -> History:
    files = {name: text.encode() for name, text in source.items()}
    return next_history(files, last.to_json() if last else None, Path("revisions.json"), date)


def changes_between(was: str, now: str) -> list[str]:
    return [str(change) for change in file_changes("c.md", was, now)]


def test_first_archive_is_revision_one() -> None:
    assert after({"a.md": "字"}).revisions == (Revision(1, None),)


def test_unchanged_text_keeps_its_revision() -> None:
    first = after({"a.md": "字"}, date="2020-01-01")
    assert after({"a.md": "字"}, first, date="2030-01-01") == first


def test_changed_text_is_the_next_revision() -> None:
    first = after({"a.md": "一字"})
    second = after({"a.md": "二字"}, first, date="2020-01-01")
    third = after({"a.md": "三字"}, second)
    assert [r.number for r in third.revisions] == [1, 2, 3]
    assert third.revisions[1] == Revision(2, "2020-01-01", (Change("a.md", 1, "一", "二", "", "字"),))


@pytest.mark.parametrize(
    ("was", "now", "changes"),
    [
        ("光绪二十五年已亥，商船", "光绪二十五年己亥，商船", ["c.md:1: 光绪二十五年[-已-]{+己+}亥，商船"]),
        ("甲乙\n\n丙丁", "甲乙\n\n丙戊", ["c.md:3: 丙[-丁-]{+戊+}"]),
        ("甲\n\n乙", "甲\n\n新\n\n乙", ["c.md:3: {+新+}"]),
        ("甲\n\n旧\n\n乙", "甲\n\n乙", ["c.md:3: [-旧-]"]),
        ("甲\n\n旧", "甲", ["c.md:1: [-旧-]"]),
        ("the cat sat", "the dog sat", ["c.md:1: the [-cat-]{+dog+} sat"]),
        ("1998年", "1999年", ["c.md:1: [-1998-]{+1999+}年"]),
        ("一段。二段。", "一段。\n\n二段。", ["c.md:1: 一段。{+↵+}二段。"]),
        ("同", "同", []),
    ],
)
def test_changes_are_listed_word_by_word(was: str, now: str, changes: list[str]) -> None:
    assert changes_between(was, now) == changes


def test_changes_one_word_apart_are_joined() -> None:
    assert changes_between("甲乙丙丁戊己", "子乙丑丁戊寅") == [
        "c.md:1: [-甲乙丙-]{+子乙丑+}丁戊寅",
        "c.md:1: 子乙丑丁戊[-己-]{+寅+}",
    ]


@given(st.text("甲乙丙 a1\n，", max_size=60), st.text("甲乙丙 a1\n，", max_size=60))
def test_every_changed_word_is_listed(was: str, now: str) -> None:
    words = [line for line in was.split("\n") if line.strip()], [line for line in now.split("\n") if line.strip()]
    assert bool(changes_between(was, now)) == (words[0] != words[1])


def test_large_passage_is_listed_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "MAX_PRODUCT", 10)
    assert changes_between("一二三四五", "一二三四六") == ["c.md:1: [-一二三四五-]{+一二三四六+}"]


def test_revisions_list_images_but_not_raw_texts() -> None:
    first = after({"a.md": "字", "images/a.png": "1", "images/b.png": "1", "ocr/x.txt": "1", "ledger.jsonl": "1"})
    second = after({"a.md": "字", "images/a.png": "2", "images/c.png": "1", "ocr/x.txt": "2"}, first)
    assert second.revisions[-1].files == ("* images/a.png", "- images/b.png", "+ images/c.png")


def test_removed_chapter_is_listed() -> None:
    second = after({"a.md": "字"}, after({"a.md": "字", "b.md": "去"}))
    assert [str(c) for c in second.revisions[-1].changes] == ["b.md:1: [-去-]"]


def record_with(**values: object) -> bytes:
    """A record of one revision with some values exchanged."""
    revision: dict[str, object] = {"number": 1, "date": None, "changes": [], "files": []}
    top = {"texts": {}, "digests": {}} | {key: values.pop(key) for key in ("texts", "digests") if key in values}
    return json.dumps({"revisions": [revision | values], **top}).encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"{}",
        b"[1]",
        b"[" * 100_000,
        b'{"revisions": [], "texts": {}, "digests": {}}',
        record_with(texts={"book.toml": 5}),
        record_with(digests=[]),
        record_with(date=5),
        record_with(number="1"),
        record_with(files=[5]),
        record_with(changes=[{"file": "a", "line": "1", "was": "", "now": ""}]),
        record_with(changes=[{"file": "a", "line": 1, "was": 5, "now": ""}]),
    ],
)
def test_damaged_revision_record_is_an_error(record: bytes, tmp_path: Path) -> None:
    book = small_book(tmp_path)
    (book / "source/revisions.json").write_bytes(record)
    with pytest.raises(ArchiveError, match="the revision record is damaged") as caught:
        build(book, ["archive"])
    assert caught.value.exit_code == 6


def test_changes_page_lists_newest_first_and_escapes_text() -> None:
    record = after({"a.md": "`x` 改"}, after({"a.md": "`x` 字"}))
    text = changes_page("书", record)
    assert text.index("Revision 2") < text.index("Revision 1")
    assert "`` a.md:1: `x` [-字-]{+改+} ``" in text


@pytest.mark.slow
def test_rebuilt_archive_has_a_new_revision_with_changes(tmp_path: Path) -> None:
    book = small_book(tmp_path, "# 第一章 起首\n\n光绪已亥年。\n")
    build(book)
    chapter = book / "source/chapters/01.md"
    chapter.write_text("# 第一章 起首\n\n光绪己亥年。\n", "utf-8")
    before = {p: p.read_bytes() for p in (book / "source").rglob("*") if p.is_file()}
    build(book)
    bag = book / "build/haigang-archive"
    assert "Edition-Revision: 2" in (bag / "bag-info.txt").read_text("utf-8")
    assert "`chapters/01.md:3: 光绪[-已-]{+己+}亥年。`" in (bag / "CHANGES.md").read_text("utf-8")
    assert "第2次修订" in (bag / "README.md").read_text("utf-8")
    assert json.loads((bag / "metadata/schema-org.jsonld").read_text("utf-8"))["version"] == "2"
    assert {p: p.read_bytes() for p in (book / "source").rglob("*") if p.is_file()} == before
    whole = Path(f"{bag}.zip").read_bytes()
    build(book, force=True)
    assert Path(f"{bag}.zip").read_bytes() == whole


@pytest.mark.slow
def test_bag_depends_only_on_sources_with_a_revision_record(tmp_path: Path) -> None:
    one, two = small_book(tmp_path / "one"), tmp_path / "two"
    build(one, ["archive"])
    shutil.copy(one / RECORD, one / "source/revisions.json")
    shutil.copytree(one / "source", two / "source")
    for book in (one, two):
        (book / "source/chapters/01.md").write_text("# 第一章 起首\n\n改了。\n", "utf-8")
        build(book, ["archive"])
    assert (two / "build/haigang-archive.zip").read_bytes() == (one / "build/haigang-archive.zip").read_bytes()
    assert json.loads((two / RECORD).read_text("utf-8"))["revisions"][-1]["number"] == 2
    (one / "source/chapters/01.md").write_text("# 第一章 起首\n\n又改了。\n", "utf-8")
    build(one, ["archive"])
    assert json.loads((one / RECORD).read_text("utf-8"))["revisions"][-1]["number"] == 2


@pytest.mark.slow
def test_styles_and_program_do_not_change_the_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = small_book(tmp_path)
    build(book, ["archive"])
    (book / "styles").mkdir()
    (book / "styles/book.css").write_text("p { color: #111 }")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    build(book, ["archive"])
    assert json.loads((book / RECORD).read_text("utf-8"))["revisions"] == [
        {"changes": [], "date": None, "files": [], "number": 1}
    ]
