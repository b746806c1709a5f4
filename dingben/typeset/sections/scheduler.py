"""Lay out the sections of a book at once, by as many processes as there are cores.

Each process lays out one part after the other. As soon as all parts before have told how many
pages they take, the part's folios are known, and any process can make its margins. The
contents come last, for they need every folio; but somebody who has nothing else to do lays them
out before, with the folios that are known by then, so that only some pages are left. What was
made of the same text before comes from the cache; of a part whose text has changed, the sides that
haven't. Which process does what has no part in the bytes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dingben.system.cache import Cache
from dingben.system.digests import digest_of
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.records import (
    TARGET,
    UNKNOWN_FOLIO_BASE,
    Extent,
    FontUsage,
    Glyphs,
    RunningHeadInputs,
    RunningHeadSet,
    SectionRecord,
    extent_of,
)
from dingben.typeset.sections.jobs import Job, JobResult, LayoutJob, RunningHeadsJob, SubsetJob
from dingben.typeset.sections.split import Section
from dingben.typeset.sections.workers import Worker, WorkerPool, useful_workers

if TYPE_CHECKING:
    from dingben.typeset.fonts.registry import FontRegistry

ROUNDS = 4
"""How often the contents are laid out until they take as many pages as was thought."""

SHORT = 4
"""Parts of the longest one that a short one is."""


class SectionScheduler:
    """Lays out the sections of one book. ``inputs``: digest of what every section depends on, beside its own text."""

    def __init__(self, sections: Sequence[Section], workers: WorkerPool, cache: Cache, inputs: str) -> None:
        self.sections, self.workers, self.cache, self.inputs = sections, workers, cache, inputs
        self.digests = [digest_of(part.html) for part in sections]
        count = len(sections)
        self.extents: list[Extent | None] = [None] * count
        self.records: list[SectionRecord | None] = [None] * count
        self.running_heads: list[RunningHeadSet | None] = [None] * count
        self.started: set[tuple[str, int]] = set()
        """Kind and section of the jobs that have been given out."""
        self.looked: set[int] = set()
        """Parts whose margins have been looked for in the cache."""
        self.missing: set[int] = set()
        """Parts that are not in the cache as they are now."""
        self.contents = next((i for i, part in enumerate(sections) if part.contents), None)
        self.asked = set() if self.contents is None else set(TARGET.findall(sections[self.contents].html))
        """Anchors that the contents may name."""
        self.fonts: FontRegistry | None = None
        """Tells which fonts have to be subset: set when it is there, None again once it has been used."""
        self.to_cut: list[tuple[dict[str, FontUsage], Glyphs]] = []
        """Fonts that nobody has begun to cut; ``being_cut``: how many somebody is at."""
        self.being_cut = 0
        self.begins = False
        """Whether the first parts are given out, and nobody looks at what is made yet."""
        self.guess = Extent((1, 2), 2, {})
        self.rounds = 0
        self.known: dict[str, int] = {}
        self.draft: bytes | None = None
        """The contents with folios that may be others."""
        self.begun: dict[int, float] = {}
        """When somebody began with a part that isn't there yet, in seconds; ``pace``: characters in how many."""
        self.pace = [0.0, 0.0]

    def start(self) -> list[SectionRecord]:
        """Take sections from the cache, and give the workers the first of the others; return those of the cache."""
        found = [
            None if part.contents else self.cache.get("quire", self.cache_key(n))
            for n, part in enumerate(self.sections)
        ]
        self.missing = {number for number, record in enumerate(found) if record is None}
        lengths = [len(part.html) for n, part in enumerate(self.sections) if n in self.missing and not part.contents]
        if lengths:
            self.workers.ensure_workers(min(len(lengths), useful_workers(sum(lengths))))
            self.begins = True
            self.give_jobs()
            self.begins = False
        for number, record in enumerate(found):
            if record is not None:
                self.take_record(number, record)
        self.settle()
        return [record for record in self.records if record]

    def finish(self, fonts: FontRegistry) -> tuple[list[SectionRecord], list[RunningHeadSet]]:
        """Lay out all other sections, and return every section's pages and running heads.

        ``fonts`` tells which fonts have to be subset. Raises NotSplittableError, DingbenError.
        """
        self.fonts = fonts
        while None in self.records or None in self.running_heads or self.to_cut or self.being_cut:
            self.workers.ensure_workers(1)
            self.give_jobs()
            for worker, result in self.workers.replies():
                worker.busy = False
                self.give_job(worker)  # before what came of the last is looked at
                self.take(result)
            self.settle()
        return [record for record in self.records if record], [margins for margins in self.running_heads if margins]

    # -- what is in the cache

    def cache_key(self, number: int, *more: str, text: str = "") -> tuple[str, ...]:
        """What shapes a part: its ``text``, told by a digest, its neighbours and the book."""
        part = self.sections[number]
        return (part.name, text or self.digests[number], f"{part.before} {part.after}", self.inputs, *more)

    def former(self, number: int) -> bytes | None:
        """The record of the part in the words that it had last."""
        if number == self.contents:
            return self.draft or self.cache.get("contents", self.cache_key(number, text="any"))
        text = self.cache.get("last", self.cache_key(number, text="any"))
        return self.cache.get("quire", self.cache_key(number, text=text.decode("ascii"))) if text else None

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
        if self.contents is not None and self.records[self.contents] is None:
            self.settle_contents(self.contents)
        for number, before in enumerate(self.chain(self.extents)):
            told = self.records[number] is not None and before is not None
            if told and self.running_heads[number] is None and number not in self.looked:
                self.looked.add(number)
                found = self.cache.get("margins", self.running_heads_key(number))
                if found:
                    self.running_heads[number] = RunningHeadSet.of(found)
        self.settle_cuts()

    def settle_cuts(self) -> None:
        """Tell what fonts are to be cut, once it is known all that is used of them."""
        records, margins = [*filter(None, self.records)], [*filter(None, self.running_heads)]
        if self.fonts and self.missing and len(records) == len(margins) == len(self.sections):
            self.to_cut = self.fonts.uncut([*records, *margins], self.cache)
            self.fonts = None

    def running_head_inputs(self, number: int) -> list[RunningHeadInputs] | None:
        """What the margins of a part depend on; None as long as its folios can't be told."""
        record, extent, before = self.records[number], self.extents[number], self.chain(self.extents)[number]
        if record is None or extent is None or before is None:
            return None
        return [RunningHeadInputs(s.kind, s.strings, extent.folio(i, before)) for i, s in enumerate(record.sides)]

    def running_heads_key(self, number: int) -> tuple[str, ...]:
        """What shapes the margins of a part."""
        pages = self.running_head_inputs(number)
        values = None if pages is None else [(page.kind, page.strings, page.folio) for page in pages]
        return (self.sections[number].head, json.dumps(values), self.inputs)

    def settle_contents(self, at: int) -> None:
        """Tell the folios that the contents name, once all other parts are laid out, and look for them in the cache."""
        if self.known or any(extent is None for i, extent in enumerate(self.extents) if i != at):
            return
        for _ in range(ROUNDS):
            self.known = self.folios(self.guess)
            found = self.cache.get("quire", self.contents_key(at))
            if found is None:
                return
            record = SectionRecord.of(found)
            if self.agreed(extent_of(record.sides)):
                self.records[at], self.extents[at] = record, self.guess
                return
        raise NotSplittableError("the contents never take as many pages as they say")

    def folios(self, contents: Extent) -> dict[str, int]:
        """The folio of every anchor that the contents may name, if they take so many pages."""
        extents = [contents if extent is None else extent for extent in self.extents]
        return {
            anchor: extent.folio(side, before or 0)
            for extent, before in zip(extents, self.chain(extents), strict=True)
            for anchor, side in extent.anchors.items()
            if anchor in self.asked
        }

    def contents_key(self, at: int) -> tuple[str, ...]:
        """What shapes the contents."""
        return self.cache_key(at, str(self.before_contents(at)), json.dumps(self.known, sort_keys=True))

    def before_contents(self, at: int) -> int:
        """The folio before the contents."""
        return self.chain([*self.extents[:at], None])[at] or 0

    def agreed(self, extent: Extent) -> bool:
        """Whether the contents, laid out so, tell the right folios."""
        right = self.folios(extent) == self.known
        self.guess = extent
        return right

    # -- jobs

    def give_jobs(self) -> None:
        """Give every idle worker a job."""
        for worker in self.workers.all:
            if not worker.busy:
                self.give_job(worker)
        if not any(worker.busy for worker in self.workers.all):
            raise NotSplittableError("the folios can't be told")

    def give_job(self, worker: Worker) -> None:
        """Give an idle worker a job, if there is one."""
        if job := self.next_job():
            self.started.add((job.kind, job.number))
            if job.kind == "layout":
                self.begun[job.number] = time.monotonic()
            worker.send(job)

    def next_job(self) -> Job | None:
        """Return the next job: sections first; then a draft of the contents, fonts, running heads."""
        if (number := self.next_part()) is not None:
            return LayoutJob(number, self.sections[number], UNKNOWN_FOLIO_BASE, None, self.former(number))
        if (at := self.contents) is not None and ("layout", at) not in self.started and self.records[at] is None:
            if self.known and (self.draft or ("draft", at) not in self.started):
                return LayoutJob(at, self.sections[at], self.before_contents(at), self.known, self.former(at))
            if not self.known and self.draft_is_worthwhile(at):
                return LayoutJob(
                    at, self.sections[at], self.before_contents(at), self.guessed(), self.former(at), "draft"
                )
        if self.to_cut:
            self.being_cut += 1
            return SubsetJob(self.being_cut, *self.to_cut.pop(0))
        for number, margins in enumerate(self.running_heads):
            if margins is None and ("running heads", number) not in self.started:
                inputs = self.running_head_inputs(number)
                if inputs is not None:
                    return RunningHeadsJob(number, self.sections[number], inputs)
        return None

    def next_part(self) -> int | None:
        """The part to be laid out next: they come in their order, so that folios are soon known.

        But one that is longer than its share of all that is left comes at once; and to begin with, none of the short
        ones, for it is some time until anybody looks at what was made of it.
        """
        lengths = {
            number: len(self.sections[number].html)
            for number in sorted(self.missing)
            if self.records[number] is None and number != self.contents and ("layout", number) not in self.started
        }
        if not lengths:
            return None
        longest = max(lengths, key=lambda number: lengths[number])
        if lengths[longest] * len(self.workers.all) >= sum(lengths.values()):
            return longest
        return next(n for n, length in lengths.items() if not self.begins or length * SHORT >= lengths[longest])

    def draft_is_worthwhile(self, at: int) -> bool:
        """Whether there is time for a draft of the contents, before the last part is there."""
        if ("draft", at) in self.started or self.chain([*self.extents[:at], None])[at] is None or not self.pace[0]:
            return False
        if len(self.begun) >= self.workers.jobs:
            return False
        now, pace = time.monotonic(), self.pace[1] / self.pace[0]
        left = [len(self.sections[number].html) * pace - (now - began) for number, began in self.begun.items()]
        return bool(left) and max(left) > len(self.sections[at].html) * pace / 2

    def guessed(self) -> dict[str, int]:
        """The folios that the contents name, as far as they are known, with a number for every one."""
        return {**dict.fromkeys(self.asked, 1), **self.folios(self.guess)}

    def take(self, result: JobResult) -> None:
        """Take the result of a job. Raises the error of the job."""
        if result.error:
            raise result.error
        kind, number, content = result.kind, result.number, result.value
        if kind == "subset":
            self.being_cut -= 1
        elif kind == "draft":
            self.draft = content
        elif kind == "running heads":
            self.cache.put("margins", self.running_heads_key(number), content)
            self.running_heads[number] = RunningHeadSet.of(content)
        elif number == self.contents:
            self.take_contents(number, content)
        else:
            self.cache.put("quire", self.cache_key(number), content)
            self.cache.put("last", self.cache_key(number, text="any"), self.digests[number].encode("ascii"))
            self.take_record(number, content)

    def take_record(self, number: int, content: bytes) -> None:
        """A part is laid out."""
        if began := self.begun.pop(number, None):
            self.pace[0] += len(self.sections[number].html)
            self.pace[1] += time.monotonic() - began
        record = self.records[number] = SectionRecord.of(content)
        self.extents[number] = extent_of(record.sides)

    def take_contents(self, number: int, content: bytes) -> None:
        """The contents are laid out; once more, where the folios would be others because of them."""
        self.draft = content
        self.cache.put("quire", self.contents_key(number), content)
        self.cache.put("contents", self.cache_key(number, text="any"), content)
        record = SectionRecord.of(content)
        if self.agreed(extent_of(record.sides)):
            self.records[number], self.extents[number] = record, self.guess
            return
        self.rounds += 1
        if self.rounds == ROUNDS:
            raise NotSplittableError("the contents never take as many pages as they say")
        self.started.remove(("layout", number))
        self.known = {}
