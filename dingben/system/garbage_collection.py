"""Garbage collection for builds: fewer passes over long-lived objects."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def tuned_garbage_collection() -> Iterator[None]:
    """Freeze the objects that exist and collect new ones less often: boxes and nodes live long."""
    threshold = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        gc.unfreeze()
