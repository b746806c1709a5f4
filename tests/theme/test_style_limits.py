"""Style sheets that would keep the layout busy or break it are refused with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.errors import SourceError
from dingben.theme.stylesheets import check_styles
from tests.support.books import write

DOUBLING = "".join(f"--a{n}:var(--a{n - 1}) var(--a{n - 1});" for n in range(1, 30))
CHAIN = "".join(f"--a{n}:var(--a{n - 1});" for n in range(1, 3000))


@pytest.mark.parametrize(
    ("css", "message"),
    [
        ("p { font-size: 1e30px }", "number is too large: 1e30"),
        ("p { width: 1e999px }", "number is too large"),
        ("p { width: 2000000% }", "number is too large"),
        ("p { z-index: -99999999999 }", "number is too large"),
        (f"p{':not(p' * 300}{')' * 300} {{ color: red }}", "nested too deeply"),
        (f"p {{ {'a{' * 300}{'}' * 300} }}", "nested too deeply"),
        (f"p {{ width: {'calc(' * 5000}1{')' * 5000} }}", "nested too deeply"),
        (f"{'a ' * 30_000}{{ color: red }}", "more than 20000 tokens"),
        ("p {}" * 10_001, "more than 10000 rules"),
        (f"p {{ --a0:x x; {DOUBLING} color: var(--a29) }}", "grows to more than"),
        (f"@media print {{ p {{ --a0:x x; {DOUBLING} }} }}", "grows to more than"),
        (f"p {{ --a0:x; {CHAIN} }}", "refer to more than 64"),
        ('p::before { content: "\\d800" }', "invalid character escape"),
        ("p { font-family: \\dfff }", "invalid character escape"),
    ],
)
def test_unbounded_style_is_refused(tmp_path: Path, css: str, message: str) -> None:
    path = write(tmp_path / "styles/book.css", f"/**/\n{css}\n")
    with pytest.raises(SourceError, match=message) as caught:
        check_styles(tmp_path)
    location = caught.value.diagnostics[0].location
    assert location is not None
    assert (location.file, location.line) in ((path, 2), (path, 0))


def test_usual_styles_pass(tmp_path: Path) -> None:
    css = ":root { --a: var(--b); --b: var(--a) }\np { z-index: 2147483647; margin: calc((1px + 2%) * 3) }\n"
    write(tmp_path / "styles/book.css", css + "@media print { a { b: var(--a, var(--a)) } }\n" * 500)
    check_styles(tmp_path)
