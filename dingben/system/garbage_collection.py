"""Python's garbage collector, kept from looking at long-lived objects again and again."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_collector() -> Iterator[None]:
    """While this lasts, the garbage collector looks at new objects only, and seldom: boxes and nodes live long."""
    threshold = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        gc.unfreeze()
