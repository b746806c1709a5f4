"""The account of an ingest: how many raw characters are in the edition, and how many were set aside as what."""

from __future__ import annotations

from dataclasses import dataclass

from dingben.book.ledger import Ledger
from dingben.book.raw_text import RawText

IN_EDITION = "in the edition"
NAMES = {
    ("moved", "contents"): "printed contents, in contents.tsv",
    ("aside", "running-head"): "running heads",
    ("aside", "folio"): "folios",
    ("aside", "repeated"): "repeated titles",
    ("aside", "label"): "labels of the imprint",
    ("aside", "leaf"): "lines of the title leaves",
    ("aside", "contents-heading"): "headings of the contents",
    ("aside", "notes-heading"): "headings of notes",
    ("aside", "boilerplate"): "boilerplate of libraries and web sites",
    ("aside", "picture"): "pictures",
    ("aside", "blank"): "blanks and line ends",
    ("aside", "unplaced"): "left out by a fault of dingben",
}
"""What stands in the account for a kind of record and its rule; other rules are markup of the input."""


@dataclass(frozen=True, slots=True)
class AccountItem:
    """A line of the account."""

    name: str
    characters: int
    times: int
    place: str
    """Where the first of them is in the raw text: ``file:line:column``."""
    first: int
    """The same as an offset in characters."""


def make_account(ledger: Ledger, raw: RawText) -> tuple[AccountItem, ...]:
    """Return the account of a closed ledger: the edition first, then the others by size. It sums to the raw text."""
    totals: dict[str, list[int]] = {}
    for (kind, rule), (times, characters, first) in ledger.sums().items():
        total = totals.setdefault(_name(kind, rule), [0, 0, first])
        total[0] += times
        total[1] += characters
        total[2] = min(total[2], first)
    totals.setdefault(IN_EDITION, [0, 0, 0])
    items = [
        AccountItem(name, characters, times, str(raw.place(first)), first)
        for name, (times, characters, first) in totals.items()
        if characters or name == IN_EDITION
    ]
    return tuple(sorted(items, key=lambda item: (item.name != IN_EDITION, -item.characters, item.name)))


def _name(kind: str, rule: str) -> str:
    if kind in ("kept", "replaced"):
        return IN_EDITION
    if kind == "moved":
        return NAMES.get((kind, rule), "metadata, in book.toml")
    return NAMES.get((kind, rule), "markup")
