"""Errors inside typesetting."""

from __future__ import annotations


class NotSplittableError(Exception):
    """The book cannot be laid out in sections; the message says why."""
