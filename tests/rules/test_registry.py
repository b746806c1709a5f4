"""Rules of installed plugins run behind the built-in ones; a faulty one is refused with its package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dingben.errors import ToolError
from dingben.rules import RULES, Confidence, corrected
from dingben.rules.passage import Edit
from dingben.rules.registry import RESERVED, load
from dingben.rules.rule import rule
from dingben.system.plugins import Entry
from tests.support.books import write
from tests.support.plugins import dingben, install

PLUGIN = '''
import re
from dingben.rules.passage import Edit
from dingben.rules.rule import Confidence, rule

@rule("Z100", Confidence.PROBABLE, "zh")
def house_spelling(text):
    """The house writes 唯一, not 惟一."""
    for match in re.finditer("惟一", text):
        yield Edit(match.start(), match.end(), "唯一")
'''


@rule("Z101", Confidence.CERTAIN)
def good(text: str) -> Iterator[Edit]:
    """Correct 甲."""
    if "甲" in text:
        yield Edit(text.index("甲"), text.index("甲") + 1, "乙")


@rule("Z102", Confidence.CERTAIN)
def failing(text: str) -> Iterator[Edit]:
    """Fail."""
    raise LookupError(text)


TAKEN_CODE = replace(good, name="other")
TAKEN_NAME = replace(good, code="Z103", name="ligature")
RESERVED_CODE = replace(good, code="M999")
NO_CODE = replace(good, code="z1")
ODD = "no rule"


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (["good", "TAKEN_CODE"], "code Z101 is taken by tests.rules.test_registry:good"),
        (["TAKEN_NAME"], "name 'ligature' is taken"),
        (["RESERVED_CODE"], "codes that begin with M are reserved"),
        (["NO_CODE"], "'z1' is no code"),
        (["ODD"], "no dingben.rules.Rule"),
        (["ABSENT"], "AttributeError"),
    ],
)
def test_invalid_rule_plugin_is_an_error_with_its_package(names: list[str], fault: str) -> None:
    entries = [Entry(f"{__name__}:{name}", "some-plugin", "1") for name in names]
    with pytest.raises(ToolError, match="of some-plugin cannot be used") as caught:
        load(RULES, entries)
    assert fault in str(caught.value)


def test_exception_of_a_rule_names_the_rule() -> None:
    rules = load((), [Entry(f"{__name__}:failing", "some-plugin", "1")])
    with pytest.raises(ToolError, match="some-plugin cannot be used: LookupError"):
        corrected(rules, "文", "zh")


def test_letters_of_built_in_codes_are_reserved() -> None:
    assert {each.code[0] for each in RULES} <= RESERVED


@pytest.mark.slow
def test_plugin_rule_is_listed_and_applied(tmp_path: Path) -> None:
    site, book = tmp_path / "site", tmp_path / "book"
    install(site, "house", PLUGIN, "dingben.rules", "house_spelling")
    assert "Z100  PROBABLE  house-spelling: The house writes" in dingben(site, "rules").stdout
    raw = write(tmp_path / "raw.txt", "第一章 山水\n\n这是惟一的路,没有别的。\n")
    assert dingben(site, "ingest", raw, "--book", book).returncode == 0
    assert "这是唯一的路，没有别的。" in (book / "source/chapters/01-chapter.md").read_text("utf-8")
    assert '"rule": "Z100", "confidence": "probable"' in (book / "source/ledger.jsonl").read_text("utf-8")
    assert dingben(site, "audit", "--book", book).returncode == 0
    chapter = book / "source/chapters/01-chapter.md"
    write(chapter, chapter.read_text("utf-8").replace("唯一", "惟一"))
    assert "Z100 house spelling" in dingben(site, "check", "--book", book).stdout
