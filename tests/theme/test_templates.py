"""Templates: what they may name, how their faults are told, and what they can't reach."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
import tinycss2
from hypothesis import given, settings
from hypothesis import strategies as st

from dingben.book.reader import read_book
from dingben.document.reader import read_fragments
from dingben.errors import SourceError
from dingben.theme.templates import (
    ACCENTS,
    Templates,
    accent_color,
    cip_lines,
    css_string,
    imprint_rows,
    rendered_divisions,
)
from tests.support.books import full_book, small_book, write


def render(folder: Path, template: str, **context: Any) -> str:
    if not (folder / "source/book.toml").exists():
        small_book(folder)
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates/x.html").write_text(template, encoding="utf-8")
    return Templates(read_book(folder)).render("x.html", **context)


def test_templates_get_the_book_and_escape_text(tmp_path: Path) -> None:
    assert render(tmp_path, "{{ book.title.title }} {{ x }}\n", x="<b>") == "海港志 &lt;b&gt;\n"


def test_template_may_cut_a_title_into_lines(tmp_path: Path) -> None:
    assert render(tmp_path, "{{ '海港的形成与城市的兴起'|lines(8)|join('/') }}") == "海港的形成/与城市的兴起"


def test_template_may_include_a_packaged_one(tmp_path: Path) -> None:
    assert 'class="halftitlepage"' in render(tmp_path, '{% include "halftitlepage.html" %}')


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("甲\n\n{{ boook.title }}\n", 3, "'boook' is undefined"),
        ("甲\n{{ book.tittle }}\n", 2, "has no attribute 'tittle'"),
        ("甲\n\n\n{% if %}\n", 4, "Expected an expression"),
        ("{{ 1 / 0 }}\n", 1, "division by zero"),
        ("甲\n{{ 1 + 'a' }}\n", 2, "unsupported operand"),
        ("甲\n{{ ''.__class__.__mro__ }}\n", 2, "unsafe"),
        ("{{ book.__init__.__globals__ }}\n", 1, "unsafe"),
        ("{{ words.update(a=1) }}\n", 1, "unsafe"),
        ("{% for i in range(10**9) %}{% endfor %}\n", 1, "Range too big"),
    ],
)
def test_template_error_has_file_and_line(tmp_path: Path, template: str, line: int, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        render(tmp_path, template)
    assert str(caught.value.diagnostics[0].location) == f"{tmp_path / 'templates/x.html'}:{line}"


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("甲\n{{ 'x' * 10**10 }}", 2, "too l"),
        ("甲\n{{ [1] * 10**8 }}", 2, "product is too long"),
        ("甲\n{{ 10**5000 }}", 2, "power is too large"),
        ("甲\n{{ 'x'|center(10000000000) }}", 2, "too much memory"),
        ("甲\n{{ '%9999999999d' % 1 }}", 2, "too much memory"),
        (
            "甲\n{% set n = namespace(x='x') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
            2,
            "too much",
        ),
        ("甲\n{% for i in range(3000) %}{{ 'x' * 99999 }}{% endfor %}", 2, "writes more than"),
        ("甲\n" + "{% if 1 %}" * 300, 0, "nested too deeply"),
        ("甲\n" + "{% for i in [1] %}" * 30 + "{% endfor %}" * 30, 0, "nested too deeply"),
        ("甲\n{{ range(9)|random }}", 2, "No filter named 'random'"),
        ("甲\n{{ lipsum() }}", 2, "'lipsum' is undefined"),
    ],
)
def test_template_work_is_limited(tmp_path: Path, template: str, line: int, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        render(tmp_path, template)
    location = caught.value.diagnostics[0].location
    assert location is not None
    assert (location.file.name, location.line) == ("x.html", line)


def test_endless_template_is_stopped_at_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loops = "甲\n{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
    monkeypatch.setattr("dingben.theme.template_process.SECONDS", 1)
    with pytest.raises(SourceError, match="takes more than 1 seconds") as caught:
        render(tmp_path, loops)
    assert str(caught.value.diagnostics[0].location).endswith("x.html:2")


def test_uninterruptible_template_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dingben.theme.template_process.PATIENCE", 1.0)
    with pytest.raises(SourceError, match="too much time or memory") as caught:
        render(tmp_path, "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}")
    assert str(caught.value.diagnostics[0].location).endswith("templates/x.html")


def test_template_process_ends_with_the_templates(tmp_path: Path) -> None:
    book = read_book(small_book(tmp_path))
    write(tmp_path / "templates/x.html", "x")
    templates = Templates(book)
    assert templates.render("x.html") == "x"
    assert templates.process
    process = templates.process.process
    del templates
    gc.collect()
    assert process is not None
    assert process.poll() is not None


@pytest.mark.parametrize(
    ("template", "printed"),
    [
        ("{{ words.get }}{{ words.get|string }}{{ words.get ~ '' }}", "&lt;method get&gt;" * 2 + "&lt;method get&gt;"),
        ("{{ 'ab'|map('upper') }}", "[&#39;A&#39;, &#39;B&#39;]"),
        ("{{ [1, 2]|reverse }}", "[2, 1]"),
        ("{{ cycler(1, 2) }}{{ joiner('x') }}", "&lt;cycler (1, 2)&gt;&lt;joiner &#39;x&#39;&gt;"),
        ("{{ '{} {}'.format(1, 2) }}{{ 'a'.upper() }}", "1 2A"),
        ("{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}", "aba"),
    ],
)
def test_template_cannot_print_object_addresses(tmp_path: Path, template: str, printed: str) -> None:
    assert render(tmp_path, template) == printed


def test_template_cannot_print_paths(tmp_path: Path) -> None:
    text = render(tmp_path, "{{ book }}{{ book.divisions|string }}{{ book.divisions|pprint }}")
    assert str(tmp_path) not in text
    with pytest.raises(SourceError, match="unsafe"):
        render(tmp_path, "{{ book.folder }}")


def test_error_in_an_included_template_has_its_place(tmp_path: Path) -> None:
    inner = write(tmp_path / "templates/y.html", "甲\n{{ boook }}\n")
    with pytest.raises(SourceError) as caught:
        render(tmp_path, '{% include "y.html" %}')
    assert str(caught.value.diagnostics[0].location) == f"{inner}:2"


def test_missing_template_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"there is no template nix\.html"):
        render(tmp_path, '{% include "nix.html" %}')


@pytest.mark.parametrize("name", ["/etc/passwd", "../../secret"])
def test_template_cannot_include_a_file_outside_the_book(tmp_path: Path, name: str) -> None:
    write(tmp_path / "secret", "x")
    with pytest.raises(SourceError, match="is outside the book"):
        render(tmp_path / "book", f'{{% include "{name}" %}}')


@pytest.mark.parametrize(
    "template",
    [
        "{{ (book.folder / '../secret').read_text() }}",
        "{{ book.divisions[0].path.write_text('x') }}",
        "{{ book.divisions[0].path.unlink() }}",
    ],
)
def test_template_cannot_use_path_objects(tmp_path: Path, template: str) -> None:
    write(tmp_path / "secret", "x")
    with pytest.raises(SourceError):
        render(tmp_path / "book", template)


def test_recursive_template_is_an_error_of_the_book(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        render(tmp_path, '{% include "x.html" %}')


def test_mutually_including_templates_are_compiled_once(tmp_path: Path) -> None:
    book = read_book(small_book(tmp_path))
    write(tmp_path / "templates/x.html", '{% if 0 %}{% include "y.html" %}{% endif %}')
    write(tmp_path / "templates/y.html", '{% include "x.html" %}{% include "nowhere.html" %}')
    templates = Templates(book, own_process=False)
    templates.compile("x.html", "y.html")
    assert {"x.html", "y.html"} <= {name for _, name in templates.environment.cache or ()}
    assert templates.render("x.html") == ""


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("name", ["halftitlepage.html", "titlepage.html", "imprint.html"])
def test_packaged_pages_render_for_a_minimal_book(tmp_path: Path, name: str, language: str) -> None:
    book = read_book(small_book(tmp_path, head=f'language = "{language}"'))
    assert Templates(book).render(name)


def test_sections_follow_the_order_of_the_book(tmp_path: Path) -> None:
    book = read_book(full_book(tmp_path))
    fragments = read_fragments(book)
    made = rendered_divisions(book, fragments, [f"<p>{f.identifier}</p>" for f in fragments])
    assert [s.identifier for s in made] == [
        "halftitlepage", "titlepage", "imprint", "d01", "toc", "d02", "d03", "d04", "colophon",
    ]  # fmt: skip
    assert [s.html for s in made if not s.generated] == [f"<p>d0{n}</p>" for n in (1, 2, 3, 4)]
    assert [s.matter for s in made][-2:] == ["back", "back"]


# -- strings, colours


@settings(max_examples=150)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20))
def test_css_string_round_trip(text: str) -> None:
    written = css_string(text)
    assert "<" not in written
    (token,) = tinycss2.parse_component_value_list(str(written))
    assert token.type == "string"
    assert token.value == text


@pytest.mark.parametrize(
    ("text", "css"),
    [('a"b', '"a\\22 b"'), ("a\\b", '"a\\5c b"'), ("</style>", '"\\3c /style\\3e "'), ("甲\n", '"甲\\a "')],
)
def test_css_string_escapes(text: str, css: str) -> None:
    assert css_string(text) == css


def test_cover_color_depends_on_the_title(tmp_path: Path) -> None:
    one = read_book(small_book(tmp_path / "a"))
    two = read_book(small_book(tmp_path / "b", head='subject = "港"'))
    assert accent_color(one) == accent_color(two)
    assert accent_color(one) in ACCENTS


# -- imprint


def test_imprint_rows_are_in_printed_order(tmp_path: Path) -> None:
    assert imprint_rows(read_book(full_book(tmp_path))) == (
        ("责任编辑", "王某"),
        ("开本", "710mm×1000mm 1/16"),
        ("版次", "2017年11月第1版"),
        ("定价", "48.00元"),
        ("举报电话", "010-10000001、010-10000002"),
    )


@pytest.mark.parametrize(
    ("language", "price", "printed"),
    [
        ("zh-Hans", "48.00", "48.00元"),
        ("zh-Hans", "48.00元", "48.00元"),
        ("zh-Hans", "￥48", "￥48"),
        ("zh-Hant", "48", "48元"),
        ("en", "48.00", "48.00"),
    ],
)
def test_price_has_its_unit(tmp_path: Path, language: str, price: str, printed: str) -> None:
    book = read_book(small_book(tmp_path, head=f'language = "{language}"', more=f'[publication]\nprice = "{price}"'))
    assert [value for _, value in imprint_rows(book)] == [printed]


def test_cip_block(tmp_path: Path) -> None:
    assert cip_lines(read_book(full_book(tmp_path))) == (
        "“四海一家”视野下的古代海港城市研究：兼论《海港志》／张某 等著.—北京：某某出版社，2017.11.—（海港文库）",
        "ISBN 978-7-5000-1234-4",
        "Ⅰ.①“… Ⅱ.①张… Ⅲ.①K928.5",
    )


def test_cip_block_without_optional_fields(tmp_path: Path) -> None:
    book = read_book(small_book(tmp_path, more='[publication]\ncip_number = "（2017）第1号"'))
    assert cip_lines(book) == ("海港志／张某 著.", "Ⅰ.①海… Ⅱ.①张…")


def test_no_cip_block_without_a_number(tmp_path: Path) -> None:
    assert cip_lines(read_book(small_book(tmp_path, more='[publication]\nclc = "K9"'))) == ()
