"""The output formats: the built-in ones and those of installed plugins, loaded and checked the same way.

A format is named by an object reference, ``package.module:OBJECT``
(https://packaging.python.org/specifications/entry-points/). Those of plugins are entry points of the group
``dingben.formats``.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from dingben.errors import ToolError
from dingben.formats.base import OutputFormat
from dingben.system.digests import digest_of
from dingben.system.plugins import Entry, load_object, plugin_entries, unusable

GROUP, KIND = "dingben.formats", "output format"

BUILT_IN = (
    "dingben.formats.pdf.format:PDF",
    "dingben.formats.epub.format:EPUB",
    "dingben.formats.epub.format:AZW3",
    "dingben.formats.html.format:HTML",
    "dingben.formats.text.format:TXT",
    "dingben.formats.tei.format:TEI",
    "dingben.formats.html.format:WEB",
    "dingben.formats.press.format:PRINT",
    "dingben.formats.press.format:COVER",
    "dingben.formats.press.format:BOOKLET",
    "dingben.formats.archive.format:BAG",
    "dingben.formats.archive.format:ARCHIVE",
)
"""In the order in which they are built. A list in the code, for metadata of an editable install may be out of date."""

NAME = re.compile("[a-z][a-z0-9-]*")


@functools.cache
def formats() -> Mapping[str, OutputFormat]:
    """Return every output format by name, in build order. Raises ToolError for a plugin with a faulty definition."""
    return load([*map(Entry, BUILT_IN), *plugin_entries(GROUP)])


def load(entries: list[Entry]) -> dict[str, OutputFormat]:
    """Load formats and bring them into build order. Raises ToolError."""
    loaded: dict[str, OutputFormat] = {}
    owners: dict[str, Entry] = {}
    for entry in entries:
        output_format = load_format(entry)
        for other in loaded.values():
            if other.name == output_format.name or other.path == output_format.path:
                what = "name" if other.name == output_format.name else "path"
                fault = f"{what} {getattr(other, what)!r} is taken by {owners[other.name].reference}"
                raise faulty(entry, fault)
        loaded[output_format.name] = output_format
        owners[output_format.name] = entry
    for name, output_format in loaded.items():
        missing = [other for other in output_format.requires if other not in loaded]
        if missing:
            raise faulty(owners[name], f"it requires {missing[0]!r}, which is no format")
    return in_build_order(loaded, owners)


def load_format(entry: Entry) -> OutputFormat:
    """Import one format and check its definition. Raises ToolError."""
    output_format = load_object(entry, KIND)
    if not isinstance(output_format, OutputFormat):
        raise faulty(entry, "it is no dingben.formats.base.OutputFormat")
    if not NAME.fullmatch(output_format.name):
        raise faulty(entry, f"{output_format.name!r} is no name: lower-case letters, digits and hyphens")
    path = PurePosixPath(output_format.path)
    if path.is_absolute() or not path.parts or ".." in path.parts or len(path.parts) > 2 or path.parts[0][0] == ".":
        raise faulty(entry, f"{output_format.path!r} is no path below build/")
    try:
        output_format.path.format(slug="a")
    except (KeyError, IndexError, ValueError) as error:
        raise faulty(entry, f"{output_format.path!r} may hold {{slug}} only") from error
    return output_format


def in_build_order(loaded: Mapping[str, OutputFormat], owners: Mapping[str, Entry]) -> dict[str, OutputFormat]:
    """Return the formats with each after those that it requires, else in the order given. Raises ToolError."""
    ordered: dict[str, OutputFormat] = {}
    left = dict(loaded)
    while left:
        name = next((n for n, f in left.items() if ordered.keys() >= set(f.requires)), None)
        if name is None:
            raise faulty(owners[next(iter(left))], "formats require each other in a circle")
        ordered[name] = left.pop(name)
    return ordered


def faulty(entry: Entry, fault: str) -> ToolError:
    """Return the error for a definition that cannot be used."""
    return unusable(entry, KIND, fault)


@functools.cache
def plugin_digests() -> Mapping[str, str]:
    """Return, for each format of a plugin, a digest of the plugin's version and code: an input of what it builds."""
    digests = {}
    for entry in plugin_entries(GROUP):
        module, _, attribute = entry.reference.partition(":")
        name = getattr(importlib.import_module(module), attribute).name
        file = Path(importlib.import_module(module.partition(".")[0]).__file__ or "")
        files = sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]
        digests[name] = digest_of(entry.package, entry.version, *(path.read_bytes() for path in files))
    return digests
