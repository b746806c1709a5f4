"""SHA-256 of lists of parts."""

from __future__ import annotations

import hashlib


def digest_of(*parts: str | bytes) -> str:
    """SHA-256 of the parts, each with its length, so that no two lists of parts read the same."""
    whole = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        whole.update(b"%d:" % len(data) + data)
    return whole.hexdigest()
