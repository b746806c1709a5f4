"""What a proof-reader should look at in ``source/``, worst first.

The same rules as in the cleaning look at the sources, whoever wrote them; then the book as a
whole is checked: numbering, contents against headings, notes, the ISBN, the end.
"""

from __future__ import annotations

import dataclasses
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from dingben.book import emendations, raw_text
from dingben.book.emendations import Ignore
from dingben.book.ledger import DamagedError, Record, read
from dingben.book.model import Book
from dingben.book.raw_text import RawText
from dingben.book.reader import read_book, unlisted
from dingben.book.resources import inside, read_text
from dingben.diagnostics import Diagnostic, Location, Severity, worst_first
from dingben.errors import SourceError
from dingben.language import heading_labels
from dingben.language.han import SENTENCE_END, skeleton
from dingben.language.isbn import isbn_is_valid
from dingben.rules import RULES, Confidence, Rule, Script, for_book
from dingben.rules.passage import Edit

MARKUP = re.compile(
    r"`[^`]+`"  # code
    r"|^(?:> ?)+|^#{1,6} |^\s*(?:[-*+]|\d{1,3}[.)]|\(\d{1,3}\)|:)\s+"  # what begins a block
    r"|\[\]\{[^}]*\}|\{[^{}]*\}|\[\^[^\]\s]+\]:?|\\(?=[!-/:-@\[-`{-~])"  # spans, attributes, notes, escapes
    r"|!?\[(?=[^\]]*\]\()|\]\([^)]*\)|\*+(?=\S)|(?<=\S)\*+|\[(?=[^\]]*\]\{)|\](?=\{)"  # links, emphasis
)
SKIP = re.compile(r"^(?:```|:::|\||~~~|    )")
SEVERITY: dict[Confidence, Severity] = {
    Confidence.CERTAIN: "warning",
    Confidence.PROBABLE: "warning",
    Confidence.SUSPECT: "note",
}
BREAKS = {"T801", "T802"}
"""Codes that say that the text breaks off."""
SERIOUS = {"X901", "X902", "X903", "X904", "X906", "X908"}


def check(folder: Path) -> tuple[Diagnostic, ...]:
    """Everything doubtful in the book in ``folder``. Raises SourceError where it can't be read."""
    book = read_book(folder)  # what it says must be mended first
    source = folder / "source"
    script: Script = "en" if book.title.language.startswith("en") else "zh"
    findings: list[Diagnostic] = []
    heads: list[tuple[Path, int, int, str]] = []
    texts = _chapters(source)
    roles = {division.path: division.role for division in book.divisions}
    able = for_book(RULES, "".join(texts.values()))
    for path, text in texts.items():
        reference = roles.get(path) == "bibliography"
        findings += _marks(path, text, script, reference, able)
        findings += _notes(path, text)
        heads += _heads(path, text)
    findings += [Diagnostic(p.message, p.hint, p.location, "T803") for p in unlisted(book) if p.location]
    findings += _numbering(heads)
    findings += _contents(source, heads)
    findings += _isbn(source, book)
    findings += _end(book)
    ignores = emendations.ignores(source / "emendations.toml")
    findings = _without(findings, ignores)
    findings += [
        Diagnostic(f"nothing to ignore: {i.code} “{i.text}”", "take the entry out", i.place, "E001", "error")
        for i in ignores
        if not i.hits
    ]
    return worst_first(_with_raw_places(source, findings))


def unfinished(book: Book) -> tuple[Diagnostic, ...]:
    """Where the text of a book breaks off, if it does; without what a person let stand."""
    source = book.folder / "source"
    heads = [head for path, text in _chapters(source).items() for head in _heads(path, text)]
    found = [*_contents(source, heads), *_end(book)]
    return tuple(_without([f for f in found if f.code in BREAKS], emendations.ignores(source / "emendations.toml")))


def _heads(path: Path, text: str) -> list[tuple[Path, int, int, str]]:
    """File, line, level and text of each heading."""
    return [
        (path, n, len(m[1]), plain(m[2])[0])
        for n, line in enumerate(without_code(text).splitlines(), 1)
        if (m := re.match(r"(#{1,6}) (.*)", line))
    ]


def _chapters(source: Path) -> dict[Path, str]:
    """The text of each chapter. Raises SourceError where one can't be read."""
    return {path: _text(source, path) for path in sorted((source / "chapters").glob("*.md"))}


def _text(source: Path, path: Path) -> str:
    return read_text(inside(source.parent, path))


def plain(line: str) -> tuple[str, list[int]]:
    """The text of a Markdown line, and the column (0-based) of each of its characters."""
    text, at = "", 0
    columns: list[int] = []
    for match in MARKUP.finditer(line):
        text += line[at : match.start()]
        columns += range(at, match.start())
        if match[0][0] == "`":  # code is a word whose letters are none of ours
            text += "x"
            columns.append(match.start())
        at = match.end()
    return text + line[at:], [*columns, *range(at, len(line) + 1)]


def without_code(text: str) -> str:
    """``text`` with code blanked, line for line and column for column."""
    return CODE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


CODE = re.compile(r"^(```+|~~~+).*?^\1|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def _marks(path: Path, text: str, script: Script, reference: bool, able: Sequence[Rule]) -> list[Diagnostic]:
    """What the rules would change, or only suspect, in each paragraph."""
    found: list[Diagnostic] = []
    open_quote: tuple[int, Diagnostic] | None = None
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("```", "~~~")):
            fenced = not fenced
        if fenced or not line or SKIP.match(line):
            continue
        words, columns = plain(line)
        if line.startswith("#") and (label := heading_labels.read(words)):
            start = label.end + len(label.joiner)
            words, columns = words[start:], columns[start:]
        for rule, edit in _doubts(words, script, reference, able):
            place = Location(path, number, columns[edit.start] + 1)
            finding = Diagnostic(_message(rule, words, edit), _hint(edit), place, rule.code, _severity(rule))
            sign = words[edit.start : edit.end] if rule.code == "X901" else ""
            if sign in ("”", "』", "」") and open_quote and number - open_quote[0] <= 12:
                found.remove(open_quote[1])  # a quotation over paragraphs
                open_quote = None
                continue
            found.append(finding)
            if sign in ("“", "『", "「"):
                open_quote = (number, finding)
    return found


def _doubts(words: str, script: Script, reference: bool, able: Sequence[Rule]) -> Iterator[tuple[Rule, Edit]]:
    for rule in able:
        if script in rule.scripts and not (reference and rule.code[0] in "MSX" and rule.code != "X906"):
            yield from ((rule, edit) for edit in rule.find(words))


def _message(rule: Rule, words: str, edit: Edit) -> str:
    before, after = words[max(0, edit.start - 8) : edit.start], words[edit.end : edit.end + 8]
    return f"{_says(rule)}: {before}【{words[edit.start : edit.end]}】{after}"


def _hint(edit: Edit) -> str:
    return f"perhaps {edit.after!r}" if edit.after else "compare it with the scan"


def _says(rule: Rule) -> str:
    return rule.name.replace("-", " ")


def _severity(rule: Rule) -> Severity:
    return "warning" if rule.code in SERIOUS else SEVERITY[rule.confidence]


def _notes(path: Path, text: str) -> Iterator[Diagnostic]:
    """Calls without a note, notes without a call."""
    text = without_code(text)
    called = {m[1]: m.start() for m in re.finditer(r"\[\^([^\]\s]+)\](?!:)", text)}
    made = {m[1]: m.start() for m in re.finditer(r"^\[\^([^\]\s]+)\]:", text, re.MULTILINE)}
    for names, others, message in (
        (called, made, "is called, but there is no such note"),
        (made, called, "is never called"),
    ):
        for name, at in names.items():
            if name not in others:
                line = text.count("\n", 0, at) + 1
                place = Location(path, line, at - text.rfind("\n", 0, at))
                yield Diagnostic(f"note {name} {message}", "add it, or take it out", place, "N602", "error")


def _numbering(heads: Sequence[tuple[Path, int, int, str]]) -> Iterator[Diagnostic]:
    """Labels that don't count on."""
    last: dict[str, tuple[int, ...]] = {}
    for path, line, level, text in heads:
        label = heading_labels.read(text)
        if label is None or not label.number:
            continue
        before = last.get(label.style)
        expected = {1} if before is None else {1, before[-1] + 1}
        if label.number[-1] not in expected and label.number[-1] != 0 and not (before is None and level == 1):
            message = f"numbering: {label.text} follows {before[-1] if before else 'nothing'}"
            yield Diagnostic(message, "is a heading missing?", Location(path, line), "H505")
        last[label.style] = label.number
        for style in [s for s in last if s != label.style and _below(s, label)]:
            del last[style]


def _below(style: str, label: heading_labels.Label) -> bool:
    order = ["部", "编", "篇", "卷", "章", "回", "chapter", "节", "節", "decimal2", "decimal3", "decimal4"]
    if label.style in order and style in order:
        return order.index(style) > order.index(label.style)
    return (style in {"han", "han-bracket", "arabic", "arabic-bracket"} and label.style in order) or (
        label.style == "han" and style in {"han-bracket", "arabic", "arabic-bracket"}
    )


def _contents(source: Path, heads: Sequence[tuple[Path, int, int, str]]) -> Iterator[Diagnostic]:
    """The printed contents against the headings of the text."""
    path = source / "contents.tsv"
    if not path.is_file():
        return
    have = {skeleton(text) for _, _, _, text in heads}
    rows = [row.split("\t") for row in _text(source, path).splitlines()]
    lacking = [n for n, row in enumerate(rows) if len(row) > 1 and skeleton(row[1]) not in have]
    tail = len(rows)
    while tail and tail - 1 in lacking:
        tail -= 1
    for n in lacking:
        if n < tail:
            message = f"the contents promise “{rows[n][1]}”; no heading says so"
            yield Diagnostic(message, "compare both with the scan", Location(path, n + 1), "H504")
    if len(rows) - tail > 1:
        message = f"the text breaks off: {len(rows) - tail} headings are missing, from “{rows[tail][1]}” on"
        yield Diagnostic(message, "scan the rest", Location(path, tail + 1), "T801", "error")
    pages = [(n, int(row[2])) for n, row in enumerate(rows) if len(row) > 2 and row[2].isdecimal()]
    for (_, before), (n, page) in pairwise(pages):
        if page < before:
            message = f"page {page} comes after page {before}"
            yield Diagnostic(message, "compare it with the scan", Location(path, n + 1), "C601")


def _isbn(source: Path, book: Book) -> Iterator[Diagnostic]:
    path = source / "book.toml"
    isbn = book.publication.isbn
    if isbn is not None and not isbn_is_valid(isbn):
        lines = _text(source, path).splitlines()
        line = next((n for n, row in enumerate(lines, 1) if row.startswith("isbn")), 0)
        message = f"the check digit of ISBN {isbn} is wrong"
        yield Diagnostic(message, "compare it with the scan", Location(path, line), "B702")


def _end(book: Book) -> Iterator[Diagnostic]:
    """A text that stops in the middle of a sentence."""
    files = [(d.path, d.text) for d in book.divisions if d.matter == "body" and d.path]
    if not files:
        return
    path, text = files[-1]
    lines = text.splitlines()
    number, line = next(
        (
            (n, row)
            for n, row in reversed(list(enumerate(lines, 1)))
            if row.strip() and not SKIP.match(row) and not row.startswith("[^")
        ),
        (0, ""),
    )
    words, _ = plain(line)
    if words and not SENTENCE_END.search(words) and not re.search(r"[”’」』）)：:；;—]$", words) and len(words) > 30:
        message = "the text stops in the middle of a sentence"
        yield Diagnostic(message, "scan the rest", Location(path, number, len(line)), "T802", "error")


def _without(findings: list[Diagnostic], ignores: list[Ignore]) -> list[Diagnostic]:
    out = []
    for finding in findings:
        ignore = next(
            (
                i
                for i in ignores
                if i.code == finding.code and i.text.replace(" ", "") in re.sub("[【】 ]", "", finding.message)
            ),
            None,
        )
        if ignore:
            ignore.hits += 1
        else:
            out.append(finding)
    return out


def _with_raw_places(source: Path, findings: list[Diagnostic]) -> list[Diagnostic]:
    """Each finding in a chapter with its place in the raw text, where the ledger knows it."""
    path = source / "ledger.jsonl"
    if not findings or not path.is_file():
        return findings
    try:
        header, records = read(path)
        files = [inside(source.parent, source / entry.file) for entry in header.raw]
        raw = raw_text.read(files, header.raw[0].encoding if header.raw else None)
    except (OSError, DamagedError, SourceError):
        return findings  # the audit tells what is wrong with the ledger or the raw text
    by_file: dict[str, list[Record]] = {}
    for record in records:
        if record.file:
            by_file.setdefault(record.file, []).append(record)
    for rows in by_file.values():
        rows.sort(key=lambda r: r.at)
    return [_placed(source, finding, by_file, raw) for finding in findings]


def _placed(source: Path, finding: Diagnostic, by_file: dict[str, list[Record]], raw: RawText) -> Diagnostic:
    location = finding.location
    rows = by_file.get(location.file.relative_to(source).as_posix()) if location else None
    if not rows or not location or not location.line:
        return finding
    lines = _text(source, location.file).splitlines(keepends=True)
    at = sum(map(len, lines[: location.line - 1])) + max(0, location.column - 1)
    n = max(0, bisect_right([r.at for r in rows], at) - 1)
    offset = min(rows[n].end, rows[n].start + at - rows[n].at) if rows[n].kind == "kept" else rows[n].start
    return dataclasses.replace(finding, raw=raw.place(offset))
