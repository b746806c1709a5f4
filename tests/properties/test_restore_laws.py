"""Properties of restoring, over generated and damaged books."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dingben.book import emendations
from dingben.book.ledger import read
from dingben.book.reader import read_book
from dingben.diagnostics import Diagnostic
from dingben.document.reader import read_fragments
from dingben.errors import DingbenError, SourceError
from dingben.lint import check
from dingben.restore.audit import audit
from dingben.restore.ingest import ingest

MODEST = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
EXCEPTIONS = {"H502", "N601", "emendation"}
"""Rules that may change letters: headings by the contents, notes' signs, a person's reading."""

HAN = "山水清风明月读书人家春夏秋冬东西南北一二三四五六七八九十年月日己已"
sentence = st.text(HAN, min_size=4, max_size=60)
stop = st.sampled_from("。！？，,;；:：……")
bit = st.one_of(
    sentence,
    st.sampled_from(
        [
            "“",
            "”",
            "(",
            ")",
            "（",
            "）",
            "《",
            "》",
            "——",
            "—",
            "...",
            " ",
            "　",
            "2017 年",
            "Darwin",
            "*",
            "_",
            "[1]",
            "①",
            "#",
            "|",
            "$x$",
        ]
    ),
)
prose = st.lists(st.tuples(bit, stop), min_size=1, max_size=12).map(lambda pairs: "".join(a + b for a, b in pairs))
label = st.sampled_from(
    ["第一章 ", "第二章 ", "第一节 ", "第二节", "1.1 ", "1. 2 ", "l.3 ", "一、", "（二）", "附录 ", "# ", "Chapter I. "]
)
heading = st.tuples(label, st.text(HAN, min_size=2, max_size=14)).map("".join)
furniture = st.sampled_from(["12", "— 13 —", "14 山水志", "山水志", "\f", "第 15 页", "iv", "①见前书。", "* 同上。"])
leaf = st.sampled_from(
    ["山水志", "王小明 著", "王 明 李小红", "江南文史出版社", "ISBN 978-7-5000-1234-4", "版 次 2004 年 6 月第 1 版", "定 价 70.00 元",
     "图书在版编目 (CIP) 数据", "山水志 / 王小明著 .", "中国版本图书馆 CIP 数据核字 (2004) 第 203433 号", "目 录", "前　言", "参考文献", "注释"]
)  # fmt: skip
entry = st.tuples(heading, st.sampled_from(["\t", " …… ", " "]), st.integers(1, 300)).map(
    lambda e: f"{e[0]}{e[1]}{e[2]}"
)
wrapped = prose.map(lambda text: "　　" + "\n".join(text[i : i + 20] for i in range(0, len(text), 20)))
line = st.one_of(prose, wrapped, heading, furniture, leaf, entry)
book = st.lists(st.tuples(line, st.sampled_from(["\n", "\n\n", "\r\n", "\n\f"])), min_size=1, max_size=40).map(
    lambda rows: "".join(a + b for a, b in rows)
)


def letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


def restored(text: str, folder: Path) -> bool:
    raw = folder / "raw.txt"
    raw.write_bytes(text.encode("utf-8"))
    try:
        ingest([raw], folder / "book")
    except SourceError:
        return False
    return True


@given(book)
@MODEST
def test_ledger_rebuilds_the_raw_text(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if restored(text, folder):
            assert audit(folder / "book") == ()
            _, records = read(folder / "book/source/ledger.jsonl")
            assert [r for r in records if r.rule == "unplaced"] == []


@given(book)
@MODEST
def test_no_rule_changes_letters(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if restored(text, folder):
            _, records = read(folder / "book/source/ledger.jsonl")
            for r in records:
                if r.kind == "replaced" and not EXCEPTIONS & set(r.rule.split("+")):
                    assert letters(r.before) == letters(r.after), r


DATA = sorted((Path(__file__).parents[1] / "data" / "ocr").iterdir())


STAINS = ["\f", "\r", "\t", "　", "①", "[1]", "*", "“", "(", "—", "12"]
MARKUP = [
    *("# ", "## ", "|", "```", "$", "<b>", "\\", "[^1]", "[^1]: x", "{.x}", "::: {.y}", ":::", "http://x.y", "~", "^a^", "> "),
    *("- ", "1. ", "    code", "\u200b", "\ufeff", "&amp;", "---", "***", "![x](y)", "[x](z)", "`", "``", ": ", "Table: "),
]  # fmt: skip


@st.composite
def mutilated(draw: st.DrawFn, stains: Sequence[str]) -> str:
    """A book with lines deleted, doubled, moved, run together, torn: whatever a scanner's tray can do."""
    rows = draw(st.sampled_from(DATA)).read_text(encoding="utf-8").split("\n")
    for _ in range(draw(st.integers(1, 5))):
        a = draw(st.integers(0, len(rows) - 1))
        b = min(len(rows), a + draw(st.integers(1, 12)))
        what = draw(st.sampled_from(["delete", "double", "move", "run", "tear", "stain"]))
        part = rows[a:b]
        if what == "delete" and len(rows) > b - a:
            del rows[a:b]
        elif what == "double":
            rows[a:a] = part
        elif what == "move":
            rows[a:b] = []
            at = draw(st.integers(0, len(rows)))
            rows[at:at] = part
        elif what == "run":
            rows[a:b] = ["".join(part)]
        elif what == "tear":
            rows[a : a + 1] = [rows[a][: len(rows[a]) // 2], rows[a][len(rows[a]) // 2 :]]
        else:
            at = draw(st.integers(0, len(rows[a])))
            rows[a] = rows[a][:at] + draw(st.sampled_from(stains)) + rows[a][at:]
    return "\n".join(rows)


@pytest.mark.slow
@given(mutilated(STAINS))
@MODEST
def test_ledger_rebuilds_damaged_books(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if restored(text, folder):
            assert audit(folder / "book") == ()
            _, records = read(folder / "book/source/ledger.jsonl")
            assert [r for r in records if r.rule == "unplaced"] == []
            check(folder / "book")


@pytest.mark.slow
@given(mutilated([*STAINS, *MARKUP]))
@settings(MODEST, max_examples=200)
def test_restored_books_can_be_built(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if restored(text, folder):
            read_fragments(read_book(folder / "book"))


@given(st.text(min_size=1, max_size=200).filter(lambda t: "\0" not in t))
@MODEST
def test_any_text_is_restored_or_refused(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if restored(text, folder):
            assert audit(folder / "book") == ()


@given(book)
@settings(MODEST, max_examples=15)
def test_the_same_text_gives_the_same_source(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if restored(text, folder):
            first = {p.name: p.read_bytes() for p in (folder / "book/source").rglob("*") if p.is_file()}
            assert restored(text, folder)
            assert first == {p.name: p.read_bytes() for p in (folder / "book/source").rglob("*") if p.is_file()}


SPOILT = [
    *(b"", b"\xff\xfe", b"\xb8\xb8", b"null", b"[]", b"{}", b"\x00", b'x = 3', b"[[division]]", b"division = 1", b"book = []"),
    *(b"ignore = 3", b'emendation = ["x"]', b"[[ignore]]", b"[[emendation]]\nsic = 3", b"1\t", b"9\tx\ty\tz", b'{"raw": 3}'),
    *(b'{"raw": [{}], "sources": {}}', b'{"raw": [], "sources": {"chapters/../../../../etc/passwd": ""}}', b"isbn = 978"),
]  # fmt: skip


@given(st.data())
@MODEST
def test_faults_in_sources_are_errors_with_a_place(data: st.DataObject) -> None:
    """A file of the sources spoilt by an editor, a disk or a stranger is an error of ours, or no error."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ingest([Path(__file__).parents[1] / "data/ocr/hans.txt"], folder)
        files = sorted(path for path in (folder / "source").rglob("*") if path.is_file())
        path = data.draw(st.sampled_from(files))
        content = path.read_bytes()
        at = data.draw(st.integers(0, min(len(content), 2000)))
        gone = data.draw(st.sampled_from([0, 1, 40, len(content)]))
        path.write_bytes(content[:at] + data.draw(st.sampled_from(SPOILT)) + content[at + gone :])
        told: list[Diagnostic] = []
        for command in (
            check,
            audit,
            read_book,
            lambda book: emendations.read_emendations(book / "source/emendations.toml"),
        ):
            try:
                command(folder)
            except DingbenError as error:
                told += error.diagnostics
        assert all(problem.location for problem in told)
