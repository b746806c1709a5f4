"""The parts of a book set side by side, by as many processes as there are cores.

Each process lays out one part after the other. As soon as all parts before have told how many
pages they take, the part's folios are known, and any process can make its margins. The
contents come last, for they need every folio. What was made of the same text before comes from
the cache; of a part whose text has changed, the sides that haven't. Which process does what has no
part in the bytes.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import multiprocessing
import os
import re
import signal
import sys
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from dingben.cache import Cache, digest_of
from dingben.collector import quiet_collector
from dingben.errors import DingbenError, ToolError
from dingben.laying import PartSetter
from dingben.parts import Part, WholeBookError
from dingben.quires import FAR, Extent, Furniture, MarginSet, Quire, extent_of
from dingben.typeset import Looks

WORTH = 40_000
"""Characters of HTML up to which another process costs more time than it saves."""

ROUNDS = 4
"""How often the contents are laid out until they take as many pages as was thought."""

TARGET = re.compile(r"#([^\"'\s<>]+)")
"""The name of an anchor in HTML that may ask for its page."""

Order = tuple[Any, ...]
"""("lay", number, part, before, known, former) or ("margins", number, part, furniture): see PartSetter."""

Reply = tuple[str, int, Any]
"""("laid", number, quire), ("margins", number, margins), or what went wrong: ("whole" or "failed", number, error)."""


def cores() -> int:
    """How many processes may run at once."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# -- those who do the work


class Bench:
    """Where one process works."""

    def __init__(self, looks: Looks) -> None:
        self.looks = looks
        self.setter: PartSetter | None = None

    def done(self, order: Order) -> Reply:
        """Carry out an order."""
        number = int(order[1])
        try:
            self.setter = self.setter or PartSetter(self.looks)
            if order[0] == "margins":
                return "margins", number, self.setter.margins(*order[2:]).data()
            part, before, known, former = order[2:]
            return "laid", number, self.setter.lay(part, before, known, Quire.of(former) if former else None).data()
        except WholeBookError as error:
            return "whole", number, str(error)
        except DingbenError as error:
            return "failed", number, error
        except Exception:
            return "failed", number, RuntimeError(traceback.format_exc())


class Hand(Protocol):
    """Carries out one order at a time."""

    busy: bool

    def send(self, order: Order) -> None:
        """Give it an order."""


class OwnHand:
    """Works in this process."""

    def __init__(self, looks: Looks) -> None:
        self.bench, self.busy = Bench(looks), False
        self.replies: deque[Reply] = deque()

    def send(self, order: Order) -> None:
        self.busy = True
        self.replies.append(self.bench.done(order))


class OtherHand:
    """Works in a process of its own, which ends with the pipe to it."""

    def __init__(self, looks: Looks, others: Sequence[Connection]) -> None:
        forked = sys.platform == "linux"
        context = multiprocessing.get_context("fork" if forked else "spawn")
        self.pipe, end = context.Pipe()
        # a forked process has our ends of all pipes too: while it held them, no end of ours could be seen
        inherited = (*others, self.pipe) if forked else ()
        self.process = context.Process(target=work, args=(end, inherited, looks), daemon=True)  # type: ignore[attr-defined]
        self.process.start()
        end.close()
        self.busy = False

    def send(self, order: Order) -> None:
        self.busy = True
        self.pipe.send(order)

    def receive(self) -> Reply:
        """What came of the last order. Raises ToolError where the process is gone."""
        try:
            reply: Reply = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise ToolError(
                "a process that set the book was ended", hint="Too little memory? Try `dingben build --jobs 1`."
            ) from error
        return reply

    def end(self) -> None:
        """End the process, whatever it does."""
        self.pipe.close()
        self.process.terminate()
        self.process.join()


def work(pipe: Connection, inherited: Sequence[Connection], looks: Looks) -> None:
    """What a process does: carry out orders until the pipe is closed. Ctrl-C is for the one that gives the orders."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in inherited:
        other.close()
    if sys.platform == "linux":
        end_with_parent()
    with contextlib.suppress(EOFError, OSError), quiet_collector():
        bench = Bench(looks)
        while True:
            pipe.send(bench.done(pipe.recv()))


def end_with_parent() -> None:
    """Have the kernel end this process with the one that gives the orders, however that ends (prctl(2))."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


# -- who gives the orders


class Crew:
    """Sets the parts of one book. ``shaped_by``: what shapes every part, beside its own text."""

    def __init__(self, parts: Sequence[Part], looks: Looks, cache: Cache, shaped_by: str, jobs: int) -> None:
        self.parts, self.looks, self.cache, self.shaped_by, self.jobs = parts, looks, cache, shaped_by, jobs
        self.digests = [digest_of(part.html) for part in parts]
        count = len(parts)
        self.extents: list[Extent | None] = [None] * count
        self.quires: list[Quire | None] = [None] * count
        self.margins: list[MarginSet | None] = [None] * count
        self.ordered: set[tuple[str, int]] = set()
        """What somebody does or has done: an order's kind and part."""
        self.contents = next((i for i, part in enumerate(parts) if part.contents), None)
        self.asked = set() if self.contents is None else set(TARGET.findall(parts[self.contents].html))
        """Anchors that the contents may name."""
        self.guess = Extent((1, 2), 2, {})
        self.rounds = 0
        self.known: dict[str, int] = {}

    def run(self) -> tuple[list[Quire], list[MarginSet]]:
        """Every part's sides and what stands in their margins. Raises WholeBookError, DingbenError."""
        for number, part in enumerate(self.parts):
            if not part.contents and (found := self.cache.found("quire", self.shape(number))):
                self.take_quire(number, found)
        self.settle()
        hands: list[Hand] = []
        try:
            while None in self.quires or None in self.margins:
                hands = hands or self.hands()
                self.give_orders(hands)
                for hand, reply in replies(hands):
                    hand.busy = False
                    self.take(*reply)
                self.settle()
        finally:
            for hand in hands:
                if isinstance(hand, OtherHand):
                    hand.end()
        return [quire for quire in self.quires if quire], [margins for margins in self.margins if margins]

    def hands(self) -> list[Hand]:
        """As many as there is work for."""
        todo = [len(p.html) for p, quire in zip(self.parts, self.quires, strict=True) if quire is None]
        wanted = min(self.jobs, len(todo), 1 + sum(todo) // WORTH)
        if wanted < 2:
            return [OwnHand(self.looks)]
        hands: list[OtherHand] = []
        for _ in range(wanted):
            hands.append(OtherHand(self.looks, [hand.pipe for hand in hands]))
        return list(hands)

    # -- what is in the cache

    def shape(self, number: int, *more: str, text: str = "") -> tuple[str, ...]:
        """What shapes a part: its ``text``, told by a digest, its neighbours and the book."""
        part = self.parts[number]
        return (part.name, text or self.digests[number], f"{part.before} {part.after}", self.shaped_by, *more)

    def former(self, number: int) -> bytes | None:
        """The quire of the part in the words that it had last."""
        text = self.cache.found("last", self.shape(number, text="any"))
        return self.cache.found("quire", self.shape(number, text=text.decode("ascii"))) if text else None

    # -- what is known

    def chain(self, extents: Sequence[Extent | None]) -> list[int | None]:
        """The folio before each part, as far as it can be told."""
        found: list[int | None] = []
        before: int | None = 0
        for extent in extents:
            found.append(0 if extent and not extent.counting else before)
            before = extent.last(before) if extent else None
        return found

    def settle(self) -> None:
        """Look for the contents in the cache, and for the margins of every part whose folios can be told by now."""
        if self.contents is not None and self.quires[self.contents] is None:
            self.settle_contents(self.contents)
        for number, extent in enumerate(self.extents):
            if extent and self.margins[number] is None and ("margins", number) not in self.ordered:
                found = self.cache.found("margins", self.margins_shape(number))
                if found:
                    self.margins[number] = MarginSet.of(found)

    def furniture(self, number: int) -> list[Furniture] | None:
        """What the margins of a part depend on; None as long as its folios can't be told."""
        quire, extent, before = self.quires[number], self.extents[number], self.chain(self.extents)[number]
        if quire is None or extent is None or before is None:
            return None
        return [Furniture(s.kind, s.strings, extent.folio(i, before)) for i, s in enumerate(quire.sides)]

    def margins_shape(self, number: int) -> tuple[str, ...]:
        """What shapes the margins of a part."""
        furniture = self.furniture(number)
        told = None if furniture is None else [asdict(side) for side in furniture]
        return (self.parts[number].head, json.dumps(told), self.shaped_by)

    def settle_contents(self, at: int) -> None:
        """Tell the folios that the contents name, once all other parts are laid out, and look for them in the cache."""
        if self.known or any(extent is None for i, extent in enumerate(self.extents) if i != at):
            return
        for _ in range(ROUNDS):
            self.known = self.folios(self.guess)
            found = self.cache.found("quire", self.contents_shape(at))
            if found is None:
                return
            quire = Quire.of(found)
            if self.agreed(extent_of(quire.sides)):
                self.quires[at], self.extents[at] = quire, self.guess
                return
        raise WholeBookError("the contents never take as many pages as they say")

    def folios(self, contents: Extent) -> dict[str, int]:
        """The folio of every anchor that the contents may name, if they take so many pages."""
        extents = [contents if extent is None else extent for extent in self.extents]
        return {
            anchor: extent.folio(side, before or 0)
            for extent, before in zip(extents, self.chain(extents), strict=True)
            for anchor, side in extent.anchors.items()
            if anchor in self.asked
        }

    def contents_shape(self, at: int) -> tuple[str, ...]:
        """What shapes the contents."""
        return self.shape(at, str(self.before_contents(at)), json.dumps(self.known, sort_keys=True))

    def before_contents(self, at: int) -> int:
        """The folio before the contents."""
        return self.chain([*self.extents[:at], None])[at] or 0

    def agreed(self, extent: Extent) -> bool:
        """Whether the contents, laid out so, tell the right folios."""
        right = self.folios(extent) == self.known
        self.guess = extent
        return right

    # -- orders

    def give_orders(self, hands: Sequence[Hand]) -> None:
        """Give every idle hand something to do."""
        for hand in hands:
            if not hand.busy and (order := self.order()):
                self.ordered.add(order[:2])
                hand.send(order)
        if not any(hand.busy for hand in hands):
            raise WholeBookError("the folios can't be told")

    def order(self) -> Order | None:
        """What is to be done next: the longest part, for the work is done when the last one is; margins after that."""
        todo = [n for n, quire in enumerate(self.quires) if quire is None and ("lay", n) not in self.ordered]
        for number in sorted(todo, key=lambda n: -len(self.parts[n].html)):
            part = self.parts[number]
            if not part.contents:
                return "lay", number, part, FAR, None, self.former(number)
            if self.known:
                return "lay", number, part, self.before_contents(number), self.known, None
        for number, margins in enumerate(self.margins):
            if margins is None and ("margins", number) not in self.ordered:
                furniture = self.furniture(number)
                if furniture is not None:
                    return "margins", number, self.parts[number], furniture
        return None

    def take(self, kind: str, number: int, content: Any) -> None:
        """Take what a hand has made. Raises what went wrong."""
        if kind == "whole":
            raise WholeBookError(content)
        if kind == "failed":
            raise content
        if kind == "margins":
            self.cache.keep("margins", self.margins_shape(number), content)
            self.margins[number] = MarginSet.of(content)
        elif number == self.contents:
            self.take_contents(number, content)
        else:
            self.cache.keep("quire", self.shape(number), content)
            self.cache.keep("last", self.shape(number, text="any"), self.digests[number].encode("ascii"))
            self.take_quire(number, content)

    def take_quire(self, number: int, content: bytes) -> None:
        """A part is laid out."""
        quire = self.quires[number] = Quire.of(content)
        self.extents[number] = extent_of(quire.sides)

    def take_contents(self, number: int, content: bytes) -> None:
        """The contents are laid out; once more, where the folios would be others because of them."""
        self.cache.keep("quire", self.contents_shape(number), content)
        quire = Quire.of(content)
        if self.agreed(extent_of(quire.sides)):
            self.quires[number], self.extents[number] = quire, self.guess
            return
        self.rounds += 1
        if self.rounds == ROUNDS:
            raise WholeBookError("the contents never take as many pages as they say")
        self.ordered.remove(("lay", number))
        self.known = {}


def replies(hands: Sequence[Hand]) -> Iterator[tuple[Hand, Reply]]:
    """What has been done, as soon as something is."""
    for hand in hands:
        if isinstance(hand, OwnHand):
            while hand.replies:
                yield hand, hand.replies.popleft()
    pipes = {hand.pipe: hand for hand in hands if isinstance(hand, OtherHand) and hand.busy}
    for pipe in wait(list(pipes)) if pipes else ():
        other = pipes[pipe]  # type: ignore[index]
        yield other, other.receive()


def set_parts(
    parts: Sequence[Part], looks: Looks, cache: Cache, shaped_by: Sequence[str], jobs: int
) -> tuple[list[Quire], list[MarginSet]]:
    """The sides of every part, and what stands in their margins. Raises WholeBookError, DingbenError."""
    return Crew(parts, looks, cache, digest_of(*shaped_by), jobs).run()
