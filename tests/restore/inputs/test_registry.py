"""Input formats come through one door: built in or from an installed plugin, and a faulty one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book import raw_text
from dingben.errors import ToolError
from dingben.restore.inputs.base import InputFormat
from dingben.restore.inputs.plain_text import PlainText
from dingben.restore.inputs.registry import BUILT_IN, find_format, input_formats, load
from dingben.system.plugins import Entry
from tests.support.books import write
from tests.support.plugins import dingben, install

PLUGIN = '''
import re
from dingben.restore.inputs.base import InputLines
from dingben.restore.inputs.base import InputFormat
from dingben.restore.inputs.plain_text import split_lines

class Numbered:
    """Text whose lines begin with the number of their page: 12|text."""

    name = "numbered"
    suffixes = (".numbered",)

    def sniff(self, text):
        return re.match(r"\\d+\\|", text) is not None

    def read(self, raw):
        found = InputLines(split_lines(raw))
        for line in found.lines:
            start = raw.text.index("|", line.start) + 1
            found.markup.append((line.start, start, "line-number"))
            line.start = start
        return found

NUMBERED = Numbered()
'''


class TakenName(PlainText):
    name = "markdown"


class NoName(PlainText):
    name = "No Name"


class NoSuffix(PlainText):
    name = "no-suffix"
    suffixes: tuple[str, ...] = ("xml",)


TAKEN_NAME, NO_NAME, NO_SUFFIX, ODD = TakenName(), NoName(), NoSuffix(), "no format"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("TAKEN_NAME", "name 'markdown' is taken by dingben.restore.inputs.markdown:MARKDOWN"),
        ("NO_NAME", "'No Name' is no name"),
        ("NO_SUFFIX", "no tuple of suffixes"),
        ("ODD", "no dingben.restore.inputs.base.InputFormat"),
        ("ABSENT", "AttributeError"),
    ],
)
def test_invalid_format_plugin_is_an_error_with_its_package(name: str, fault: str) -> None:
    with pytest.raises(ToolError, match="of some-plugin cannot be used") as caught:
        load([Entry(f"{__name__}:{name}", "some-plugin", "1"), *map(Entry, BUILT_IN)])
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("raw.txt", "第一章 山水\n", "plain-text"),
        ("raw.txt", "文。\n\n　## 第一章 山水\n", "markdown"),
        ("raw.md", "文。#\n", "plain-text"),
        ("raw", "# 第一章\n", "markdown"),
    ],
)
def test_input_format_is_detected_by_the_text(tmp_path: Path, file: str, text: str, name: str) -> None:
    raw = raw_text.read([write(tmp_path / file, text)])
    assert find_format(raw, input_formats()).name == name


def test_format_with_the_suffix_is_tried_first(tmp_path: Path) -> None:
    raw = raw_text.read([write(tmp_path / "raw.xml", "# 第一章\n")])
    plugin = NoSuffix()
    plugin.suffixes = (".xml",)
    formats: list[InputFormat] = [*input_formats(), plugin]
    assert find_format(raw, formats) is formats[-1]


def test_plugin_input_format_passes_the_audit(tmp_path: Path) -> None:
    site, book = tmp_path / "site", tmp_path / "book"
    install(site, "numbered", PLUGIN, "dingben.inputs", "NUMBERED")
    raw = write(tmp_path / "raw.numbered", "1|第一章 山水\n\n1|山水清音，何必丝竹。\n")
    assert dingben(site, "ingest", raw, "--book", book).returncode == 0
    assert (book / "source/chapters/01-chapter.md").read_text("utf-8") == "# 第一章 山水\n\n山水清音，何必丝竹。\n"
    assert "line-number" in (book / "source/ledger.jsonl").read_text("utf-8")
    assert dingben(site, "audit", "--book", book).returncode == 0
