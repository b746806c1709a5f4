"""Only those pages of a part laid out anew that a change has reached.

WeasyPrint makes one page after the other. Where a page begins (:func:`place_of`) says all that
the rest of a part depends on, beside its text. So when some blocks of a division have
changed, the sides before them are those of the last build, and layout begins at a page
before the first change (:attr:`Change.begin`). As soon as a page begins where one of the
last build began, with nothing but known blocks behind it, the rest is known too
(:meth:`Change.joins`).

Blocks are told by digests (:func:`blocks_of`), entries of the contents with the folios that they
name: so the contents, set before all folios are known, serve when they are. Styles that compare or
count blocks would make one depend on another; with them, a part is laid out whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any
from xml.etree import ElementTree

import weasyprint.layout
from weasyprint.layout.page import remake_page

from dingben.cache import digest_of
from dingben.helpers import Helper
from dingben.parts import TARGET
from dingben.patches import patched
from dingben.quires import Place, Quire, Side
from dingben.siblings import Compound

# -- places


def place_of(context: Any, notes: Any, index: int) -> Place | None:
    """Where page ``index`` begins, as JSON; None where it takes up something of the page before (a note)."""
    if context.reported_footnotes or context.broken_out_of_flow or notes.waiting:
        return None
    stack, following, right, (depth, values, scopes, groups), _ = context.page_maker[index]
    return {
        "path": path_of(stack),
        "next": dict(following),
        "right": right,
        "depth": list(depth),
        "values": {name: list(numbers) for name, numbers in values.items()},
        "scopes": [sorted(scope) for scope in scopes],
        "groups": [[name, count, path_of(start)] for name, count, start in groups],
    }


def path_of(stack: Any) -> list[int]:
    """A skip stack of WeasyPrint's as a row of steps."""
    path = []
    while stack:
        ((step, stack),) = stack.items()
        path.append(step)
    return path


def block_at(place: Place | None, path: Sequence[int]) -> int | None:
    """The block of the row to which a path leads in which a page begins; None where it begins elsewhere."""
    depth = len(path)
    if place is None or len(place["path"]) <= depth or place["path"][:depth] != [*path]:
        return None
    return int(place["path"][depth])


def stack_of(path: Sequence[int]) -> Any:
    """The skip stack that leads along a path."""
    stack: Any = None
    for step in reversed(path):
        stack = {step: stack}
    return stack


def state_of(place: Place) -> tuple[Any, ...]:
    """What WeasyPrint keeps of the place where a page begins (an item of its ``page_maker``)."""
    counters = (
        list(place["depth"]),
        {name: list(numbers) for name, numbers in place["values"].items()},
        [set(scope) for scope in place["scopes"]],
        [[name, count, stack_of(path)] for name, count, path in place["groups"]],
    )
    return stack_of(place["path"]), dict(place["next"]), place["right"], counters, settled()


def settled() -> dict[str, Any]:
    """What WeasyPrint keeps of a page that need not be made again."""
    return {"content_changed": False, "pages_wanted": False, "anchors": [], "content_lookups": []}


# -- blocks


@dataclass(frozen=True, slots=True)
class Row:
    """The blocks of a division, in the box (before layout) to which the steps ``path`` lead from the root."""

    section: Any
    box: Any
    path: list[int]

    @classmethod
    def of(cls, root: Any, section: Any, *, entries: bool) -> Row | None:
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

    def behind(self, share: float) -> int:
        """The first block behind a share of the text; one more than there are, if none is."""
        sizes = [sum(map(len, box.element.itertext())) if box.element is not None else 0 for box in self.box.children]
        wanted = share * sum(sizes)
        return next((n for n, before in enumerate(accumulate(sizes), start=1) if before >= wanted), len(sizes) + 1)

    def around(self) -> list[str]:
        """What stands in the section around the row, as XML, and where the row is."""
        told = [str(self.path), repr(sorted(self.section.attrib.items()))]
        if self.box.element is self.section:
            return told
        inner = ElementTree.tostring(self.box.element, encoding="unicode")
        start, _, end = ElementTree.tostring(self.section, encoding="unicode").partition(inner)
        return [*told, repr(sorted(self.box.element.attrib.items())), start, end]


def blocks_of(row: Row, before: int | None, known: Mapping[str, int]) -> list[str]:
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


def are_compared(section: Any, compounds: Sequence[Compound]) -> bool:
    """Whether styles compare or count the blocks of a division."""
    kinds = {"", *(block.tag for block in section if isinstance(block.tag, str))}
    names = {name for block in section for name in (*block.get("class", "").split(), block.get("id", ""))}
    return any(compound.may_be(kinds, names) for compound in compounds)


@dataclass(slots=True)
class Change:
    """What has become of a division's blocks since its quire ``former`` was set.

    ``same``: how many at the beginning are as they were. ``end`` and ``shift``: the first block, counted in the new
    text, from which on all are as they were, and how much later it comes.
    """

    former: Quire
    same: int
    end: int
    shift: int
    first: int
    """The index of the part's first page."""
    path: Sequence[int]
    """Where the row of blocks is."""
    met: tuple[int, int] | None = None
    """The side of ``former`` that begins as the page after the last one laid out, and by how much counting differs."""

    @classmethod
    def between(cls, former: Quire, blocks: Sequence[str], first: int, path: Sequence[int]) -> Change | None:
        """The change, if sides of the former quire can be used."""
        if not former.blocks or former.missing or blocks[:1] != former.blocks[:1]:
            return None
        old, new = former.blocks[1:], blocks[1:]
        most = min(len(old), len(new))
        same = next((i for i in range(most) if old[i] != new[i]), most)
        tail = next((i for i in range(most - same) if old[-1 - i] != new[-1 - i]), most - same)
        return cls(former, same, len(new) - tail, len(new) - len(old), first, path)

    def block_at(self, place: Place | None) -> int | None:
        """The block in which a page begins; None where it begins elsewhere."""
        return block_at(place, self.path)

    @property
    def begin(self) -> int:
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

    def joins(self, place: Place | None, count: int) -> bool:
        """Whether the page that begins here, after one counted ``count``, is one of the former quire: ``met`` then."""
        block, depth = self.block_at(place), len(self.path)
        if place is None or block is None or block < self.end:
            return False
        path = [*self.path, block - self.shift, *place["path"][depth + 1 :]]
        for number, side in enumerate(self.former.sides):
            there = side.start
            if there and there["path"] == path and alike(place, there):
                rest = [side.count for side in self.former.sides[number:]]
                if rest == list(range(rest[0], rest[0] + len(rest))):
                    self.met = number, count + 1 - rest[0]
                    return True
        return False

    def completed(self, laid: Sequence[Side]) -> list[Side]:
        """All sides: the former ones before, those laid out, the former ones after."""
        sides = [*self.former.sides[: self.begin], *laid]
        if self.met:
            number, more = self.met
            for side in self.former.sides[number:]:
                side.count += more
                if side.start and self.block_at(side.start) is not None:
                    side.start["path"][len(self.path)] += self.shift
                    side.start["values"]["page"][-1] += more
                sides.append(side)
        return sides


def alike(here: Place, there: Place) -> bool:
    """Whether two pages begin alike but for block and folio: on the same side, after the same break, in like groups.

    How many pages a group has had is asked by no style that lets a book be set in parts (``:nth(1 of …)`` but).
    """
    groups = [[[name, count > 0, path] for name, count, path in place["groups"]] for place in (here, there)]
    rest = [[place[key] for key in ("next", "right", "depth", "scopes")] for place in (here, there)]
    others = [{n: v for n, v in place["values"].items() if n not in ("page", "pages")} for place in (here, there)]
    return groups[0] == groups[1] and rest[0] == rest[1] and others[0] == others[1]


# -- pages


class Pages:
    """Stands for WeasyPrint's ``make_all_pages``: makes the pages of a part, from the first or from within it.

    ``places`` has where each page begins. Pages are numbered as in the whole part.
    """

    def __init__(self, notes: Any) -> None:
        self.notes = notes
        self.change: Change | None = None
        self.places: list[Place | None] = []
        self.rest: tuple[Sequence[int], int] | None = None
        """The path to a row, and a block of it: pages before that with which it begins are for a helper to draw."""
        self.helper: Helper | None = None

    @property
    def in_helper(self) -> bool:
        """Whether this process is the helper."""
        return self.helper is not None and self.helper.is_me

    @property
    def begin(self) -> int:
        """The index of the first page that is laid out."""
        return self.change.first + self.change.begin if self.change and self.change.begin else 0

    def start(self, context: Any) -> None:
        """Put the state where layout begins into a context that stands at the beginning of the part."""
        if self.begin:
            assert self.change
            place = self.change.former.sides[self.change.begin].start
            assert place
            context.page_maker = [(None, None, None, None, settled())] * self.begin + [state_of(place)]

    def make(self, context: Any, root_box: Any, html: Any, pages: Any) -> Iterator[Any]:
        """The pages laid out; afterwards the context knows only these."""
        if context.target_collector.asking:  # for folios of its own pages: WeasyPrint makes them until they are right
            yield from theirs_make(context, root_box, html, pages)
            return
        index = self.begin
        context.rendered_notes = []
        while True:
            self.places.append(place_of(context, self.notes, index))
            if self.is_rest(self.places[-1]):
                self.rest, self.helper = None, Helper(index - self.begin)
                if self.in_helper:
                    break
            context.page_maker[index][-1].update(settled())
            page, resume_at = remake_page(index, context, root_box, html)
            yield page
            index += 1
            if resume_at is None and not context.reported_footnotes:
                break
            if self.change:
                count = context.page_maker[index][3][1]["page"][-1]
                if self.change.joins(place_of(context, self.notes, index), count):
                    break
        context.page_maker = context.page_maker[self.begin : index + 1]
        context.page_maker[-1][-1].update(settled())
        context.broken_out_of_flow.clear()
        context.reported_footnotes.clear()

    def is_rest(self, place: Place | None) -> bool:
        """Whether what a helper draws ends before the page that begins here."""
        block = block_at(place, self.rest[0]) if self.rest else None
        return self.rest is not None and block is not None and block >= self.rest[1]

    def patch(self) -> Any:
        """While this lasts, WeasyPrint makes pages so."""
        return patched(weasyprint.layout, "make_all_pages", self.make)


theirs_make = weasyprint.layout.make_all_pages
