"""Output formats come through one door: built in or from an installed plugin, and a faulty one is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dingben.builder.registry import BUILT_IN, formats, load
from dingben.errors import ToolError
from dingben.formats.base import Content, Context, OutputFormat
from dingben.system.plugins import Entry
from tests.support.books import small_book, write

PLUGIN = """
from dingben.formats.base import OutputFormat

def build(context):
    return f"{sum(len(f.heading.text) for f in context.fragments)} {context.output_path('txt').stat().st_size}\\n".encode()

WORDS = OutputFormat("wordcount", "{slug}-words.txt", build, requires=("txt",), default=False)
"""


def built(_context: Context) -> Content:
    return b""


TAKEN_NAME = OutputFormat("pdf", "other.pdf", built)
TAKEN_PATH = OutputFormat("pdf2", "{slug}.pdf", built)
OUTSIDE = OutputFormat("outside", "../{slug}.pdf", built)
UNNAMED = OutputFormat("No Name", "a.pdf", built)
FIELD = OutputFormat("field", "{title}.pdf", built)
NEEDY = OutputFormat("needy", "needy", built, requires=("nothing",))
FIRST = OutputFormat("first", "first", built, requires=("second",))
SECOND = OutputFormat("second", "second", built, requires=("first",))
ODD = "no format"


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (["TAKEN_NAME"], "name 'pdf' is taken by dingben.formats.pdf.format:PDF"),
        (["TAKEN_PATH"], "path '{slug}.pdf' is taken"),
        (["OUTSIDE"], "no path below build/"),
        (["UNNAMED"], "'No Name' is no name"),
        (["FIELD"], "may hold {slug} only"),
        (["NEEDY"], "requires 'nothing'"),
        (["FIRST", "SECOND"], "require each other"),
        (["ODD"], "no dingben.formats.base.OutputFormat"),
        (["ABSENT"], "AttributeError"),
    ],
)
def test_invalid_format_plugin_is_an_error_with_its_package(names: list[str], fault: str) -> None:
    entries = [Entry(f"{__name__}:{name}", "some-plugin", "1") for name in names]
    with pytest.raises(ToolError, match="of some-plugin cannot be used") as caught:
        load([*map(Entry, BUILT_IN), *entries])
    assert fault in str(caught.value)
    assert caught.value.diagnostics[0].hint == "Update some-plugin, or uninstall it: pip uninstall some-plugin"


def test_each_format_is_built_after_those_it_requires() -> None:
    names = list(formats())
    for name, output_format in formats().items():
        assert all(names.index(other) < names.index(name) for other in output_format.requires)


def dingben(site: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The command line, with the packages in ``site``."""
    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "dingben", *map(str, arguments)]
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False)


def test_installed_plugin_adds_a_format(tmp_path: Path) -> None:
    book, site = small_book(tmp_path / "book"), tmp_path / "site"
    write(site / "wordcount.py", PLUGIN)
    write(site / "wordcount-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: wordcount\nVersion: 1.0\n")
    write(site / "wordcount-1.0.dist-info/entry_points.txt", "[dingben.formats]\nwordcount = wordcount:WORDS\n")
    assert "wordcount" in dingben(site, "build", "nothing", "--book", book).stderr
    first = dingben(site, "build", "wordcount", "--book", book)
    assert first.returncode == 0, first.stderr
    assert (book / "build/haigang-words.txt").read_text().split()[1] == str((book / "build/haigang.txt").stat().st_size)
    assert "haigang-words.txt  " in first.stdout
    assert dingben(site, "build", "wordcount", "--book", book).stdout.count("up to date") == 2
    write(site / "wordcount.py", PLUGIN + "\n# changed\n")
    assert "plugin changed" in dingben(site, "build", "wordcount", "--explain", "--book", book).stdout
    write(site / "wordcount.py", "1 / 0")
    broken = dingben(site, "build", "wordcount", "--book", book)
    assert broken.returncode == 4
    assert "wordcount:WORDS of wordcount cannot be used: ZeroDivisionError" in broken.stderr
