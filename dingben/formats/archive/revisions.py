"""Revision history of an edition: what changed in the text each time, word by word.

The record is a function of the sources and of the previous record: ``source/revisions.json`` where the book keeps one,
else the one in the last bag (``build/SLUG-archive``). An unchanged text keeps its record; a changed one adds a
revision. So the same sources and the same previous record always give the same revision.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from dingben.diagnostics import Location
from dingben.errors import ArchiveError
from dingben.system.json import is_text_map, parse_json

RECORD = "revisions.json"
CHANGE_TEXTS = ("file", "was", "now", "before", "after")
TEXTS = (".md", ".toml", ".tsv")
CONTEXT = 14
"""Characters of context shown on each side of a change."""
MAX_PRODUCT = 4_000_000
"""Product of the lengths of two passages above which they are not compared word by word."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change: file below source/, line in the new text, words before and now, and their context."""

    file: str
    line: int
    was: str
    now: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        """Format as wdiff does: ``file:line: …before[-was-]{+now+}after…``."""
        middle = (f"[-{self.was}-]" if self.was else "") + (f"{{+{self.now}+}}" if self.now else "")
        return f"{self.file}:{self.line}: {self.before}{middle}{self.after}".replace("\n", "↵")


@dataclass(frozen=True, slots=True)
class Revision:
    """A state of the text: number from 1, date (ISO or None), and changes since the previous one."""

    number: int
    date: str | None
    changes: tuple[Change, ...] = ()
    files: tuple[str, ...] = ()
    """Other files added, removed or changed: ``+ images/a.png``."""


@dataclass(frozen=True, slots=True)
class History:
    """All revisions, and the latest state: content of each text file, SHA-256 of every other, by name."""

    revisions: tuple[Revision, ...]
    texts: Mapping[str, str]
    digests: Mapping[str, str]

    @property
    def number(self) -> int:
        """Number of the latest revision."""
        return self.revisions[-1].number

    def to_json(self) -> bytes:
        """Serialize for the bag."""
        return (json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


def next_history(source: Mapping[str, bytes], record: bytes | None, place: Path, date: str | None) -> History:
    """Return the history with ``source`` (files by name below source/) as the latest revision.

    ``record`` is the previous one, from ``place``. Raises ArchiveError where it is damaged.
    """
    texts, digests = text_state(source)
    last = parse_record(record, place) if record is not None else None
    if last is None:
        return History((Revision(1, date),), texts, digests)
    if (last.texts, last.digests) == (texts, digests):
        return last
    changes = tuple(
        change for name in sorted(texts) for change in file_changes(name, last.texts.get(name, ""), texts[name])
    )
    gone = tuple(Change(name, 1, text, "") for name, text in sorted(last.texts.items()) if name not in texts)
    files = tuple(
        f"{'+' if name not in last.digests else '-' if name not in digests else '*'} {name}"
        for name in sorted(last.digests.keys() | digests.keys())
        if last.digests.get(name) != digests.get(name)
    )
    new = Revision(last.number + 1, date, (*changes, *gone), files)
    return History((*last.revisions, new), texts, digests)


def text_state(source: Mapping[str, bytes]) -> tuple[dict[str, str], dict[str, str]]:
    """Return text files, and digests of the others; raw text, ledger and the record itself are excluded."""
    texts, digests = {}, {}
    for name, content in sorted(source.items()):
        if name.startswith("ocr/") or name in ("ledger.jsonl", RECORD):
            continue
        if name.endswith(TEXTS):
            texts[name] = content.decode("utf-8-sig", "replace").replace("\r\n", "\n")
        else:
            digests[name] = hashlib.sha256(content).hexdigest()
    return texts, digests


def parse_record(record: bytes, place: Path) -> History:
    """Parse a record. Raises ArchiveError where it is damaged."""
    try:
        data = parse_json(record)
        revisions = tuple(map(parse_revision, data["revisions"]))
        if not (is_text_map(data["texts"]) and is_text_map(data["digests"])):
            raise ValueError("texts and digests must be strings by file name")
        if [r.number for r in revisions] != list(range(1, len(revisions) + 1)) or not revisions:
            raise ValueError("the revision numbers are not consecutive")
        return History(revisions, dict(data["texts"]), dict(data["digests"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveError(
            f"the revision record is damaged: {error}",
            hint="Put back a good copy (every bag has it in data/source), or delete it to start again with revision 1.",
            location=Location(place),
        ) from error


def parse_revision(row: Mapping[str, Any]) -> Revision:
    """Parse one revision of a record. Raises ValueError, KeyError or TypeError where it is damaged."""
    number, date, files = row["number"], row["date"], row["files"]
    changes = tuple(Change(**change) for change in row["changes"])
    words = [*files, *((date,) if date is not None else ()), *(getattr(c, f) for c in changes for f in CHANGE_TEXTS)]
    if type(number) is not int or not all(isinstance(word, str) for word in words):
        raise TypeError("a value of another kind")
    if not all(type(change.line) is int for change in changes):
        raise TypeError("a line that is no number")
    return Revision(number, date, changes, tuple(files))


# -- what changed


def file_changes(name: str, was: str, now: str) -> Iterator[Change]:
    """Yield the changes of one file, by paragraph, then by word."""
    if was == now:
        return
    old = [line for line in was.split("\n") if line.strip()]
    numbered = [(n, line) for n, line in enumerate(now.split("\n"), 1) if line.strip()]
    new = [line for _, line in numbered]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            line = numbered[j1][0] if j1 < len(numbered) else (numbered[-1][0] if numbered else 1)
            yield from passage_changes(name, line, old[i1:i2], [n for n, _ in numbered[j1:j2]], new[j1:j2])


def passage_changes(
    name: str, line: int, old: Sequence[str], lines: Sequence[int], new: Sequence[str]
) -> Iterator[Change]:
    """Yield the changes between two passages; ``lines`` are the line numbers of the new one."""
    was, now = "\n".join(old), "\n".join(new)
    if not was or not now or len(was) * len(now) > MAX_PRODUCT:
        yield Change(name, line, was, now)
        return
    one, two = tokens(was), tokens(now)
    for a1, a2, b1, b2 in merge_ranges(SequenceMatcher(None, one, two, autojunk=False).get_opcodes()):
        ahead = "".join(two[:b1])
        at = lines[min(ahead.count("\n"), len(lines) - 1)]
        before, after = ahead.rpartition("\n")[2], "".join(two[b2:]).partition("\n")[0]
        yield Change(
            name,
            at,
            "".join(one[a1:a2]),
            "".join(two[b1:b2]),
            f"…{before[-CONTEXT:]}" if len(before) > CONTEXT else before,
            f"{after[:CONTEXT]}…" if len(after) > CONTEXT else after,
        )


def tokens(text: str) -> list[str]:
    """Split into words, numbers, white space and single characters: a Han character is a word."""
    return re.findall(r"[^\W\d_\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|\d+|[ \t]+|.|\n", text)


def merge_ranges(codes: Sequence[tuple[str, int, int, int, int]]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the changed ranges, merging two with a single word between them, for readability."""
    last: tuple[int, int, int, int] | None = None
    for tag, a1, a2, b1, b2 in codes:
        if tag == "equal":
            continue
        if last and b1 - last[3] <= 1 and a1 - last[1] <= 1:
            last = (last[0], a2, last[2], b2)
            continue
        if last:
            yield last
        last = (a1, a2, b1, b2)
    if last:
        yield last


def changes_page(title: str, record: History) -> str:
    """Render CHANGES.md: every revision, newest first, in Chinese and English."""
    lines = [
        f"# 《{title}》修订记录 / Changes",
        "",
        "删去的字写作 `[-字-]`，增入的字写作 `{+字+}`，↵ 是段落的界限；前面是 `source/` 里的文件与行号。",
        "",
        "Words taken out are written `[-so-]`, words put in `{+so+}`, ↵ parts paragraphs; file and line in `source/` "
        "come first.",
    ]
    for revision in reversed(record.revisions):
        date = f", {revision.date}" if revision.date else ""
        lines += ["", f"## 第{revision.number}次 / Revision {revision.number}{date}", ""]
        if revision.number == 1:
            lines.append("- 首次存档。/ First archived.")
        lines += [f"- {code_span(str(change))}" for change in revision.changes]
        lines += [f"- `{file}`" for file in revision.files]
    return "\n".join(lines) + "\n"


def code_span(text: str) -> str:
    """Format a line as a code span, with backquotes as needed."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"
