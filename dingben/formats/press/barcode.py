"""EAN-13 bars of an ISBN (ISO/IEC 15420)."""

from __future__ import annotations

import re

from dingben.language.isbn import check_digit

MODULE = 0.33
"""Width of the thinnest bar in mm at 100 %."""


HEIGHT = 22.85
"""Height of the bars in mm; the guards reach five modules lower."""


QUIET = (11, 7)
"""Modules of white before and after."""


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
"""Number sets of the left half, chosen by the first digit, which has no bars of its own."""


SIDE, MIDDLE = "101", "01010"


def modules(digits: str) -> str:
    """The 95 modules of thirteen digits: 1 is a bar, 0 a space. Raises ValueError where the check digit is wrong."""
    if not re.fullmatch(r"\d{13}", digits) or check_digit(digits[:12]) != digits[12]:
        raise ValueError(f"{digits!r} are no 13 digits with a right check digit")
    left = "".join(left_pattern(int(d), parity) for d, parity in zip(digits[1:7], PARITY[int(digits[0])], strict=True))
    right = "".join(invert(LEFT_ODD[int(d)]) for d in digits[7:])
    return SIDE + left + MIDDLE + right + SIDE


def left_pattern(digit: int, parity: str) -> str:
    """Set A (odd) or B (even, the mirrored complement) of the left half."""
    odd = LEFT_ODD[digit]
    return odd if parity == "O" else invert(odd)[::-1]


def invert(pattern: str) -> str:
    """Bars for spaces."""
    return pattern.translate(str.maketrans("01", "10"))


def iter_bars(digits: str) -> list[tuple[int, int, bool]]:
    """Each bar: its first module, its width in modules, and whether it is a guard, which reaches lower."""
    pattern = modules(digits)
    guards = {*range(3), *range(45, 50), *range(92, 95)}
    return [(run.start(), len(run[0]), run.start() in guards) for run in re.finditer("1+", pattern)]
