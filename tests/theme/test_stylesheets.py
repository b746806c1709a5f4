"""Style sheets put together, and their variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book.resources import origin
from dingben.errors import SourceError
from dingben.theme.stylesheets import check_styles, resolve_variables, stylesheet, variables
from tests.support.books import write


def test_rules_of_the_book_come_last(tmp_path: Path) -> None:
    write(tmp_path / "styles/book.css", ":root { --line: 20pt }\n")
    sheet = stylesheet(tmp_path, "print")
    assert sheet.index("--type-size: 10.5pt") < sheet.index("@counter-style") < sheet.index("--line: 20pt")
    assert variables(sheet)["--line"] == "20pt"
    assert variables(sheet)["--type-size"] == "10.5pt"


def test_edition_style_of_the_book_replaces_the_packaged_one(tmp_path: Path) -> None:
    write(tmp_path / "styles/print.css", "p { color: red }")
    assert "@footnote" not in stylesheet(tmp_path, "print")


def test_lines_are_mapped_to_file_and_line(tmp_path: Path) -> None:
    for name in ("print", "book"):
        write(tmp_path / f"styles/{name}.css", "".join(f"/* {name} {line} */\n" for line in (1, 2)))
    css = stylesheet(tmp_path, "print")
    for number, line in enumerate(css.split("\n"), start=1):
        if line.startswith(("/* print", "/* book")):
            _, name, told, _ = line.split()
            assert origin(css, number) == (f"styles/{name}.css", int(told))
    assert origin("p {}", 1) is None


def test_variables_are_those_of_root_only() -> None:
    css = (
        '/* --a: 0 */ :root { --a: 1pt; color: red; --b: "x;y" } p { --c: 2 } '
        "@media print { :root { --a: 3 } } :root { --a: 4pt }"
    )
    assert variables(css) == {"--a": "4pt", "--b": '"x;y"'}


def test_resolved_style_sheet_has_no_variables() -> None:
    css = ":root {\n  --a: 1pt;\n  --b: var(--a);\n}\np { x: var(--b); y: calc(2 * var( --a )); z: var(--no, 3px); }\n"
    assert resolve_variables(css) == "p { x: 1pt; y: calc(2 * 1pt); z: 3px; }\n"


@pytest.mark.parametrize("edition", ["print", "epub"])
def test_packaged_styles_are_resolved_completely(tmp_path: Path, edition: str) -> None:
    assert "var(" not in resolve_variables(stylesheet(tmp_path, edition))


@pytest.mark.parametrize(
    "css",
    [
        ":root { --a: 1pt; --b: 2pt }\np { x: var(--a) }\n",
        ":root {\n  --a: 1pt;\n  --b: 2pt\n}\np { x: var(--a) }\n",
        ":root { --a: 1pt }\np { x: var(--no, calc(1px + 2px)) }\n",
    ],
    ids=["one line", "no last semicolon", "brackets in the fallback"],
)
def test_variables_in_any_syntax_are_resolved(css: str) -> None:
    assert "--" not in resolve_variables(css)


def test_packaged_styles_pass_the_check(tmp_path: Path) -> None:
    check_styles(tmp_path)


@pytest.mark.parametrize(
    ("css", "place", "message"),
    [
        ("p { color: red }\n}\n", "2:1", "not CSS"),
        ("p { color: red }\nh1\n", "2:1", "not CSS"),
        ('@import "x.css";\n', "1:1", "@import is not read"),
        ("\n@IMPORT url(x.css);\n", "2:1", "@import is not read"),
    ],
)
def test_error_in_a_style_sheet_has_a_place(tmp_path: Path, css: str, place: str, message: str) -> None:
    path = tmp_path / "styles/book.css"
    path.parent.mkdir()
    path.write_text(css)
    with pytest.raises(SourceError, match=message) as caught:
        check_styles(tmp_path)
    found = caught.value.diagnostics[0].location
    assert found
    assert found.file == path
    if message.startswith("@"):
        assert str(found).endswith(place)


@pytest.mark.parametrize(
    "css", ["p { background: url(https://example.org/a.png) }", "@font-face { src: url(/etc/passwd) }"]
)
def test_external_url_in_a_style_is_refused(tmp_path: Path, css: str) -> None:
    write(tmp_path / "styles/book.css", css)
    with pytest.raises(SourceError):
        check_styles(tmp_path)


@pytest.mark.parametrize("css", ["p { color }\n", "p { color red }\n"])
def test_error_inside_a_rule_is_reported(tmp_path: Path, css: str) -> None:
    write(tmp_path / "styles/book.css", css)
    with pytest.raises(SourceError):
        check_styles(tmp_path)
