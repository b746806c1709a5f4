"""Headings that the printed contents witness: a wrong label, two lines, a glued paragraph, a misread character.

Exact matches of the contents' entries, in their order, are the anchors; between two anchors the entries still missing
are sought in noise.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from difflib import SequenceMatcher

from dingben.language import heading_labels
from dingben.language.han import skeleton
from dingben.restore import heading_text
from dingben.restore.contents import Entry
from dingben.restore.headings.heading import GLUED, LONGEST, Heading
from dingben.restore.lines import Line

START = re.compile(
    r"[第附卷上中下正番外后後彩楔引序终終尾0-9０-９OlI一二三四五六七八九十（(【〔〖［\[＃#※◎●■★☆▲◆◇=＝~～A-Za-z]"
)
UNENDED = re.compile(r"[，,。；;、：:]$")


def find(
    texts: Sequence[str], lines: Sequence[Line], entries: Sequence[Entry], english: bool
) -> tuple[list[Heading], dict[int, str]]:
    """The headings that the entries witness, and better readings of entries by their headings."""
    found = _anchors(texts, entries)
    found += _between(texts, lines, entries, english, found)
    return found, _settle(texts, entries, found, english)


def _anchors(texts: Sequence[str], entries: Sequence[Entry]) -> list[Heading]:
    """Lines equal to entries, as many as stand in the order of the contents; the first of equals."""
    places: dict[str, list[int]] = {}
    for n, entry in enumerate(entries):
        places.setdefault(skeleton(entry.text), []).append(n)
    longest = max((len(k) for k in places), default=0) * 2 + 20
    candidates: list[tuple[int, int, int]] = []
    for i, text in enumerate(texts):
        if len(text) > longest or not text:
            continue
        mark = skeleton(text)
        hits = places.get(mark)
        if hits is None and START.match(text) and (label := heading_labels.read(text)):
            hits = places.get(skeleton(label.text) + skeleton(text[label.end :]))
        if (
            hits is None
            and i + 1 < len(texts)
            and len(text) + len(texts[i + 1]) <= longest
            and not UNENDED.search(text)
        ):
            hits = places.get(mark + skeleton(texts[i + 1]))
            if hits:
                candidates += [(i, i + 1, n) for n in reversed(hits)]
                continue
        if hits:
            candidates += [(i, i, n) for n in reversed(hits)]
    tails: list[int] = []
    ends: list[int] = []
    back: list[int] = []
    for c, (_, _, n) in enumerate(candidates):
        p = bisect_left(tails, n)
        back.append(ends[p - 1] if p else -1)
        if p == len(tails):
            tails.append(n)
            ends.append(c)
        elif n < tails[p]:
            tails[p], ends[p] = n, c
    chain: list[Heading] = []
    c = ends[-1] if ends else -1
    while c >= 0:
        first, last, n = candidates[c]
        chain.append(Heading(first, last, entries[n].level, entries[n].text, n))
        c = back[c]
    return chain[::-1]


def _between(
    texts: Sequence[str], lines: Sequence[Line], entries: Sequence[Entry], english: bool, anchors: list[Heading]
) -> list[Heading]:
    """Entries missing between anchors, sought with allowance for noise."""
    found: list[Heading] = []
    borders = [
        (-1, -1),
        *((h.last, h.entry if h.entry is not None else -1) for h in anchors),
        (len(texts), len(entries)),
    ]
    starts = [h.first for h in anchors] + [len(texts)]
    for (line0, entry0), (_, entry1), line1 in zip(borders[:-1], borders[1:], starts, strict=True):
        missing = list(range(entry0 + 1, entry1))
        if entry1 == len(entries):
            missing = missing[:6]  # the text may break off: what is far ahead isn't here
        i = line0 + 1
        while missing and i < line1:
            hit = _noisy(texts, lines, entries, english, i, line1, missing)
            if hit is not None and hit.entry is not None:
                found.append(hit)
                missing = [n for n in missing if n > (hit.entry or 0)]
                i = hit.last + 1
            else:
                i += 1
    return found


def _noisy(
    texts: Sequence[str],
    lines: Sequence[Line],
    entries: Sequence[Entry],
    english: bool,
    i: int,
    limit: int,
    missing: list[int],
) -> Heading | None:
    text = texts[i]
    label = heading_labels.read(text) if START.match(text) else None
    short = len(text) <= LONGEST * (2 if english else 1) and not re.search("[。；，,;]$", text)
    for n in missing[:4]:
        entry = entries[n]
        wanted = heading_labels.read(entry.text)
        title = skeleton(entry.text[wanted.end :] if wanted else entry.text)
        if short:
            options = [(i, text)]
            if i + 1 < limit and len(text) + len(texts[i + 1]) <= LONGEST and not re.search("[。；，]$", texts[i + 1]):
                options.append((i + 1, text + texts[i + 1]))
            for last, whole in options:
                if (evidence := _alike(whole, label, wanted, title)) is not None:
                    return Heading(i, last, entry.level, entry.text, n, evidence)
        if label and wanted and len(title) > 3 and label.text != wanted.text:
            cut = _prefix(text, label.end, title)
            if cut and text[cut] in " \u3000":
                evidence = f"label {label.text} against the contents"
                return Heading(i, i, entry.level, entry.text, n, evidence, lines[i].start + cut)
        if label and wanted and label.text == wanted.text and title:
            cut = _prefix(text, label.end, title)
            if cut and (text[cut] in " \u3000" or wanted.style.startswith("decimal")):
                return Heading(i, i, entry.level, entry.text, n, GLUED, lines[i].start + cut)
            if len(title) > 3 and (cut := _noisy_prefix(text, label.end, title)):
                evidence = "letters differ from the contents"
                return Heading(i, i, entry.level, entry.text, n, evidence, lines[i].start + cut)
    return None


def _alike(
    text: str, label: heading_labels.Label | None, wanted: heading_labels.Label | None, title: str
) -> str | None:
    """Evidence that ``text`` is the heading sought, or ``None``."""
    own = skeleton(text[label.end :] if label else text)
    if not own or not title:
        return None
    same_label = label is not None and wanted is not None and label.text == wanted.text
    if own == title and len(title) > 1 and (label is None) == (wanted is None):
        return "" if same_label else f"label {label.text if label else ''} against the contents"
    if wanted is not None and label is None and own.endswith(title) and len(own) <= len(title) + 5 and len(title) > 2:
        return "label misread"
    likeness = SequenceMatcher(None, own, title, autojunk=False).ratio()
    if (
        (same_label and likeness >= 0.6)
        or (label is not None and wanted is not None and likeness >= 0.8 and len(title) > 3)
        or (label is None and wanted is None and likeness >= 0.85 and len(title) > 4)
    ):
        return f"letters differ from the contents ({likeness:.2f} alike)"
    return None


def _prefix(text: str, start: int, title: str) -> int:
    """Where ``title`` (letters only) ends in ``text``, if it begins at ``start``."""
    got = 0
    for at in range(start, len(text)):
        if text[at].isalnum():
            if text[at].casefold() != title[got]:
                return 0
            got += 1
            if got == len(title):
                at += 1
                while at < len(text) and text[at] in "”’》）」』!?！？":
                    at += 1
                return at if at < len(text) else 0
    return 0


def _noisy_prefix(text: str, start: int, title: str) -> int:
    """Where something much like ``title`` ends before a blank."""
    for match in re.finditer(r"[ \u3000]", text[start : start + 2 * len(title) + 8]):
        own = skeleton(text[start : start + match.start()])
        if abs(len(own) - len(title)) <= 1 and SequenceMatcher(None, own, title, autojunk=False).ratio() >= 0.8:
            return start + match.start()
    return 0


def _settle(texts: Sequence[str], entries: Sequence[Entry], found: list[Heading], english: bool) -> dict[int, str]:
    """The text of each heading from its two witnesses; returns entries that the heading mends."""
    corrected: dict[int, str] = {}
    for heading in found:
        if heading.entry is None:
            continue
        entry = entries[heading.entry]
        whole = (" " if english else "").join(texts[heading.first : heading.last + 1])
        if heading.cut:
            label, wanted = heading_labels.read(whole), heading_labels.read(entry.text)
            start = label.end if label else 0
            title = skeleton(entry.text[wanted.end if wanted else 0 :])
            end = _prefix(whole, start, title) or _noisy_prefix(whole, start, title)
            whole = whole[:end]
        own = heading_text.normalize_heading(whole, english)
        heading.text, better = reconcile(own, entry.text)
        if better != entry.text:
            corrected[heading.entry] = better
    return corrected


def reconcile(own: str, witness: str) -> tuple[str, str]:
    """The heading and its entry, each corrected by the other.

    The label is the contents'; letters are each one's own; of marks, the fuller reading; where
    one has a dash and the other 一 in its place, the dash.
    """
    label, mine = heading_labels.read(witness), heading_labels.read(own)
    if label and mine is None and own.endswith(witness[label.end :].strip()):
        return witness, witness
    head = f"{label.text}{label.joiner}" if label else ""
    a = own[mine.end :].strip() if mine and label else own
    b = witness[label.end :].strip() if label else witness
    return head + _merged(a, b), head + _merged(b, a)


def _merged(a: str, b: str) -> str:
    """Letters of ``a``, marks of both."""
    if skeleton(a) == skeleton(b):
        if a.casefold() == b.casefold() or a.isupper() != b.isupper():
            return b if a.isupper() else a
        return max((a, b), key=_fullness)
    out = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        left, right = a[i1:i2], b[j1:j2]
        out.append("——" if tag == "replace" and {left, right} == {"一", "——"} else left)
    return "".join(out)


def _fullness(text: str) -> tuple[bool, int]:
    paired = (
        text.count("“") == text.count("”")
        and text.count("（") == text.count("）")
        and text.count("《") == text.count("》")
    )
    return paired, sum(not c.isalnum() for c in text)
