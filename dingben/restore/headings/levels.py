"""Levels of headings, from the ranks of their labels and the headings around them."""

from __future__ import annotations

from collections.abc import Sequence

from dingben.language import heading_labels
from dingben.restore.headings.heading import Heading

Labelled = tuple[Heading, heading_labels.Label | None]


def give_levels(
    loose: list[tuple[Heading, heading_labels.Label | None]], witnessed: Sequence[Heading]
) -> list[Heading]:
    """A loose heading stands one level below the nearest heading of a higher rank before it."""
    ranks: dict[int, int] = {}
    open_ranks: list[tuple[int, int]] = []
    out: list[Heading] = []
    everything = sorted(
        [*((h, heading_labels.read(h.text), True) for h in witnessed), *((h, lb, False) for h, lb in loose)],
        key=lambda row: row[0].first,
    )
    for heading, label, known in everything:
        rank = label.rank if label else 0 if heading.level == 1 else 20
        if not known and heading.level == 0 and label is not None:
            # a preface or the like has no chapters under it
            above = [level for r, level in open_ranks if r < rank and (r or rank > heading_labels.CHAPTER_RANK)]
            top = ranks.get(rank, 1) if not above else above[-1] + 1
            heading.level = min(6, top)
        open_ranks = [(r, level) for r, level in open_ranks if r < rank and level < heading.level]
        open_ranks.append((rank, heading.level))
        ranks.setdefault(rank, heading.level)
        if not known:
            out.append(heading)
    return out


def promote_chapters(headings: Sequence[Heading]) -> None:
    """Raise chapters to the first level although parts stand above them: a part is a division of its own."""
    labelled = [(heading, heading_labels.read(heading.text)) for heading in headings]
    in_part = False
    chapters = {heading.first for heading, label in labelled if heading.level == 2 and label and label.rank in (3, 4)}
    for heading, label in labelled:
        if heading.level == 1:
            in_part = label is not None and label.rank <= 2 and bool(chapters)
        elif in_part:
            heading.level -= 1
