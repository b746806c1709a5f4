"""Incremental pagination: lay out again only the pages of a section that an edit has reached.

Where a page begins (:mod:`dingben.typeset.paged.page_state`) says all that the rest of a part depends on, beside its
text. So when some blocks of a division have changed, the sides before them are those of the last
build, and layout begins at a page before the first change (:attr:`PageReuse.first_changed_page`). As soon as a page
begins where one of the last build began, with nothing but known blocks behind it, the rest is known
too (:meth:`PageReuse.pages_from`).

Blocks are told by digests (:func:`block_digests`), entries of the contents with the folios that they
name: so the contents, set before all folios are known, serve when they are. Styles that compare or
count blocks would make one depend on another; with them, a part is laid out whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree import ElementTree

from dingben.system.digests import digest_of
from dingben.typeset.engine.selectors import Compound
from dingben.typeset.paged.mirror import SheetPosition, mirror
from dingben.typeset.paged.page_loop import LaidOutPage, index_by_path, match_reusable
from dingben.typeset.paged.page_state import block_at, move_start, state_of
from dingben.typeset.records import TARGET, PageRecord, PageStart, SectionRecord

# -- blocks


@dataclass(frozen=True, slots=True)
class BlockSequence:
    """The blocks of a division, in the box (before layout) to which the steps ``path`` lead from the root."""

    section: Any
    box: Any
    path: list[int]

    @classmethod
    def of(cls, root: Any, section: Any, *, entries: bool) -> BlockSequence | None:
        """The blocks of a section; with ``entries`` those of its last block, if that holds more of them."""
        for at, body in enumerate(root.children):
            for number, box in enumerate(body.children if body.element_tag == "body" else ()):
                if box.element is section:
                    row = cls(section, box, [at, number])
                    last = box.children[-1] if box.children else None
                    within = entries and last is not None and last.element not in (None, section)
                    if within and len(getattr(last, "children", ())) > len(box.children):
                        return cls(section, last, [*row.path, len(box.children) - 1])
                    return row
        return None

    def around(self) -> list[str]:
        """What stands in the section around the row, as XML, and where the row is."""
        told = [str(self.path), repr(sorted(self.section.attrib.items()))]
        if self.box.element is self.section:
            return told
        inner = ElementTree.tostring(self.box.element, encoding="unicode")
        start, _, end = ElementTree.tostring(self.section, encoding="unicode").partition(inner)
        return [*told, repr(sorted(self.box.element.attrib.items())), start, end]


def block_digests(row: BlockSequence, before: int | None, known: Mapping[str, int]) -> list[str]:
    """What tells each block of a division from others: its text and markup, and how many notes stand before it.

    ``before``: the folio before, if pages are counted from there. ``known``: the folios of
    anchors, which count as text. The first entry is for the division itself.
    """
    digests = [digest_of(str(before), *row.around())]
    notes = 0
    for block in row.box.children:
        text = ElementTree.tostring(block.element, encoding="unicode") if block.element is not None else ""
        folios = [known[name] for name in TARGET.findall(text) if name in known] if known else []
        digests.append(digest_of(str(notes), text, str(folios)))
        notes += sum(inner.footnote is not None for inner in block.descendants(placeholders=True))
    return digests


def are_blocks_compared(section: Any, compounds: Sequence[Compound]) -> bool:
    """Whether styles compare or count the blocks of a division."""
    kinds = {"", *(block.tag for block in section if isinstance(block.tag, str))}
    names = {name for block in section for name in (*block.get("class", "").split(), block.get("id", ""))}
    return any(compound.may_be(kinds, names) for compound in compounds)


@dataclass(slots=True)
class PageReuse:
    """What has become of a division's blocks since its quire ``former`` was set.

    ``same``: how many at the beginning are as they were. ``end`` and ``shift``: the first block, counted in the new
    text, from which on all are as they were, and how much later it comes.
    """

    former: SectionRecord
    same: int
    end: int
    shift: int
    first: int
    """The index of the part's first page."""
    path: Sequence[int]
    """Where the row of blocks is."""
    closed: bool
    """Whether the part ends with a left page: a blank one, if need be."""
    by_path: dict[tuple[int, ...], int] = field(init=False)
    """Former sides by where they begin."""

    def __post_init__(self) -> None:
        self.by_path = index_by_path(self.former.sides)

    @classmethod
    def between(
        cls, former: SectionRecord, blocks: Sequence[str], first: int, path: Sequence[int], *, closed: bool
    ) -> PageReuse | None:
        """The change, if sides of the former quire can be used."""
        if not former.blocks or former.missing or blocks[:1] != former.blocks[:1]:
            return None
        old, new = former.blocks[1:], blocks[1:]
        most = min(len(old), len(new))
        same = next((i for i in range(most) if old[i] != new[i]), most)
        tail = next((i for i in range(most - same) if old[-1 - i] != new[-1 - i]), most - same)
        return cls(former, same, len(new) - tail, len(new) - len(old), first, path, closed)

    def block_at(self, place: PageStart | None) -> int | None:
        """The block in which a page begins; None where it begins elsewhere."""
        return block_at(place, self.path)

    @property
    def first_changed_page(self) -> int:
        """The first side to be laid out anew.

        It is one that begins with a whole block, and the side after it begins before the first change: what WeasyPrint
        looks at to end the side before lies within it.
        """
        sides = self.former.sides
        for number in range(len(sides) - 2, 0, -1):
            start, after = sides[number].start, sides[number + 1].start
            whole = start is not None and len(start["path"]) == len(self.path) + 1 and self.block_at(start) is not None
            following = self.block_at(after)
            if start and whole and following is not None and following < self.same:
                return number if start["right"] == (number % 2 == 0) else 0
        return 0

    def pages_from(
        self, place: PageStart | None, stand: Callable[[PageRecord], SheetPosition | None]
    ) -> list[LaidOutPage]:
        """The former page records that can be reused from a place on, adapted to where they are now.

        ``stand``: see :func:`dingben.typeset.paged.mirror.mirror_positions`.
        """
        block, depth = self.block_at(place), len(self.path)
        if place is None or block is None or block < self.end:
            return []
        path = [*self.path, block - self.shift, *place["path"][depth + 1 :]]
        sides, number = self.former.sides, self.by_path.get(tuple(path))
        if number is None:
            return []
        serving = match_reusable(place, sides, number, stand, closed=self.closed)
        more, is_turned = serving.more, serving.turned
        made = []
        for n, where in enumerate(serving.sides, start=number):
            after = sides[n + 1].start if n + 1 < len(sides) else None
            following = state_of(self.moved(after, more, turned=is_turned)) if after else ()
            side = replace(
                mirror(sides[n], where) if where else sides[n],
                count=sides[n].count + more,
                start=self.moved(sides[n].start, more, turned=is_turned),
            )
            made.append(LaidOutPage(side.start, side.bound, side, following, n + 1 == len(sides)))
        return made

    def moved(self, place: PageStart | None, more: int, *, turned: bool) -> Any:
        """A place of the former quire as it is now."""
        if place is None:
            return None
        block, depth = self.block_at(place), len(self.path)
        path = [*place["path"]]
        if block is not None:
            path[depth] += self.shift
        return {**move_start(place, more, turned=turned), "path": path}
