"""Lay out the sections of a book at once, by as many processes as there are cores.

Each process lays out one section after the other. As soon as the page counts of all sections before are known, so are
the folios of a section, and any process can lay out its running heads. The contents come last, since they need every
folio; but an idle process lays out a draft of them before, with the folios known by then, so that only some pages are
left. Unchanged sections come from the cache; of a changed section, unchanged pages. The bytes do not depend on which
process does what.
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
from dingben.typeset.sections.workers import SECTION_CACHE, Worker, WorkerPool, useful_workers

if TYPE_CHECKING:
    from dingben.typeset.fonts.registry import FontRegistry

MAX_ROUNDS = 4
"""How often the contents are laid out until they take as many pages as was assumed."""

SHORT = 4
"""A section is short if it is less than this part of the longest one."""


class SectionScheduler:
    """Lays out the sections of one book. ``inputs``: digest of what every section depends on, beside its own text."""

    def __init__(self, sections: Sequence[Section], workers: WorkerPool, cache: Cache, inputs: str) -> None:
        self.sections, self.workers, self.cache, self.inputs = sections, workers, cache, inputs
        self.digests = [digest_of(section.html) for section in sections]
        count = len(sections)
        self.extents: list[Extent | None] = [None] * count
        self.records: list[SectionRecord | None] = [None] * count
        self.running_heads: list[RunningHeadSet | None] = [None] * count
        self.started: set[tuple[str, int]] = set()
        """Kind and section of the jobs that have been sent."""
        self.heads_looked_up: set[int] = set()
        """Sections whose running heads have been looked up in the cache."""
        self.missing: set[int] = set()
        """Sections that are not in the cache."""
        self.contents = next((i for i, section in enumerate(sections) if section.contents), None)
        self.contents_targets = set() if self.contents is None else set(TARGET.findall(sections[self.contents].html))
        """Anchors whose folios the contents may print."""
        self.fonts: FontRegistry | None = None
        """Finds the fonts to subset: set by :meth:`finish`, None again when they have been found."""
        self.to_subset: list[tuple[dict[str, FontUsage], Glyphs]] = []
        """Fonts that wait to be subset."""
        self.subsetting = 0
        """How many fonts are being subset."""
        self.is_first_round = False
        """Whether the first jobs are being sent; their results are not read for a while."""
        self.assumed_contents = Extent((1, 2), 2, {})
        self.rounds = 0
        self.known_folios: dict[str, int] = {}
        self.draft: bytes | None = None
        """The contents laid out with folios that may be wrong."""
        self.start_times: dict[int, float] = {}
        """When the layout of each unfinished section was started, in seconds."""
        self.pace = [0.0, 0.0]
        """Characters laid out, and in how many seconds."""

    def start(self) -> list[SectionRecord]:
        """Take sections from the cache, and give the workers the first of the others; return those of the cache."""
        found = [
            None if section.contents else self.cache.get(SECTION_CACHE, self.cache_key(n))
            for n, section in enumerate(self.sections)
        ]
        self.missing = {number for number, record in enumerate(found) if record is None}
        lengths = [len(self.sections[n].html) for n in sorted(self.missing) if not self.sections[n].contents]
        if lengths:
            self.workers.ensure_workers(min(len(lengths), useful_workers(sum(lengths))))
            self.is_first_round = True
            self.give_jobs()
            self.is_first_round = False
        for number, record in enumerate(found):
            if record is not None:
                self.take_record(number, record)
        self.update()
        return [record for record in self.records if record]

    def finish(self, fonts: FontRegistry) -> tuple[list[SectionRecord], list[RunningHeadSet]]:
        """Lay out all other sections, and return every section's pages and running heads.

        ``fonts`` finds the fonts that have to be subset. Raises NotSplittableError, DingbenError.
        """
        self.fonts = fonts
        while None in self.records or None in self.running_heads or self.to_subset or self.subsetting:
            self.workers.ensure_workers(1)
            self.give_jobs()
            for worker, result in self.workers.replies():
                worker.busy = False
                self.give_job(worker)  # before the result is read
                self.take(result)
            self.update()
        return [record for record in self.records if record], [heads for heads in self.running_heads if heads]

    # -- cache

    def cache_key(self, number: int, *more: str, text: str = "") -> tuple[str, ...]:
        """Return the inputs of a section: the digest of its ``text``, its neighbours and the book."""
        section = self.sections[number]
        return (section.name, text or self.digests[number], f"{section.before} {section.after}", self.inputs, *more)

    def former(self, number: int) -> bytes | None:
        """Return the last record of an earlier version of the section."""
        if number == self.contents:
            return self.draft or self.cache.get("contents", self.cache_key(number, text="any"))
        text = self.cache.get("last-text", self.cache_key(number, text="any"))
        return self.cache.get(SECTION_CACHE, self.cache_key(number, text=text.decode("ascii"))) if text else None

    # -- folios

    def folios_before(self, extents: Sequence[Extent | None]) -> list[int | None]:
        """Return the folio before each section, None where it is not known yet."""
        found: list[int | None] = []
        before: int | None = 0
        for extent in extents:
            found.append(0 if extent and not extent.continuing else before)
            before = extent.last(before) if extent else None
        return found

    def update(self) -> None:
        """Look up in the cache what can be known by now: contents, running heads; and find the fonts to subset."""
        if self.contents is not None and self.records[self.contents] is None:
            self.update_contents(self.contents)
        for number, before in enumerate(self.folios_before(self.extents)):
            is_known = self.records[number] is not None and before is not None
            if is_known and self.running_heads[number] is None and number not in self.heads_looked_up:
                self.heads_looked_up.add(number)
                found = self.cache.get("running-heads", self.running_heads_key(number))
                if found:
                    self.running_heads[number] = RunningHeadSet.from_bytes(found)
        self.update_fonts()

    def update_fonts(self) -> None:
        """Find the fonts to subset, once all glyphs used are known."""
        records, heads = [*filter(None, self.records)], [*filter(None, self.running_heads)]
        if self.fonts and self.missing and len(records) == len(heads) == len(self.sections):
            self.to_subset = self.fonts.not_in_cache([*records, *heads], self.cache)
            self.fonts = None

    def running_head_inputs(self, number: int) -> list[RunningHeadInputs] | None:
        """Return what the running heads of a section depend on; None if its folios are not known yet."""
        record, extent, before = self.records[number], self.extents[number], self.folios_before(self.extents)[number]
        if record is None or extent is None or before is None:
            return None
        return [
            RunningHeadInputs(page.page_type, page.strings, extent.folio(i, before))
            for i, page in enumerate(record.pages)
        ]

    def running_heads_key(self, number: int) -> tuple[str, ...]:
        """Return the inputs of the running heads of a section."""
        pages = self.running_head_inputs(number)
        values = None if pages is None else [(page.page_type, page.strings, page.folio) for page in pages]
        return (self.sections[number].head, json.dumps(values), self.inputs)

    def update_contents(self, at: int) -> None:
        """Set the folios of the contents, if all other sections are laid out, and look the contents up in the cache."""
        if self.known_folios or any(extent is None for i, extent in enumerate(self.extents) if i != at):
            return
        for _ in range(MAX_ROUNDS):
            self.known_folios = self.contents_folios(self.assumed_contents)
            found = self.cache.get(SECTION_CACHE, self.contents_key(at))
            if found is None:
                return
            record = SectionRecord.from_bytes(found)
            if self.confirm_contents(extent_of(record.pages)):
                self.records[at], self.extents[at] = record, self.assumed_contents
                return
        raise NotSplittableError("the contents never take as many pages as was assumed")

    def contents_folios(self, contents: Extent) -> dict[str, int]:
        """Return the folio of every anchor that the contents may print, if the contents have this extent."""
        extents = [contents if extent is None else extent for extent in self.extents]
        return {
            anchor: extent.folio(page, before or 0)
            for extent, before in zip(extents, self.folios_before(extents), strict=True)
            for anchor, page in extent.anchors.items()
            if anchor in self.contents_targets
        }

    def contents_key(self, at: int) -> tuple[str, ...]:
        """Return the inputs of the contents."""
        return self.cache_key(at, str(self.folio_before_contents(at)), json.dumps(self.known_folios, sort_keys=True))

    def folio_before_contents(self, at: int) -> int:
        """Return the folio before the contents."""
        return self.folios_before([*self.extents[:at], None])[at] or 0

    def confirm_contents(self, extent: Extent) -> bool:
        """Whether the contents with this extent print the right folios; the extent is assumed from now on."""
        is_right = self.contents_folios(extent) == self.known_folios
        self.assumed_contents = extent
        return is_right

    # -- jobs

    def give_jobs(self) -> None:
        """Give every idle worker a job."""
        for worker in self.workers.all:
            if not worker.busy:
                self.give_job(worker)
        if not any(worker.busy for worker in self.workers.all):
            raise NotSplittableError("the folios cannot be determined")

    def give_job(self, worker: Worker) -> None:
        """Give an idle worker a job, if there is one."""
        if job := self.next_job():
            self.started.add((job.kind, job.number))
            if job.kind == "layout":
                self.start_times[job.number] = time.monotonic()
            worker.send(job)

    def next_job(self) -> Job | None:
        """Return the next job: sections first; then a draft of the contents, fonts, running heads."""
        if (number := self.next_section()) is not None:
            return LayoutJob(number, self.sections[number], UNKNOWN_FOLIO_BASE, None, self.former(number))
        at = self.contents
        if at is not None and ("layout", at) not in self.started and self.records[at] is None:
            section, before = self.sections[at], self.folio_before_contents(at)
            if self.known_folios and (self.draft or ("draft", at) not in self.started):
                return LayoutJob(at, section, before, self.known_folios, self.former(at))
            if not self.known_folios and self.draft_is_worthwhile(at):
                return LayoutJob(at, section, before, self.assumed_folios(), self.former(at), "draft")
        if self.to_subset:
            self.subsetting += 1
            return SubsetJob(self.subsetting, *self.to_subset.pop(0))
        for number, heads in enumerate(self.running_heads):
            if heads is None and ("running heads", number) not in self.started:
                inputs = self.running_head_inputs(number)
                if inputs is not None:
                    return RunningHeadsJob(number, self.sections[number], inputs)
        return None

    def next_section(self) -> int | None:
        """Return the section to be laid out next: usually the first, so that folios are soon known.

        A section that is longer than its share of the rest comes first. In the first round, short sections are left
        out, since their results would not be read for a while.
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
        return next(n for n, length in lengths.items() if not self.is_first_round or length * SHORT >= lengths[longest])

    def draft_is_worthwhile(self, at: int) -> bool:
        """Whether there is time for a draft of the contents before the last section is laid out."""
        if ("draft", at) in self.started or not self.pace[0]:
            return False
        if self.folios_before([*self.extents[:at], None])[at] is None or len(self.start_times) >= self.workers.jobs:
            return False
        now, pace = time.monotonic(), self.pace[1] / self.pace[0]
        left = [len(self.sections[n].html) * pace - (now - started) for n, started in self.start_times.items()]
        return bool(left) and max(left) > len(self.sections[at].html) * pace / 2

    def assumed_folios(self) -> dict[str, int]:
        """Return the folios that the contents print, as far as they are known, and 1 for all others."""
        return {**dict.fromkeys(self.contents_targets, 1), **self.contents_folios(self.assumed_contents)}

    def take(self, result: JobResult) -> None:
        """Take the result of a job. Raises the error of the job."""
        if result.error:
            raise result.error
        kind, number, content = result.kind, result.number, result.value
        if kind == "subset":
            self.subsetting -= 1
        elif kind == "draft":
            self.draft = content
        elif kind == "running heads":
            self.cache.put("running-heads", self.running_heads_key(number), content)
            self.running_heads[number] = RunningHeadSet.from_bytes(content)
        elif number == self.contents:
            self.take_contents(number, content)
        else:
            self.cache.put(SECTION_CACHE, self.cache_key(number), content)
            self.cache.put("last-text", self.cache_key(number, text="any"), self.digests[number].encode("ascii"))
            self.take_record(number, content)

    def take_record(self, number: int, content: bytes) -> None:
        """Take the record of a section."""
        if started := self.start_times.pop(number, None):
            self.pace[0] += len(self.sections[number].html)
            self.pace[1] += time.monotonic() - started
        record = self.records[number] = SectionRecord.from_bytes(content)
        self.extents[number] = extent_of(record.pages)

    def take_contents(self, number: int, content: bytes) -> None:
        """Take the record of the contents; lay them out again if their length changes the folios."""
        self.draft = content
        self.cache.put(SECTION_CACHE, self.contents_key(number), content)
        self.cache.put("contents", self.cache_key(number, text="any"), content)
        record = SectionRecord.from_bytes(content)
        if self.confirm_contents(extent_of(record.pages)):
            self.records[number], self.extents[number] = record, self.assumed_contents
            return
        self.rounds += 1
        if self.rounds == MAX_ROUNDS:
            raise NotSplittableError("the contents never take as many pages as was assumed")
        self.started.remove(("layout", number))
        self.known_folios = {}
