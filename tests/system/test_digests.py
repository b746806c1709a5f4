"""Digests of lists of parts."""

from __future__ import annotations

from dingben.system.digests import digest_of


def test_digest_depends_on_part_boundaries() -> None:
    assert digest_of("ab", "c") != digest_of("a", "bc")
    assert digest_of("a") != digest_of("a", "")
    assert digest_of("1:a") != digest_of("1", "a")


def test_digest_of_text_with_lone_surrogates() -> None:
    assert digest_of("港") == digest_of("港".encode())
    assert digest_of("\ud800") != digest_of("\ud801")
