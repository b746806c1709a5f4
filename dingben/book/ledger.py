"""The ledger: a record for every raw character, in raw order, each exactly once.

In memory a record is a row of small columns, since a book of ten million characters has two
million of them; on disk it is a line of JSON. The first line is a header: version, raw
files (encoding, byte order mark, digest), and the digest of every source file as written.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Mapping
from heapq import merge
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from dingben.book.encodings import text_codec
from dingben.diagnostics import ORDER
from dingben.system.json import parse_json

VERSION = 1


class Record(NamedTuple):
    """A record. ``kind`` is kept, replaced, moved, aside or added (text without raw characters)."""

    start: int
    end: int
    kind: str
    file: str = ""
    at: int = 0
    before: str = ""
    after: str = ""
    rule: str = ""
    note: str = ""


class Ledger:
    """Collects records in any order, and writes them in raw order."""

    def __init__(self) -> None:
        self._start = array("Q")
        self._end = array("Q")
        self._at = array("Q")
        self._tag = array("I")
        self._after: list[str | None] = []
        self._common: dict[str, str] = {}
        self._tags: dict[tuple[str, str, str, str], int] = {}
        self.applied: dict[str, int] = {}
        """Rule code -> number of its corrections."""

    def add(
        self,
        start: int,
        end: int,
        kind: str,
        *,
        file: str = "",
        at: int = 0,
        after: str | None = None,
        rule: str = "",
        note: str = "",
    ) -> None:
        """Add a record of the raw characters ``start:end``."""
        tag = self._tags.setdefault((kind, file, rule, note), len(self._tags))
        self._start.append(start)
        self._end.append(end)
        self._at.append(at)
        self._tag.append(tag)
        self._after.append(after if after is None or len(after) > 8 else self._common.setdefault(after, after))
        if kind == "replaced":
            for code in rule.split("+"):
                self.applied[code] = self.applied.get(code, 0) + 1

    def __len__(self) -> int:
        return len(self._start)

    def close(self, raw: str) -> list[tuple[int, int]]:
        """Set the blanks between the records aside; return the spans without a record."""
        unplaced: list[tuple[int, int]] = []
        at = 0
        gaps: list[tuple[int, int]] = []
        for n in self._order():
            start, end = self._start[n], self._end[n]
            if start > at:
                gaps.append((at, start))
            if start < at and end > start:
                raise AssertionError(f"raw characters {start}:{at} have two records")
            at = max(at, end)
        if at < len(raw):
            gaps.append((at, len(raw)))
        for start, end in gaps:
            if raw[start:end].strip(
                " \t\r\n\f\v\u3000\u00a0\u2002\u2003\u2009\ufeff\u200b\x1c\x1d\x1e\x85\u2028\u2029"
            ):
                unplaced.append((start, end))
                self.add(start, end, "aside", rule="unplaced")
            else:
                self.add(start, end, "aside", rule="blank")
        return unplaced

    def _order(self) -> Iterator[int]:
        """Return the indexes of the records in raw order: merge the runs that were added in that order."""
        runs: list[range] = []
        first = 0
        for n in range(1, len(self._start) + 1):
            if n == len(self._start) or self._start[n] < self._start[n - 1]:
                runs.append(range(first, n))
                first = n
        return merge(*runs, key=self._start.__getitem__)

    def totals(self) -> dict[str, int]:
        """Count the raw characters by kind: kept, replaced, moved, set aside."""
        kinds = [tag[0] for tag in self._tags]
        out = dict.fromkeys(("kept", "replaced", "moved", "aside", "added"), 0)
        for tag, start, end in zip(self._tag, self._start, self._end, strict=True):
            out[kinds[tag]] += end - start
        return out

    def sums(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        """Count records and characters by (kind, rule), with the first offset; added text stands for no character."""
        by_tag: dict[int, list[int]] = {}
        for tag, start, end in zip(self._tag, self._start, self._end, strict=True):
            total = by_tag.setdefault(tag, [0, 0, start])
            total[0] += 1
            total[1] += end - start
            total[2] = min(total[2], start)
        out: dict[tuple[str, str], tuple[int, int, int]] = {}
        for tag, (kind, _, rule, _) in enumerate(self._tags):
            if kind != "added" and tag in by_tag:
                times, characters, first = by_tag[tag]
                before = out.get((kind, rule), (0, 0, first))
                out[kind, rule] = (before[0] + times, before[1] + characters, min(before[2], first))
        return out

    def records(self, raw: str) -> Iterator[Record]:
        """Yield all records in raw order."""
        tags = list(self._tags)
        for n in self._order():
            kind, file, rule, note = tags[self._tag[n]]
            start, end = self._start[n], self._end[n]
            before = "" if kind == "kept" else raw[start:end]
            yield Record(start, end, kind, file, self._at[n], before, self._after[n] or "", rule, note)

    def written(self, raw: str, header: dict[str, Any], confidence: dict[str, str]) -> Iterator[str]:
        """Yield the lines of ledger.jsonl."""
        yield json.dumps(header, ensure_ascii=False, sort_keys=True) + "\n"
        quote = json.JSONEncoder(ensure_ascii=False).encode
        for r in self.records(raw):
            place = f', "in": "{r.file}", "at": {r.at}' if r.file else ""
            if r.kind == "kept":
                yield f'{{"raw": [{r.start}, {r.end}], "is": "kept"{place}}}\n'
                continue
            line = f'{{"raw": [{r.start}, {r.end}], "is": "{r.kind}"'
            if r.before:
                line += f', "before": {quote(r.before)}'
            if r.after or r.kind in ("replaced", "added"):
                line += f', "after": {quote(r.after)}'
            if r.rule:
                line += f', "rule": "{r.rule}"'
                sure = [confidence.get(code, "") for code in r.rule.split("+")]
                if r.kind == "replaced" and any(sure):
                    line += f', "confidence": "{"probable" if "probable" in sure else "certain"}"'
            if r.note:
                line += f', "evidence": {quote(r.note)}'
            yield f"{line}{place}}}\n"


class DamagedError(ValueError):
    """The file is not a valid ledger; ``line`` counts from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


class RawEntry(NamedTuple):
    """A raw file in the ledger: what is needed to encode its characters to its bytes."""

    file: str
    encoding: str
    bom: bytes
    sha256: str
    characters: int
    odd: tuple[tuple[int, str], ...]


class Doubt(NamedTuple):
    """A doubt of the ingest about the raw character at ``offset``."""

    offset: int
    code: str
    severity: str
    message: str
    hint: str


class Header(NamedTuple):
    """The first line: the raw files in their order, and the digest of each source file as written."""

    raw: tuple[RawEntry, ...]
    sources: Mapping[str, str]
    doubts: tuple[Doubt, ...] = ()
    """Doubts of the ingest; none in ledgers of earlier versions."""


def read(path: Path) -> tuple[Header, list[Record]]:
    """Read header and records of a ledger file. Raises OSError and DamagedError."""
    return read_header(path), list(read_records(path))


def read_header(path: Path) -> Header:
    """Read the header of a ledger file. Raises OSError and DamagedError.

    A ledger may come from a stranger: its files lie in the folder of the sources, or it is none.
    """
    with path.open("rb") as stream:
        line = stream.readline()
    try:
        row = parse_json(line)
        header = Header(
            tuple(map(_raw_entry, row["raw"])), dict(row["sources"]), tuple(map(_doubt, row.get("doubts", ())))
        )
        names = [*(entry.file for entry in header.raw), *header.sources]
        if not all(map(_is_below, names)) or not all(isinstance(digest, str) for digest in header.sources.values()):
            raise ValueError("a file that is not of the book")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DamagedError(1, "this is no header of a ledger") from error
    return header


def _raw_entry(row: Mapping[str, Any]) -> RawEntry:
    file, sha256, characters = row["file"], row["sha256"], row["characters"]
    odd = tuple((at, code) for at, code in row["odd"])
    if not (isinstance(file, str) and isinstance(sha256, str) and type(characters) is int and characters >= 0):
        raise ValueError("a value of another kind")
    if not all(type(at) is int and at >= 0 and bytes.fromhex(code) for at, code in odd):
        raise ValueError("a character that is none")
    return RawEntry(file, text_codec(row["encoding"]), bytes.fromhex(row["bom"]), sha256, characters, odd)


def _doubt(row: Mapping[str, Any]) -> Doubt:
    offset, texts = row["raw"], [row[key] for key in ("code", "severity", "message", "hint")]
    if type(offset) is not int or offset < 0 or not all(isinstance(text, str) for text in texts):
        raise ValueError("a value of another kind")
    if texts[1] not in ORDER:
        raise ValueError("no severity")
    return Doubt(offset, *texts)


def _is_below(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in name


def read_records(path: Path) -> Iterator[Record]:
    """Read the records of a ledger file in raw order. Raises OSError, and DamagedError at the first invalid line."""
    with path.open("rb") as stream:
        next(stream, None)
        for number, line in enumerate(stream, 2):
            try:
                yield _record(parse_json(line))
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise DamagedError(number, "this is no record of a ledger") from error


def _record(row: Mapping[str, Any]) -> Record:
    start, end = row["raw"]
    get = row.get
    record = Record(
        start,
        end,
        row["is"],
        get("in", ""),
        get("at", 0),
        get("before", ""),
        get("after", ""),
        get("rule", ""),
        get("evidence", ""),
    )
    if not (type(start) is type(end) is type(record.at) is int and 0 <= start <= end and record.at >= 0):
        raise ValueError("an offset that is none")
    if set(map(type, record)) != {int, str} or not _is_below(record.file):
        raise ValueError("a value of another kind")
    return record
