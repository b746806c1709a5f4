"""JSON of strangers: whatever is wrong with it is a ValueError, also nesting, long numbers, NaN and infinities."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def parse_json(text: str | bytes) -> Any:
    """Parse RFC 8259 JSON. Raises ValueError (UnicodeDecodeError and JSONDecodeError are kinds of it)."""
    try:
        return json.loads(text, parse_constant=refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def refuse_constant(name: str) -> NoReturn:
    """Refuse ``NaN`` and ``Infinity``, which are not JSON: https://www.rfc-editor.org/rfc/rfc8259#section-6."""
    raise ValueError(f"{name} is not a JSON number")


def is_text_map(value: object) -> bool:
    """Return whether a value is an object whose values are strings."""
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
