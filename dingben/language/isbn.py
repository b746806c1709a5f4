"""ISBN as EAN-13 bars: ISO/IEC 15420 and GB/T 12906, with a check of the number before it is drawn.

A bar code that can't be read costs an edition, so a wrong number is never drawn.
"""

from __future__ import annotations

import re
import unicodedata


def isbn_is_valid(isbn: str) -> bool:
    """Whether the check digit of an ISBN (10 or 13 figures) is right."""
    figures = [c for c in isbn if c in "0123456789X"]
    if len(figures) == 13 and "X" not in figures:
        return sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(figures)) % 10 == 0
    if len(figures) == 10 and "X" not in figures[:9]:
        return sum((10 if c == "X" else int(c)) * (10 - i) for i, c in enumerate(figures)) % 11 == 0
    return False


def check_digit(twelve: str) -> str:
    """Return the thirteenth digit: weights 1 and 3 in turn (ISO/IEC 15420, annex A)."""
    return str(-sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(twelve)) % 10)


def isbn_digits(printed: str) -> str:
    """Return a printed ISBN as thirteen digits. Raises ValueError with what is wrong."""
    plain = unicodedata.normalize("NFKC", printed).upper()
    found = re.search(r"(?:97[89][\s\-‐-―]*)?(?:\d[\s\-‐-―]*){9}[\dX]", plain)
    digits = re.sub(r"[^\dX]", "", found[0]) if found else ""
    rest = re.sub(r"[^\d]", "", plain[found.end() :].split("/")[0]) if found else ""
    if len(digits) not in (10, 13) or rest:
        raise ValueError("an ISBN has 13 digits, an old one 10")
    if len(digits) == 10:
        total = sum((10 - index) * (10 if digit == "X" else int(digit)) for index, digit in enumerate(digits))
        if total % 11:
            raise ValueError(f"its check digit is wrong: it should be {old_check_digit(digits[:9])}")
        digits = "978" + digits[:9]
        return digits + check_digit(digits)
    if "X" in digits or check_digit(digits[:12]) != digits[12]:
        raise ValueError(f"its check digit is wrong: it should be {check_digit(digits[:12].replace('X', '0'))}")
    return digits


def old_check_digit(nine: str) -> str:
    """Return the check digit of a ten-digit ISBN (until 2006)."""
    value = -sum((10 - index) * int(digit) for index, digit in enumerate(nine)) % 11
    return "X" if value == 10 else str(value)


def isbn_line(printed: str) -> str:
    """Return the text above the bars: thirteen digits with the printed hyphens."""
    digits = isbn_digits(printed)
    plain = unicodedata.normalize("NFKC", printed).upper()
    parts = re.findall(r"[\dX]+", re.split(r"ISBN(?:-1[03])?:?\s*", plain)[-1].split("/")[0])
    if len(parts) == 4 and len("".join(parts)) == 10:  # an old number gains its prefix and another check digit
        parts = ["978", *parts[:3], digits[-1]]
    if "".join(parts) == digits and len(parts) == 5:
        return "ISBN " + "-".join(parts)
    return f"ISBN {digits}"
