"""What dingben replaces in WeasyPrint: it is known, it is undone, and what is for speed changes no byte."""

from __future__ import annotations

import inspect
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import weasyprint

from dingben.formats.pdf import screen
from dingben.typeset import book as book_layout
from dingben.typeset.engine import image_decoders
from dingben.typeset.engine.patch import original_of, patches
from dingben.typeset.engine.patch_table import PATCHES, Patch
from dingben.typeset.engine.style_cache import StyleCache
from dingben.typeset.fonts.subset import create_always
from dingben.typeset.inline.collect import InlineContext
from dingben.typeset.inline.draw import Drawer
from dingben.typeset.options import ALL_PATCHES, PatchKind
from dingben.typeset.paged.pagination import Pagination
from dingben.typeset.sections.targets import SectionStart
from tests.support.books import write
from tests.typeset.sections.test_split import chapters, typeset

GOLDEN = Path(__file__).resolve().parents[2] / "golden/weasyprint_signatures.txt"


def signature(target: str) -> str:
    """A target as a line of the golden file."""
    value = original_of(target)
    if isinstance(value, ModuleType):
        return f"{target}: module {value.__name__}"
    if isinstance(value, property):
        return f"{target}: property"
    if isinstance(value, dict):
        return f"{target}: dict"
    return f"{target}{inspect.signature(value)}"


def test_signatures_of_patched_functions(update_golden: bool) -> None:
    lines = "".join(f"{signature(target)}\n" for patch in PATCHES for target in patch.targets)
    if update_golden:
        GOLDEN.write_text(lines, "utf-8")
    assert GOLDEN.read_text("utf-8") == lines


def all_groups() -> dict[str, Any]:
    inline_context = InlineContext()
    states: dict[str, Any] = {
        "styles": StyleCache(),
        "inline": inline_context,
        "drawing": Drawer(),
        "sections": SectionStart(0, None),
        "pagination": Pagination(inline_context),
        "writing": create_always,
        "glyphs": lambda font: font,
    }
    return {patch.group: states.get(patch.group) for patch in PATCHES}


def targets() -> list[Any]:
    return [original_of(target) for patch in PATCHES for target in patch.targets]


@pytest.mark.parametrize("error", [None, RuntimeError("out of luck")])
def test_all_patches_are_undone(error: Exception | None) -> None:
    before = targets()
    try:
        with patches(**all_groups()):
            assert all(a is not b for a, b in zip(before, targets(), strict=True))
            if error:
                raise error
    except RuntimeError:
        pass
    assert all(a is b for a, b in zip(before, targets(), strict=True))


def test_failing_factory_undoes_all_patches(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_original: Any) -> Any:
        raise RuntimeError("out of luck")

    before = targets()
    monkeypatch.setattr(image_decoders, "patch_inline_svg", fails)
    with pytest.raises(RuntimeError), patches(pictures=None):
        pass
    assert all(a is b for a, b in zip(before, targets(), strict=True))


def test_missing_target_and_unknown_group_are_errors() -> None:
    with pytest.raises(LookupError, match=r"weasyprint\.layout\.gone is gone"):
        original_of(Patch("weasyprint.layout.gone", "", "", PatchKind.SPEED, "").target)
    with pytest.raises(LookupError, match="no patches are in nothing"), patches(nothing=None):
        pass


def test_only_patches_of_the_given_kinds_are_applied() -> None:
    table, lines = weasyprint.layout.block.table_layout, weasyprint.layout.block.iter_line_boxes
    with patches(PatchKind.TYPOGRAPHY, inline=InlineContext()):
        assert weasyprint.layout.block.table_layout is table
        assert weasyprint.layout.block.iter_line_boxes is not lines


def test_imports_do_not_patch() -> None:
    code = (
        "import importlib, pkgutil\n"
        "from dingben.typeset.engine.load import load\n"
        "load()\n"
        "from dingben.typeset.engine.patch import original_of\n"
        "from dingben.typeset.engine.patch_table import PATCHES\n"
        "names = [target for patch in PATCHES for target in patch.targets]\n"
        "before = [original_of(name) for name in names]\n"
        "import dingben.typeset\n"
        "for module in pkgutil.walk_packages(dingben.typeset.__path__, 'dingben.typeset.'):\n"
        "    importlib.import_module(module.name)\n"
        "from pathlib import Path\n"
        "from dingben.typeset.engine.documents import parse_stylesheets\n"
        "from dingben.typeset.options import LayoutOptions\n"
        "parse_stylesheets(LayoutOptions(Path('nowhere'), ('p { color: red }',)))\n"
        "print([n for n, a in zip(names, before) if original_of(n) is not a])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


OPTIONAL = (
    pytest.param(PatchKind.SPEED, id="speed", marks=pytest.mark.slow),
    pytest.param(PatchKind.INCREMENTAL, id="incremental", marks=pytest.mark.slow),
    pytest.param(PatchKind.SPEED | PatchKind.INCREMENTAL, id="both"),
)


@pytest.mark.parametrize("off", OPTIONAL)
def test_optional_patches_do_not_change_the_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, off: PatchKind
) -> None:
    book = chapters(tmp_path, 2)
    image = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>'
    write(book / "source/images/a.svg", image)
    chapter = book / "source/chapters/02.md"
    write(chapter, chapter.read_text("utf-8") + "\n![图](images/a.svg)\n")
    whole = typeset(book)
    shutil.rmtree(book / "build")
    layout_options = screen.layout_options

    def without_optional_patches(*arguments: Any) -> Any:
        options, geometry = layout_options(*arguments)
        return replace(options, patch_kinds=ALL_PATCHES & ~off), geometry

    monkeypatch.setattr(screen, "layout_options", without_optional_patches)
    monkeypatch.setattr(book_layout, "typeset_page", lambda *_, **__: pytest.fail("laid out in one piece"))
    assert typeset(book).pdf == whole.pdf
