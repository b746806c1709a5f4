"""Incremental pagination: lay out again only the pages of a section that an edit has reached.

The start of a page (:mod:`dingben.typeset.paged.page_state`) holds everything that the rest of a section depends on,
except its text. When some blocks of a division have changed, the pages before them are reused, and layout begins at a
page before the first change (:attr:`PageReuse.first_changed_page`). As soon as a page starts where a former one did,
with only unchanged blocks after it, the rest is reused too (:meth:`PageReuse.pages_from`).

Blocks are compared by digests (:func:`block_digests`); the digest of an entry of the contents includes its folio, so
contents that were laid out before all folios were known can be reused. Styles that compare or count blocks would make
one depend on another; with them, a section is laid out whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree import ElementTree

from dingben.system.digests import digest_of
from dingben.typeset.engine.selectors import Compound
from dingben.typeset.paged.mirror import SheetPosition, mirror
from dingben.typeset.paged.page_loop import LaidOutPage, ReuseMatch, index_by_path, match_reusable
from dingben.typeset.paged.page_state import block_at, move_start, state_of
from dingben.typeset.records import TARGET, PageRecord, PageStart, SectionRecord

# -- blocks


@dataclass(frozen=True, slots=True)
class BlockSequence:
    """The blocks of a division: the children of ``box``, before layout. ``path``: child indexes from the root to it."""

    section: Any
    box: Any
    path: list[int]

    @classmethod
    def of(cls, root: Any, section: Any, *, entries: bool) -> BlockSequence | None:
        """Return the blocks of a section; with ``entries`` those of its last block, if that has more of them."""
        for at, body in enumerate(root.children):
            for number, box in enumerate(body.children if body.element_tag == "body" else ()):
                if box.element is section:
                    path = [at, number]
                    last = box.children[-1] if box.children else None
                    is_nested = entries and last is not None and last.element not in (None, section)
                    if is_nested and len(getattr(last, "children", ())) > len(box.children):
                        return cls(section, last, [*path, len(box.children) - 1])
                    return cls(section, box, path)
        return None

    def context(self) -> list[str]:
        """Return everything in the section outside the blocks, as XML, and the path to the blocks."""
        parts = [str(self.path), repr(sorted(self.section.attrib.items()))]
        if self.box.element is self.section:
            return parts
        inner = ElementTree.tostring(self.box.element, encoding="unicode")
        start, _, end = ElementTree.tostring(self.section, encoding="unicode").partition(inner)
        return [*parts, repr(sorted(self.box.element.attrib.items())), start, end]


def block_digests(blocks: BlockSequence, before: int | None, folios: Mapping[str, int]) -> list[str]:
    """Return a digest of each block of a division: its text and markup, and how many notes come before it.

    ``before``: the folio before the section, if its pages are counted from there. ``folios``: of anchors, which count
    as text. The first digest is that of the division itself.
    """
    digests = [digest_of(str(before), *blocks.context())]
    notes = 0
    for block in blocks.box.children:
        text = ElementTree.tostring(block.element, encoding="unicode") if block.element is not None else ""
        printed = [folios[name] for name in TARGET.findall(text) if name in folios] if folios else []
        digests.append(digest_of(str(notes), text, str(printed)))
        notes += sum(inner.footnote is not None for inner in block.descendants(placeholders=True))
    return digests


def are_blocks_compared(section: Any, compounds: Sequence[Compound]) -> bool:
    """Whether styles compare or count the blocks of a division."""
    kinds = {"", *(block.tag for block in section if isinstance(block.tag, str))}
    names = {name for block in section for name in (*block.get("class", "").split(), block.get("id", ""))}
    return any(compound.may_be(kinds, names) for compound in compounds)


@dataclass(slots=True)
class PageReuse:
    """The blocks of a division compared with those of its ``former`` record.

    ``same``: how many blocks at the beginning are unchanged. ``end``: the first block of the new text from which on all
    are unchanged; ``shift``: how many more blocks there are before it now.
    """

    former: SectionRecord
    same: int
    end: int
    shift: int
    first: int
    """The index of the section's first page."""
    path: Sequence[int]
    """Child indexes from the root to the box that holds the blocks."""
    closed: bool
    """Whether the section ends with a left page, blank if need be."""
    by_path: dict[tuple[int, ...], int] = field(init=False)
    """Indexes of the former pages by their start paths."""

    def __post_init__(self) -> None:
        self.by_path = index_by_path(self.former.pages)

    @classmethod
    def between(
        cls, former: SectionRecord, blocks: Sequence[str], first: int, path: Sequence[int], *, closed: bool
    ) -> PageReuse | None:
        """Compare the digests of blocks with the former ones; None if no page of the former record can be reused."""
        if not former.blocks or former.missing_characters or blocks[:1] != former.blocks[:1]:
            return None
        old, new = former.blocks[1:], blocks[1:]
        most = min(len(old), len(new))
        same = next((i for i in range(most) if old[i] != new[i]), most)
        tail = next((i for i in range(most - same) if old[-1 - i] != new[-1 - i]), most - same)
        return cls(former, same, len(new) - tail, len(new) - len(old), first, path, closed)

    def block_at(self, start: PageStart | None) -> int | None:
        """Return the block in which a page starts; None if it starts outside the blocks."""
        return block_at(start, self.path)

    @property
    def first_changed_page(self) -> int:
        """The first page to be laid out again.

        It starts with a whole block, and the page after it starts before the first change: what WeasyPrint looks at to
        end the page before is unchanged.
        """
        pages = self.former.pages
        for number in range(len(pages) - 2, 0, -1):
            start, after = pages[number].start, pages[number + 1].start
            whole = start is not None and len(start["path"]) == len(self.path) + 1 and self.block_at(start) is not None
            following = self.block_at(after)
            if start and whole and following is not None and following < self.same:
                return number if start["right"] == (number % 2 == 0) else 0
        return 0

    def pages_from(
        self, start: PageStart | None, opposite_position: Callable[[PageRecord], SheetPosition | None]
    ) -> list[LaidOutPage]:
        """Return the former pages that can be reused from a page start on, adapted to their new folios and sides.

        ``opposite_position``: see :func:`dingben.typeset.paged.mirror.opposite_positions`.
        """
        block, depth = self.block_at(start), len(self.path)
        if start is None or block is None or block < self.end:
            return []
        path = [*self.path, block - self.shift, *start["path"][depth + 1 :]]
        pages, number = self.former.pages, self.by_path.get(tuple(path))
        if number is None:
            return []
        match = match_reusable(start, pages, number, opposite_position, closed=self.closed)
        reused = []
        for n, position in enumerate(match.positions, start=number):
            after = pages[n + 1].start if n + 1 < len(pages) else None
            state = state_of(self.moved(after, match)) if after else ()
            page = replace(
                mirror(pages[n], position) if position else pages[n],
                page_counter=pages[n].page_counter + match.more,
                start=self.moved(pages[n].start, match),
            )
            reused.append(LaidOutPage(page.start, page.forced_side, page, state, n + 1 == len(pages)))
        return reused

    def moved(self, start: PageStart | None, match: ReuseMatch) -> Any:
        """Return the start of a former page in the new text."""
        if start is None:
            return None
        block, depth = self.block_at(start), len(self.path)
        path = [*start["path"]]
        if block is not None:
            path[depth] += self.shift
        return {**move_start(start, match.more, mirrored=match.mirrored), "path": path}
