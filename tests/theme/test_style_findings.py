"""A book's own styles that ask in vain: absent fonts, margin boxes beside those of the theme."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.theme.style_findings import style_findings
from tests.support.books import write


def told(folder: Path, css: str) -> list[str]:
    write(folder / "styles/book.css", css)
    found = style_findings(folder)
    return [f"{f.location.line}:{f.location.column}: {f.code} {f.message}" for f in found if f.location]


def test_packaged_styles_ask_for_nothing_in_vain(tmp_path: Path) -> None:
    assert style_findings(tmp_path) == []


@pytest.mark.parametrize(
    ("css", "finding"),
    [
        (':root { --song: "No Such", "Noto Serif CJK SC" }', "1:9: U301 the font No Such is not installed; Noto"),
        ("@media print { p { font-family: No Such, serif } }", "1:20: U301 the font No Such is not installed"),
        (
            "@page { @bottom-center { content: counter(page) } }",
            "1:9: U302 @bottom-center stands beside what the theme",
        ),
        (
            "@page { @bottom-center { content: counter(page) } @bottom-left { content: none } }",
            "1:9: U302 @bottom-center stands beside what the theme prints in @bottom-right",
        ),
    ],
)
def test_what_is_asked_in_vain_is_found(tmp_path: Path, css: str, finding: str) -> None:
    (found,) = told(tmp_path, css)
    assert found.startswith(finding)


@pytest.mark.parametrize(
    "css",
    [
        ':root { --song: "Noto Serif CJK SC", "No Such" }',
        '@font-face { font-family: L; src: local("DejaVu Serif") } p { font-family: L, serif }',
        "p { font-family: serif } q { font-family: inherit; --other: No Such }",
        "@page { @bottom-left { content: counter(page) } }",
        "@page { @top-center { color: red } @left-top { content: 'x' } }",
    ],
)
def test_what_is_there_is_not_found(tmp_path: Path, css: str) -> None:
    assert told(tmp_path, css) == []
