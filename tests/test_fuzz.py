"""Fuzzing finds what ends by a bug, and makes an input again from its seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import __main__ as fuzz


@pytest.mark.parametrize("kind", list(fuzz.TARGETS))
def test_an_input_is_made_again_from_its_seed(kind: str) -> None:
    assert fuzz.generated(kind, 1) == fuzz.generated(kind, 1)
    assert len({fuzz.generated(kind, seed) for seed in range(9)}) == 9


def test_a_bug_is_found_and_a_refusal_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new" / "source").mkdir(parents=True)
    assert not fuzz.problem("toml", "[", tmp_path / "new", tmp_path)

    def broken(*_words: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("dingben.cli.commands.check.run", broken)
    assert "bug" in fuzz.problem("toml", "[", tmp_path / "new", tmp_path)
