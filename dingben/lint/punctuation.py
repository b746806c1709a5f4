"""Run the correction rules over the sources, whoever wrote them, and report what they would change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dingben.diagnostics import Diagnostic, Location, Severity
from dingben.language import heading_labels
from dingben.lint.markdown_text import NOT_PROSE, VERSE, plain_text
from dingben.rules import Confidence, Rule, Script
from dingben.rules.passage import Edit

SEVERITY: dict[Confidence, Severity] = {
    Confidence.CERTAIN: "warning",
    Confidence.PROBABLE: "warning",
    Confidence.SUSPECT: "note",
}
SERIOUS = {"X901", "X902", "X903", "X904", "X906", "X908"}
"""Rules of suspects whose findings are warnings."""

OPENING_QUOTES, CLOSING_QUOTES = ("“", "『", "「"), ("”", "』", "」")
LONGEST_QUOTATION = 12
"""Lines that a quotation of several paragraphs may run over."""


def check_punctuation(
    path: Path, text: str, script: Script, bibliography: bool, rules: Sequence[Rule]
) -> list[Diagnostic]:
    """Report what the rules would change, or suspect, in each paragraph of a chapter."""
    found: list[Diagnostic] = []
    open_quote: tuple[int, Diagnostic] | None = None
    for number, line in _prose(text):
        words, columns = plain_text(line)
        if line.startswith("#") and (label := heading_labels.read_weak(words)):
            start = label.end + len(label.joiner)
            words, columns = words[start:], columns[start:]
        for rule, edit in _edits(words, script, bibliography, rules):
            if line.startswith("#") and rule.code == "S303" and heading_labels.read(words[edit.end :]):
                continue  # a heading in two languages
            place = Location(path, number, columns[edit.start] + 1)
            finding = Diagnostic(_message(rule, words, edit), _hint(edit), place, rule.code, _severity(rule))
            quote = words[edit.start : edit.end] if rule.code == "X901" else ""
            if quote in CLOSING_QUOTES and open_quote and number - open_quote[0] <= LONGEST_QUOTATION:
                found.remove(open_quote[1])  # a quotation of several paragraphs is closed here
                open_quote = None
                continue
            found.append(finding)
            if quote in OPENING_QUOTES:
                open_quote = (number, finding)
    return found


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Number (1-based) and text of each line that is neither blank, code, a table nor the fence of a div."""
    in_code = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("```", "~~~")):
            in_code = not in_code
        if not in_code and line and (VERSE.match(line) or not NOT_PROSE.match(line)):
            yield number, line


def _edits(words: str, script: Script, bibliography: bool, rules: Sequence[Rule]) -> Iterator[tuple[Rule, Edit]]:
    """What each rule finds; a bibliography keeps its own punctuation and spacing."""
    for rule in rules:
        if script in rule.scripts and not (bibliography and rule.code[0] in "MSX" and rule.code != "X906"):
            yield from ((rule, edit) for edit in rule.find(words))


def _message(rule: Rule, words: str, edit: Edit) -> str:
    before, after = words[max(0, edit.start - 8) : edit.start], words[edit.end : edit.end + 8]
    return f"{rule.name.replace('-', ' ')}: {before}【{words[edit.start : edit.end]}】{after}"


def _hint(edit: Edit) -> str:
    return f"perhaps {edit.after!r}" if edit.after else "compare it with the scan"


def _severity(rule: Rule) -> Severity:
    return "warning" if rule.code in SERIOUS else SEVERITY[rule.confidence]
