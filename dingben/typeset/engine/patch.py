"""Replace functions of WeasyPrint, pydyf and tinyhtml5 temporarily, and restore all of them.

A replacement is active only inside ``with patches(...)``: nothing is replaced by importing a module or by reading a
style sheet, and everything is put back at the end, also after an exception. What is replaced, by what and why stands
in one table, :data:`dingben.typeset.engine.patch_table.PATCHES`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Iterator
from typing import Any

from dingben.typeset.engine.patch_table import PATCHES, Patch
from dingben.typeset.options import ALL_PATCHES, PatchKind


@functools.cache
def find_owner(target: str) -> tuple[Any, str]:
    """Return the module or class that has a target, and the target's name there. Raises LookupError."""
    owner_name, _, name = target.rpartition(".")
    parts = owner_name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            owner = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            owner = getattr(owner, part)
        if name not in vars(owner):
            raise LookupError(f"{target} is gone: has WeasyPrint another version than the one in pyproject.toml?")
        return owner, name
    raise LookupError(f"no module for {target}")


def original_of(target: str) -> Any:
    """Return what a target is now."""
    owner, name = find_owner(target)
    return vars(owner)[name]


def replacement_for(patch: Patch, state: Any) -> Any:
    """Return the replacement of a patch: the result of its factory."""
    factory = getattr(importlib.import_module(f"dingben.typeset.{patch.module}"), patch.factory_name)
    original = original_of(patch.target)
    return factory(original) if state is None else factory(original, state)


@contextlib.contextmanager
def patches(kinds: PatchKind = ALL_PATCHES, /, **groups: Any) -> Iterator[None]:
    """Apply the patches of some groups that are of one of the ``kinds``, and undo all of them at the end.

    Each keyword is the name of a group; its value is the state that the replacements share (a run's
    ``InlineContext``, ``Pagination`` ...), or None where they need none.
    """
    unknown = groups.keys() - {patch.group for patch in PATCHES}
    if unknown:
        raise LookupError(f"no patches are in {', '.join(sorted(unknown))}")
    with contextlib.ExitStack() as stack:
        for patch in PATCHES:
            if patch.group in groups and patch.kind & kinds:
                value = replacement_for(patch, groups[patch.group])
                for target in patch.targets:
                    stack.enter_context(patched(*find_owner(target), value))
        yield


@contextlib.contextmanager
def patched(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Replace one attribute of a module or class temporarily; importing unittest.mock for that takes 17 ms."""
    before = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
