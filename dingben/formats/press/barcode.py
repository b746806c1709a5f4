"""EAN-13 bar code of an ISBN (ISO/IEC 15420)."""

from __future__ import annotations

import re

from dingben.language.isbn import check_digit

MODULE = 0.33
"""Width of the narrowest bar (X dimension) in mm at 100 %."""


HEIGHT = 22.85
"""Height of the bars in mm; guard bars are five modules longer."""


QUIET = (11, 7)
"""Quiet zones in modules, left and right."""


LEFT_ODD = (
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
)


PARITY = ("OOOOOO", "OOEOEE", "OOEEOE", "OOEEEO", "OEOOEE", "OEEOOE", "OEEEOO", "OEOEOE", "OEOEEO", "OEEOEO")
"""Number sets of the left half, selected by the first digit, which has no bars of its own."""


SIDE, MIDDLE = "101", "01010"


def modules(digits: str) -> str:
    """Return the 95 modules of thirteen digits: 1 is a bar, 0 a space. Raises ValueError for a wrong check digit."""
    if not re.fullmatch(r"\d{13}", digits) or check_digit(digits[:12]) != digits[12]:
        raise ValueError(f"{digits!r} are not 13 digits with a correct check digit")
    left = "".join(left_pattern(int(d), parity) for d, parity in zip(digits[1:7], PARITY[int(digits[0])], strict=True))
    right = "".join(invert(LEFT_ODD[int(d)]) for d in digits[7:])
    return SIDE + left + MIDDLE + right + SIDE


def left_pattern(digit: int, parity: str) -> str:
    """Return a digit of the left half in number set A (odd) or B (even, the mirrored complement)."""
    odd = LEFT_ODD[digit]
    return odd if parity == "O" else invert(odd)[::-1]


def invert(pattern: str) -> str:
    """Swap bars and spaces."""
    return pattern.translate(str.maketrans("01", "10"))


def iter_bars(digits: str) -> list[tuple[int, int, bool]]:
    """Return each bar: first module, width in modules, whether it is a guard bar."""
    pattern = modules(digits)
    guards = {*range(3), *range(45, 50), *range(92, 95)}
    return [(run.start(), len(run[0]), run.start() in guards) for run in re.finditer("1+", pattern)]
