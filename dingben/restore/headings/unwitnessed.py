"""Headings that the printed contents do not have: found by number, words, a count, or the markup of the OCR engine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dingben.language import heading_labels
from dingben.language.han import HAN, SENTENCE_END, skeleton
from dingben.language.heading_labels import CHAPTER_RANK, SMALL, Label
from dingben.restore import heading_text
from dingben.restore.contents import Entry
from dingben.restore.headings import numbered_runs
from dingben.restore.headings.heading import LONGEST, Heading
from dingben.restore.headings.levels import Labelled, give_levels
from dingben.restore.headings.witnesses import START
from dingben.restore.lines import Line
from dingben.restore.paragraphs import REFERENCE

SECTION_RANK = 5
"""The rank of 节: a label of this rank, or a higher one, suffices for a heading."""

SPOKEN = re.compile(rf"[：　]|[{HAN}]:")
"""In a speech, or a list of what there is: no title has it below its label."""
UNFINISHED = re.compile(r"[。；，,;、：:]$")
SHORT_TITLE = 24


def find(
    texts: Sequence[str],
    lines: Sequence[Line],
    entries: Sequence[Entry],
    english: bool,
    found: Sequence[Heading],
    isolated: Sequence[bool],
) -> list[Heading]:
    """Headings found by their label, their words or the markup of the OCR engine only, with their levels."""
    search = _Search(texts, lines, entries, english, found, isolated)
    return give_levels(search.run(), found)


class _Search:
    """A pass over the lines that remembers which headings it has met."""

    def __init__(
        self,
        texts: Sequence[str],
        lines: Sequence[Line],
        entries: Sequence[Entry],
        english: bool,
        found: Sequence[Heading],
        isolated: Sequence[bool],
    ) -> None:
        self.texts, self.lines, self.entries, self.english = texts, lines, entries, english
        self.isolated = isolated
        self.taken = {i for h in found for i in range(h.first, h.last + 1)}
        self.known = {skeleton(h.text) for h in found} | {skeleton(e.text) for e in entries}
        self.listed: dict[str, set[int]] = {}
        """Numbers of the printed contents, by the style of their labels: what it lists was found, or is no heading."""
        for entry in entries:
            if label := heading_labels.read(entry.text):
                self.listed.setdefault(label.style, set()).add(label.number[-1])
        self.marked = any(line.marked_level for line in lines)
        self.highest = min((line.marked_level for line in lines if line.marked_level), default=1)
        self.flat = self._rank_of_flat_headings()
        self.alone = [self._stands_alone(n) for n in range(len(texts))]
        self.runs = {} if entries else numbered_runs.find(texts, self.alone, self.taken)
        self.titles_below = self._have_titles_below()
        self.last: dict[str, int] = {}
        self.in_volume: set[str] = set()
        """Headings met since the last label of a volume."""

    def _rank_of_flat_headings(self) -> int | None:
        """Return the rank of chapters where the engine marked all headings alike."""
        marked = [n for n, line in enumerate(self.lines) if line.marked_level]
        labels = [label for n in marked if (label := heading_labels.read(self.texts[n]))]
        alike = len({self.lines[n].marked_level for n in marked}) == 1
        highest = min((label.rank for label in labels), default=CHAPTER_RANK + 1)
        return highest if alike and highest <= CHAPTER_RANK else None

    def run(self) -> list[Labelled]:
        """The headings in order, with their labels; their levels are still to be given."""
        loose: list[Labelled] = []
        after = 0
        for n, text in enumerate(self.texts):
            if n < after or n in self.taken or not text or len(text) > LONGEST:
                continue
            if self.lines[n].kind != "text" or not (self.alone[n] or self.lines[n].marked_level or n in self.runs):
                continue
            labelled = self._read(n, text)
            if labelled:
                loose.append(labelled)
                after = labelled[0].last + 1
        return self._ranked(loose)

    def _stands_alone(self, n: int) -> bool:
        """Whether a line is a paragraph by itself, or stands between the end of one and the beginning of another."""
        if self.isolated[n] or self._is_bibliography(n):
            return True
        if len(self.texts[n]) > LONGEST // 2 or n in self.taken:
            return False
        before = self.texts[n - 1] if n else ""
        ended = self.lines[n].gap or not before or SENTENCE_END.search(before) or len(before) < SHORT_TITLE
        following = self.lines[n + 1] if n + 1 < len(self.lines) else None
        beside = max(len(before), len(self.texts[n + 1]) if following else 0)
        short = len(self.texts[n]) < 0.7 * beside and not SENTENCE_END.search(self.texts[n])
        begins = following is None or following.gap or following.indent > self.lines[n].indent or short
        return bool(ended) and (begins or self.lines[n].gap)

    def _is_bibliography(self, n: int) -> bool:
        """Whether a line heads references: [1] stands under it."""
        below = self.texts[n + 1] if n + 1 < len(self.texts) else ""
        return REFERENCE.match(below) is not None and heading_labels.role(self.texts[n]) == "bibliography"

    def _read(self, n: int, text: str) -> Labelled | None:
        """The heading on line ``n``, if it is one."""
        mark = skeleton(text)
        if not mark or mark in self.known:
            return None
        words = mark in heading_labels.FRONT_WORDS or mark in heading_labels.BACK_WORDS
        if words and (self.isolated[n] or self.lines[n].marked_level or self._is_bibliography(n)):
            self.known.add(mark)
            return Heading(n, n, 1, heading_text.normalize_heading(text, self.english)), None
        label = self.runs.get(n) or (heading_labels.read(text) if START.match(text) else None)
        if self.lines[n].marked_level:
            level = min(self.lines[n].marked_level - self.highest + 1, 6)
            if label and self.flat is not None and label.rank > self.flat:
                level = 0  # given by its rank
            self._note(label, mark)
            return Heading(n, n, level, heading_text.normalize_heading(text, self.english, label)), label
        if label is None or not (n in self.runs or self._is_heading(n, text, label, mark)):
            return None
        last = n
        if not text[label.end :].strip() and self._has_title_below(n) and label.style in self.titles_below:
            last = n + 1
        self._note(label, mark)
        whole = (" " if self.english else "\u3000").join(self.texts[n : last + 1])
        return Heading(n, last, 0, heading_text.normalize_heading(whole, self.english, label)), label

    def _note(self, label: Label | None, mark: str) -> None:
        """Remember a heading: the same words once more are a running head, unless another volume begins."""
        if label is None:
            return
        self.last[label.style] = label.number[-1]
        if label.rank < CHAPTER_RANK - 1:
            self.in_volume.clear()
            self.known.add(mark)
        elif label.rank <= CHAPTER_RANK:
            self.in_volume.add(mark)

    def _is_heading(self, n: int, text: str, label: Label, mark: str) -> bool:
        """Whether a line with a label is a heading: by its place in the count, its length, and its end."""
        listed = label.style != "arabic" and label.number[-1] in self.listed.get(label.style, ())
        if UNFINISHED.search(text) or listed:
            return False
        if label.style in SMALL:
            return not self.marked and self.isolated[n] and self._is_small_heading(n, text, label)
        if label.rank > SECTION_RANK or self.english:
            return not self.marked and self.isolated[n] and not re.search("[！？…]$", text)
        before = self.last.get(label.style)
        number = label.number[-1]
        title = text[label.end :]
        begins_again = number <= 1 and before is not None and before > number
        if mark in self.in_volume and (title or not begins_again):
            return False
        if begins_again:
            self.in_volume.clear()
        counts_on = before is None or before <= number <= before + 1 or number <= 1
        if self.marked and not counts_on:
            return False
        parted = not title or not title[0].isalnum() or label.text[-1] in "】〕〗］"
        if "。" in title:
            return False
        if not parted or SENTENCE_END.search(title):
            return (self.isolated[n] and _is_short_title(title)) or (counts_on and parted)
        return self.isolated[n] or counts_on

    def _is_small_heading(self, n: int, text: str, label: Label) -> bool:
        """Whether a label that lists have, too, heads a text: no sentence, and no item of a list."""
        if re.search("[！？…]$", text):
            return False
        following = heading_labels.read(self.texts[n + 1]) if n + 1 < len(self.texts) else None
        if following and following.style == label.style:
            return False
        if not self.entries and len(text) <= 32:
            return True
        title = text[label.end :].strip()
        return 1 < len(title) <= SHORT_TITLE and not re.search(rf"[。，；：,;:]|[^{HAN}”》）A-Za-z0-9]$", title)

    def _has_title_below(self, n: int) -> bool:
        """Whether the next line may be the title of a bare label."""
        if n + 1 >= len(self.texts) or n + 1 in self.taken or not self.alone[n + 1]:
            return False
        text = self.texts[n + 1]
        if SPOKEN.search(text):
            return False
        ended = re.search("[。；，：.,;:]$|^[（(［\\[].*[）)］\\]]$", text) and not (text.isupper() and text[-1] == ".")
        return len(text) < LONGEST and not ended and heading_labels.read(text) is None

    def _have_titles_below(self) -> set[str]:
        """Styles of labels most of which, where they are bare, have their title on the next line."""
        bare: dict[str, list[bool]] = {}
        for n, text in enumerate(self.texts):
            if len(text) > 16 or not START.match(text) or not self.alone[n]:
                continue
            label = self.runs.get(n) or heading_labels.read(text)
            if label and not text[label.end :].strip():
                bare.setdefault(label.style, []).append(self._has_title_below(n))
        return {style for style, below in bare.items() if sum(below) * 2 > len(below)}

    def _ranked(self, loose: list[Labelled]) -> list[Labelled]:
        """A run of numbers that counts through a whole text without chapters has the rank of chapters."""
        labels = [label for _, label in loose] + [heading_labels.read(entry.text) for entry in self.entries]
        if any(label and label.rank <= CHAPTER_RANK and label.style != "extra" for label in labels):
            return loose
        counts = {label.style for label in self.runs.values()}
        return [
            (heading, replace(label, rank=CHAPTER_RANK) if label and label.style in counts else label)
            for heading, label in loose
        ]


def _is_short_title(title: str) -> bool:
    """Whether words glued to a label are a title: short, or a couplet."""
    if SENTENCE_END.search(title):
        return False
    halves = re.split("[，,　 ]", title.strip())
    couplet = len(halves) == 2 and len(halves[0]) == len(halves[1])
    return len(title) <= SHORT_TITLE and (couplet or not re.search("[，,；]", title))
