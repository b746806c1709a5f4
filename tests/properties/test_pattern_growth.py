"""Every regular expression that meets raw text takes time in proportion to it, whatever character repeats.

Patterns are collected from the modules that read raw text and chapters, and run as the code runs them: those that it
only matches at the beginning of a text are matched there, all others are searched for everywhere.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import dingben

PACKAGES = ("language", "lint", "restore", "rules")
FIRST, LAST = 500, 16000
"""Characters of the shortest and the longest run."""

EXPONENT = 1.3
MEASURABLE = 0.02
"""Seconds from which on a measurement is more than noise."""

ANCHORED = frozenset({"match", "fullmatch"})
METHODS = ANCHORED | {"search", "finditer", "findall", "sub", "subn", "split"}

RUNS = [
    *" \u3000\u00a0\t\n字a1一１AⅠ第.·…—_-。，、：；？！*=~([（“”<&|#/号路省\\$`^+¶",
    *(
        "。 ",
        ". ",
        "- ",
        "1. ",
        "（ ",
        "第一",
        "a b",
        " \n",
        "字 ",
        "1 ",
        "1-",
        "（1",
        "<a",
        "&a",
        "[1]",
        "a.",
        "|-",
        ".1",
    ),
]
"""What repeats: one of each class of characters that patterns tell apart, and pairs of them."""


BOUNDED = {
    "restore.contents.ENTRY": 300,
    "restore.contents.HAN_PAGE": 300,
    "restore.contents_pages.TAIL": 400,
    "restore.contents_pages.NUMBER": 400,
    "restore.headings.web_pages.PART": 16,
    "restore.pages.folios.FOLIO_FIRST": 200,
    "restore.pages.folios.FOLIO_LAST": 200,
    "restore.metadata.title_lines._FORMS": 90,
    "restore.metadata.imprint.LOOSE": 80,
}
"""Patterns whose text the code bounds, with the most characters that they meet."""


Key = tuple[str, str]
"""Module and name of a pattern, or of a container of patterns."""


@cache
def used_methods() -> dict[Key, set[str]]:
    """Return the methods that are called on each pattern, where it is defined."""
    found: dict[Key, set[str]] = defaultdict(set)
    package = Path(dingben.__file__).parent
    for path in package.rglob("*.py"):
        module = ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text("utf-8"))
        names = names_in(tree, module)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                for key in resolved(node.value, names):
                    found[key].add(node.attr)
    return found


def names_in(tree: ast.AST, module: str) -> dict[str, list[Key]]:
    """Return what each name of a module may mean: its own, imported, one of a loop, or chosen from several."""
    names: dict[str, list[Key]] = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name].append((str(node.module), alias.name))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names[node.id].append((module, node.id))
    for node in ast.walk(tree):
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.For | ast.comprehension):
            pairs = [(node.target, node.iter)]
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp):
            pairs = [(node.targets[0], node.value)]
        for target, source in pairs:
            keys = [key for name in ast.walk(source) if isinstance(name, ast.Name) for key in names.get(name.id, ())]
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    names[name.id] += keys
    return names


def resolved(owner: ast.expr, names: dict[str, list[Key]]) -> list[Key]:
    """Return what a method may be called on."""
    if isinstance(owner, ast.Name):
        return names.get(owner.id, [])
    if isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name):
        return [(".".join(key), owner.attr) for key in names.get(owner.value.id, ())]
    return []


def patterns(package: str) -> Iterator[tuple[str, re.Pattern[str], frozenset[str]]]:
    """Return the patterns of a package, each with its name and the methods that are called on it."""
    found: dict[tuple[str, int], tuple[str, re.Pattern[str], set[str]]] = {}
    root = importlib.import_module(f"dingben.{package}")
    for info in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
        for name, value in vars(importlib.import_module(info.name)).items():
            for pattern in patterns_in(value, 3):
                if isinstance(pattern.pattern, str):
                    own = (f"{info.name.removeprefix('dingben.')}.{name}", pattern, set[str]())
                    _, _, methods = found.setdefault((pattern.pattern, pattern.flags), own)
                    methods |= used_methods().get((info.name, name), set())
    for name, pattern, methods in found.values():
        yield name, pattern, frozenset(methods)


def patterns_in(value: Any, depth: int) -> Iterator[re.Pattern[str]]:
    """Return the patterns of a value: itself, and those in containers and dataclasses."""
    if isinstance(value, re.Pattern):
        yield value
    elif not depth or isinstance(value, type | str | bytes):
        return
    elif isinstance(value, dict):
        for item in value.items():
            yield from patterns_in(item, depth - 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from patterns_in(item, depth - 1)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from patterns_in(getattr(value, name), depth - 1)


def seconds(pattern: re.Pattern[str], methods: frozenset[str], run: str, size: int, times: int = 1) -> float:
    """Return the least time of some calls on a run, which stands at the beginning for what is only matched there."""
    anchored = methods and methods <= ANCHORED
    text = f"{'' if anchored else '甲'}{(run * size)[:size]}甲"
    found = []
    for _ in range(times):
        start = time.perf_counter()
        if anchored:
            for method in methods:
                getattr(pattern, method)(text)
        else:
            for _match in pattern.finditer(text):
                pass
        found.append(time.perf_counter() - start)
    return min(found)


def grows(pattern: re.Pattern[str], methods: frozenset[str], run: str) -> bool:
    """Return whether the time grows faster than the text, which is doubled until the time can be measured."""
    size = FIRST
    while size <= LAST:
        if seconds(pattern, methods, run, size) >= MEASURABLE:
            half, whole = (seconds(pattern, methods, run, of, 4) for of in (size, 2 * size))
            quarter = seconds(pattern, methods, run, size // 2, 4)
            return whole >= MEASURABLE and whole > 4**EXPONENT * quarter and whole > 2**EXPONENT * half
        size *= 2
    return False


def is_slow(name: str, pattern: re.Pattern[str], methods: frozenset[str], run: str) -> bool:
    """Return whether a pattern takes long on a run: on all that it meets if that is bounded, else in growing runs."""
    if most := BOUNDED.get(name):
        return seconds(pattern, methods, run, most, 3) > 5 * MEASURABLE
    return grows(pattern, methods, run)


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES)
def test_patterns_take_time_in_proportion_to_the_text(package: str) -> None:
    slow: dict[str, list[str]] = defaultdict(list)
    for name, pattern, methods in patterns(package):
        for run in RUNS:
            if all(is_slow(name, pattern, methods, run) for _ in range(3)):  # a busy machine is not always busy
                slow[name].append(run)
    assert slow == {}


def test_a_pattern_that_backtracks_is_found() -> None:
    assert grows(re.compile(r"\s+x"), frozenset({"search"}), " ")
    assert not grows(re.compile(r"(?<!\s)\s++x"), frozenset({"search"}), " ")
    assert not grows(re.compile(r"\s+x"), frozenset({"match"}), " ")


def test_methods_are_found_through_imports_loops_and_choices() -> None:
    tree = ast.parse("from a import B\nC = 1\nfor d in B: d.match('')\ne = C if d else B\ne.search('')")
    names = names_in(tree, "m")
    assert ("a", "B") in names["d"]
    assert {("m", "C"), ("a", "B")} <= set(names["e"])
