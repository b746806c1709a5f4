"""Errors inside typesetting."""

from __future__ import annotations


class NotSplittableError(Exception):
    """The book can't be set in parts; the message says why."""
