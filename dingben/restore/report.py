"""The report of an ingest: ``build/reports/ingest.json`` and one static page, ``ingest.html``.

The page shows the raw text and the edition side by side, every change marked with its rule. It
needs nothing but itself; without scripts everything is there, only the filters rest.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path

from dingben.book import source_state
from dingben.book.ledger import Record
from dingben.diagnostics import Diagnostic, worst_first
from dingben.restore.pipeline import Draft
from dingben.rules import RULES, Rule
from dingben.rules.structural import ACTS, Act
from dingben.system import atomic

MOST_ROWS = 20_000
"""Rows of the page; a browser chokes on more."""
CODES: dict[str, Rule | Act] = {r.code: r for r in RULES} | {a.code: a for a in ACTS}
CONFIDENCE = {code: each.confidence.value for code, each in CODES.items()}
NAMES = {code: each.name for code, each in CODES.items()}
REASONS = {code: each.summary for code, each in CODES.items()}


def write(book: Draft, folder: Path) -> tuple[Diagnostic, ...]:
    """Write both reports; returns the findings of the ingest, worst first."""
    raw = book.raw
    findings = worst_first(replace(doubt, raw=doubt.location) for doubt in book.doubts)
    applied = dict(sorted(book.ledger.applied.items()))
    data = {
        "counts": book.counts,
        "rules": [
            {"code": c, "name": NAMES.get(c, c), "confidence": CONFIDENCE.get(c, ""), "times": n}
            for c, n in applied.items()
        ],
        "files": [
            {"name": f.name, "encoding": f.encoding, "characters": f.characters, "sha256": f.sha256} for f in raw.files
        ],
        "chapters": [{"file": c.path, "role": c.role, "matter": c.matter, "title": c.title} for c in book.chapters],
        "findings": [
            {"place": str(f.location), "code": f.code, "message": f.message, "hint": f.hint, "severity": f.severity}
            for f in findings
        ],
    }
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    atomic.write_file(folder, "build/reports/ingest.json", text.encode())
    atomic.write_file(folder, "build/reports/ingest.html", source_state.encoded(_page(book, findings)))
    return findings


@dataclass(slots=True)
class Row:
    """A block of the raw text beside what became of it."""

    start: int
    file: str = ""
    left: list[str] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    rules: set[str] = field(default_factory=set)


def _rows(book: Draft) -> Iterator[Row]:
    """Paragraphs, and the lines that became none."""
    raw = book.raw.text
    row = Row(0)
    fresh = False  # whether a printed line has ended since the row's last record
    for r in book.ledger.records(raw):
        if r.kind == "aside" and r.rule == "blank":
            fresh = fresh or raw.count("\n", r.start, r.end) > 0
            continue
        if r.kind in ("moved", "aside"):
            begins = bool(row.file) or fresh
        else:
            block = r.kind == "added" and r.after[:1] + r.after[-1:] not in ("", "\\\\") and "\n" in r.after
            begins = block or row.file != r.file
        if begins and row.left:
            yield row
            row = Row(r.start)
        row.file = r.file
        fresh = False
        _enter(row, r, raw)
    if row.left:
        yield row


def _enter(row: Row, r: Record, raw: str) -> None:
    """Both sides of one record."""
    if r.kind == "kept":
        text = escape(raw[r.start : r.end], quote=False)
        row.left.append(text)
        row.right.append(text)
    elif r.kind == "added":
        if "pagebreak" in r.after:
            number = r.after.rpartition('title="')[2].partition('"')[0]
            row.right.append(f'<span class="page">{escape(number)}</span>')
    elif r.kind == "replaced":
        code = r.rule.split("+")[0]
        row.rules.update(r.rule.split("+"))
        sure = min(
            (CONFIDENCE.get(c, "certain") for c in r.rule.split("+")), key=["suspect", "probable", "certain"].index
        )
        title = escape(f"{r.rule} {NAMES.get(code, code)}{': ' + r.note if r.note else ''}", quote=True)
        data = f'data-rule="{escape(code)}" data-sure="{sure}" title="{title}"'
        before = escape(r.before).replace("\n", "↵")
        row.left.append(f"<del {data}>{before or '‸'}</del>")
        row.right.append(f"<ins {data}>{escape(r.after) or '‸'}</ins>")
    else:
        row.rules.add(r.rule)
        row.left.append(f'<span class="{r.kind}">{escape(r.before)}</span>')
        what = f"→ {r.after} " if r.kind == "moved" else "" if r.rule == "label" else f"set aside: {r.rule} "
        row.right.append(f'<span class="{r.kind}">{escape(what)}</span>')


def _page(book: Draft, findings: tuple[Diagnostic, ...]) -> Iterator[str]:
    title = book.leaves.values.get("book.title", book.raw.files[0].name)
    yield f"{HEAD}<title>{escape(title)}: ingest</title>\n<style>{STYLE}</style></head>\n<body>\n"
    yield f"<header><h1>{escape(title)}</h1>\n<dl>"
    yield "".join(f"<div><dt>{escape(k.replace('_', ' '))}</dt><dd>{n:,}</dd></div>" for k, n in book.counts.items())
    yield '</dl></header>\n<main>\n<section aria-labelledby="doubts"><h2 id="doubts">Doubts</h2>\n'
    rows: list[str] = []
    starts: list[int] = []
    left_out = 0
    chapter = ""
    for row in _rows(book):
        if len(rows) >= MOST_ROWS:
            left_out += 1
            continue
        if row.file and row.file != chapter:
            chapter = row.file
            rows.append(f'<h3 class="file">{escape(chapter)}</h3>\n')
            starts.append(row.start)
        kind = "" if row.rules - {"line-end"} else " same"
        rows.append(
            f'<div class="row{kind}" id="r{row.start}"><p class="raw" lang="zh">{"".join(row.left)}</p>'
            f'<p class="edition" lang="zh">{"".join(row.right)}</p></div>\n'
        )
        starts.append(row.start)
    yield from _doubts(book, findings, starts)
    yield '</section>\n<section aria-labelledby="changes"><h2 id="changes">Changes</h2>\n'
    yield from _filters(book)
    yield '<div class="heads" aria-hidden="true"><span>raw text</span><span>edition</span></div>\n<div id="rows">\n'
    yield from rows
    yield "</div>\n"
    if left_out:
        yield f"<p>{left_out:,} more blocks are in ledger.jsonl; the page shows the first {MOST_ROWS:,}.</p>\n"
    yield f"</section>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"


def _doubts(book: Draft, findings: tuple[Diagnostic, ...], starts: list[int]) -> Iterator[str]:
    if not findings:
        yield "<p>None. <code>dingben check</code> looks further.</p>\n"
        return
    yield "<ol>"
    for finding in findings:
        location = finding.location
        n = bisect_right(starts, book.raw.offset(location)) - 1 if location else -1
        link = f' <a href="#r{starts[n]}">show</a>' if n >= 0 else ""
        place = f"{location.file.name}:{location.line}:{location.column}" if location else ""
        yield (
            f'<li class="{finding.severity}"><b>{finding.code}</b> {escape(finding.message)} '
            f"<small>{escape(place)}. {escape(finding.hint)}</small>{link}</li>\n"
        )
    yield "</ol>\n"


def _filters(book: Draft) -> Iterator[str]:
    """Switches by confidence and by rule, with what each rule did."""
    sure: Counter[str] = Counter()
    for code, times in book.ledger.applied.items():
        sure[CONFIDENCE.get(code, "certain")] += times
    yield '<form id="filters"><fieldset><legend>Confidence</legend>'
    for name in ("certain", "probable"):
        yield f'<label><input type="checkbox" name="sure" value="{name}" checked> {name} ({sure[name]:,})</label> '
    yield '<label><input type="checkbox" id="same"> also blocks without a change</label></fieldset>\n'
    yield "<details><summary>Rules</summary><fieldset><legend>Rules</legend>"
    for code, times in sorted(book.ledger.applied.items()):
        reason = escape(REASONS.get(code, ""))
        yield (
            f'<label><input type="checkbox" name="rule" value="{code}" checked> <b>{code}</b> '
            f"{escape(NAMES.get(code, code))} ({times:,}) <small>{reason}</small></label>\n"
        )
    yield '</fieldset></details>\n<p><button type="button" id="previous">previous change (p)</button> '
    yield '<button type="button" id="next">next change (n)</button> '
    yield '<output id="where" aria-live="polite"></output></p></form>\n'


HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
"""
STYLE = """
:root { color-scheme: light dark; --line: #8886; --del: #b3261e; --ins: #14692e; --soft: #8882 }
@media (prefers-color-scheme: dark) { :root { --del: #ff9a91; --ins: #86d993 } }
body { font: 1rem/1.6 "Noto Serif CJK SC", "Songti SC", serif; margin: 0 auto; max-width: 76rem; padding: 0 1rem 4rem }
h1 { font-size: 1.4rem }
h2 { font-size: 1.15rem; border-top: 1px solid var(--line); padding-top: 1rem }
h3.file { font: 600 .9rem/1.4 monospace; margin: 1.6rem 0 .4rem }
dl { display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; margin: 0 }
dt, dd { display: inline; margin: 0 }
dd { font-weight: 600; margin-left: .4em }
.row, .heads { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.6rem; padding: .3rem 0 }
.row { border-bottom: 1px solid var(--soft); scroll-margin-top: 4rem }
.heads { position: sticky; top: 0; z-index: 1; background: Canvas; font-weight: 600 }
.row p { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap }
.row:target { background: var(--soft) }
del, ins { text-decoration-thickness: 2px; border-radius: 2px }
del { color: var(--del); text-decoration: line-through }
ins { color: var(--ins); text-decoration: underline }
[data-sure=probable] { outline: 1px dashed currentColor }
.now { outline: 3px solid Highlight !important }
.off { color: inherit; text-decoration: none; outline: none; opacity: .6 }
.aside, .moved, small { color: GrayText }
.page { border: 1px solid var(--line); border-radius: 3px; font-size: .75em; padding: 0 .3em; margin: 0 .2em }
li.error b { color: var(--del) }
label { display: inline-block; margin: .15rem 1rem .15rem 0 }
details label { display: block }
fieldset { border: 1px solid var(--line); margin: .5rem 0 }
button { font: inherit; padding: .3rem .8rem }
:focus-visible { outline: 3px solid Highlight }
body.filtered:not(.whole) .row.same { display: none }
@media (max-width: 42rem) {
  .row { grid-template-columns: 1fr }
  .heads { display: none }
  .row p { padding-left: .6rem; border-left: 3px solid var(--ins) }
  .row .raw { border-color: var(--del); margin-bottom: .3rem }
}
"""
SCRIPT = """
const form = document.getElementById("filters"), where = document.getElementById("where");
let marks = [], at = -1;
function values(name) { return new Set([...form.querySelectorAll(`[name=${name}]:checked`)].map(box => box.value)); }
function filter() {
  const sure = values("sure"), rule = values("rule");
  document.body.classList.add("filtered");
  document.body.classList.toggle("whole", document.getElementById("same").checked);
  for (const mark of document.querySelectorAll("del,ins"))
    mark.classList.toggle("off", !(sure.has(mark.dataset.sure) && rule.has(mark.dataset.rule)));
  marks = [...document.querySelectorAll("ins:not(.off)")].filter(mark => mark.dataset.rule !== "line-end");
  at = -1; where.textContent = `${marks.length} changes`;
}
function go(step) {
  if (!marks.length) return;
  document.querySelectorAll(".now").forEach(mark => mark.classList.remove("now"));
  at = (at + step + marks.length) % marks.length;
  marks[at].classList.add("now"); marks[at].scrollIntoView({ block: "center" });
  where.textContent = `${at + 1} of ${marks.length}: ${marks[at].title}`;
}
form.addEventListener("change", filter);
document.getElementById("next").addEventListener("click", () => go(1));
document.getElementById("previous").addEventListener("click", () => go(-1));
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input[type=text]")) return;
  if (event.key === "n") go(1); else if (event.key === "p") go(-1);
});
filter();
"""
