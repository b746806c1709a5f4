"""The input formats: those of installed plugins (entry points ``dingben.inputs``) and the built-in ones."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import PurePath

from dingben.book.raw_text import RawText
from dingben.restore.inputs.base import InputFormat, InputLines
from dingben.restore.inputs.page_marks import take_page_marks
from dingben.restore.inputs.plain_text import PLAIN_TEXT
from dingben.restore.inputs.site_markup import has_markup, take_site_markup
from dingben.system.plugins import Entry, load_object, plugin_entries, unusable

GROUP, KIND = "dingben.inputs", "input format"

BUILT_IN = ("dingben.restore.inputs.markdown:MARKDOWN", "dingben.restore.inputs.plain_text:PLAIN_TEXT")
"""In the order in which they are asked, after the plugins; the last one accepts any text."""

NAME = re.compile("[a-z][a-z0-9-]*")


@functools.cache
def input_formats() -> tuple[InputFormat, ...]:
    """Return the formats in the order in which they are asked. Raises ToolError for a plugin with a faulty format."""
    return load([*plugin_entries(GROUP), *map(Entry, BUILT_IN)])


def load(entries: Iterable[Entry]) -> tuple[InputFormat, ...]:
    """Import input formats and check their definitions. Raises ToolError."""
    formats: list[InputFormat] = []
    owners: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda each: each.package != "dingben"):
        found = load_object(entry, KIND)
        if not isinstance(found, InputFormat):
            raise unusable(entry, KIND, "it is no dingben.restore.inputs.base.InputFormat")
        if not isinstance(found.name, str) or not NAME.fullmatch(found.name):
            raise unusable(entry, KIND, f"{found.name!r} is no name: lower-case letters, digits and hyphens")
        if not isinstance(found.suffixes, tuple) or not all(str(each).startswith(".") for each in found.suffixes):
            raise unusable(entry, KIND, "its suffixes are no tuple of suffixes such as .xml")
        if found.name in owners:
            raise unusable(entry, KIND, f"name {found.name!r} is taken by {owners[found.name].reference}")
        owners[found.name] = entry
        formats.append(found)
    return tuple(sorted(formats, key=lambda each: owners[each.name].package == "dingben"))


def read_lines(raw: RawText, *, scanned: bool = False) -> InputLines:
    """Read the lines of a raw text by the first format that accepts it, those that name its suffix first.

    Page marks of engines, which all formats may have, become page breaks; HTML in plain text is markup. Text that was
    ``scanned``, made of page layout files, has no markup: what looks so stands on the page.
    """
    if scanned:
        return PLAIN_TEXT.read(raw)
    reader = find_format(raw, input_formats())
    found = reader.read(raw)
    if found.lines and reader is PLAIN_TEXT and has_markup(raw.text):
        take_site_markup(raw.text, found)
    if found.lines:
        take_page_marks(raw, found)
    return found


def find_format(raw: RawText, formats: Iterable[InputFormat]) -> InputFormat:
    """Return the first format that accepts a raw text. Raises ValueError if none does."""
    used = {PurePath(file.name).suffix.lower() for file in raw.files}
    by_suffix = sorted(formats, key=lambda each: not used.issubset(each.suffixes))
    for each in by_suffix:
        if each.sniff(raw.text):
            return each
    raise ValueError("no input format accepts the text")
