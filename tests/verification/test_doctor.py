"""What the machine has and lacks."""

from __future__ import annotations

import importlib.metadata
import platform
import sys

import pytest

from dingben.document import pandoc
from dingben.typeset.engine import versions
from dingben.verification import doctor


def test_every_tool_has_an_install_command() -> None:
    rows = {row.name: row for row in doctor.examine()}
    assert all(row.install for row in rows.values())
    assert rows["Python"].found == platform.python_version()
    assert rows["pandoc"].found == pandoc.version()
    assert rows["WeasyPrint"].found == importlib.metadata.version("weasyprint")
    assert rows["font Noto Serif CJK SC"].needed
    assert not rows["veraPDF"].needed


def test_missing_tools_are_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYPANDOC_PANDOC", "/nowhere/pandoc")
    rows = {row.name: row.found for row in doctor.examine()}
    missing = ("pandoc", "fontconfig", "font Noto Serif CJK SC", "Java (for EPUBCheck)", "veraPDF", "qpdf")
    assert [rows[name] for name in missing] == [""] * 6


def test_version_is_read_from_command_output() -> None:
    assert doctor.program_version(sys.executable, "--version") == platform.python_version()


def test_command_without_a_version_is_found() -> None:
    assert doctor.program_version("true", "--version") != ""
    assert doctor.program_version("no-such-command", "--version") == ""


def test_missing_package_has_no_version() -> None:
    assert doctor.package_version("no-such-package") == ""
    assert doctor.package_version("weasyprint")


@pytest.mark.parametrize(("number", "text"), [(15012, "1.50.12"), (15600, "1.56.0")])
def test_number_of_pango_as_text(number: int, text: str) -> None:
    assert versions.format_pango_version(number) == text


@pytest.mark.parametrize(("system", "line"), [("darwin", "brew install b"), ("linux", "apt install a")])
def test_install_command_depends_on_the_system(monkeypatch: pytest.MonkeyPatch, system: str, line: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert doctor.install_line("a", "b") == line


def test_doctor_row_as_json() -> None:
    row = doctor.ToolStatus("a", "1.0", needed=True, install="b")
    assert row.data() == {"name": "a", "found": "1.0", "needed": True, "install": "b"}
