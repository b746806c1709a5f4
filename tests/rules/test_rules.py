"""Each rule against its fixtures (must change, must not change), and the laws that all of them keep."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dingben.rules import RULES, Confidence, Rule, apply, corrected
from dingben.rules.passage import Passage

FIXTURES = Path(__file__).parents[1] / "rules"
POINTED = "!"
"""What a fixture of a rule that only points says instead of a correction."""


def cases(rule: Rule) -> list[tuple[str, str, str]]:
    blocks = (FIXTURES / f"{rule.code}-{rule.name}.md").read_text(encoding="utf-8").split("\n.\n")
    return list(zip((t.strip() for t in blocks[0::3]), blocks[1::3], blocks[2::3], strict=False))


def test_rules_have_unique_codes_reasons_and_fixtures() -> None:
    assert len({r.code for r in RULES}) == len(RULES)
    assert {f"{r.code}-{r.name}" for r in RULES} == {p.stem for p in FIXTURES.glob("*.md")}
    for rule in RULES:
        changed = [before != after for _, before, after in cases(rule)]
        assert any(changed), rule.code
        assert not all(changed), rule.code
        assert len(rule.explanation.splitlines()) > 1 or rule.confidence is Confidence.CERTAIN, rule.code


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [pytest.param(r, b, a, id=f"{r.code}: {t}") for r in RULES for t, b, a in cases(r)],
)
def test_rule_fixture(rule: Rule, before: str, after: str) -> None:
    if after == POINTED:
        assert list(rule.find(before))
    elif rule.confidence is Confidence.SUSPECT:
        assert not list(rule.find(before))
    else:
        assert corrected((rule,), before, "zh" if "zh" in rule.scripts else "en") == after


SCRAPS = ["山水", "说", "“", "”", "‘", "’", '"', "'", "(", ")", "（", "）", ",", ";", ":", "?", "!", ".", "...", "…", "—", "——", "--", "·", "•", " ", "　",
          "1914", "10:30", "Smith", "a", "《", "》", "[1]", "[M]", "http://a.b/c,d", "一", "ﬁ", "。", "，"]  # fmt: skip
text = st.lists(st.sampled_from(SCRAPS), max_size=24).map("".join)


@given(text)
@example("山水,((((((")  # each bracket for the sake of the one before it
@settings(max_examples=200)
def test_rules_are_idempotent(before: str) -> None:
    for script in ("zh", "en"):
        for rule in RULES:
            once = corrected((rule,), before, script)
            assert corrected((rule,), once, script) == once, rule.code
        once = corrected(RULES, before, script)
        assert corrected(RULES, once, script) == once


@given(text)
@settings(max_examples=150)
def test_rules_keep_letters_and_cover_the_text(before: str) -> None:
    passage = Passage.kept(before, 0, len(before))
    apply(RULES, passage, "zh")
    at = 0
    for piece in passage.pieces:
        assert piece.start == at
        assert piece.rule or piece.text == before[piece.start : piece.end]
        at = piece.end
    assert at == len(before)
    assert letters(passage.text) == letters(before)


def letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())
