"""One finding instead of hundreds: findings of one rule that repeat through a book are counted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from dingben.diagnostics import Diagnostic

MOST = 20
"""Findings of a rule about the same sign that are listed one by one."""
HABITS = {"X909": 2}
"""The same for rules about a sign that a whole book uses in place of another."""
QUOTED = re.compile(r"【([^】]*)】")
EXAMPLES = 3


def group(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Put findings of one code, about the same sign where they quote one, into one finding with count and examples."""
    groups: dict[tuple[str, str, str], list[Diagnostic]] = {}
    for finding in findings:
        sign = match[1] if (match := QUOTED.search(finding.message)) else ""
        groups.setdefault((finding.code, sign, finding.severity), []).append(finding)
    out: list[Diagnostic] = []
    for (code, sign, severity), members in groups.items():
        if severity == "error" or not code or len(members) <= HABITS.get(code, MOST):
            out += members
        else:
            out.append(_summary(members, sign))
    return out


def _summary(members: list[Diagnostic], sign: str) -> Diagnostic:
    first = members[0]
    places = ", ".join(
        f"{each.location.file.name}:{each.location.line}" for each in members[1 : 1 + EXAMPLES] if each.location
    )
    count = f"{len(members)} times" + (f" about 【{sign}】" if sign else "")
    return replace(first, message=f"{first.message} ({count}; also {places})")
