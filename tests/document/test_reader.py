"""Divisions made safe: headings, links, pictures, notes and pages of the printed book."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from dingben.book.reader import read_book
from dingben.diagnostics import Diagnostic
from dingben.document import ast, pandoc
from dingben.document.links import resolve_references
from dingben.document.model import Fragment
from dingben.document.reader import read_fragments
from dingben.errors import SourceError
from tests.support.books import full_book, small_book, write

TITLE = "# 第一章 起首\n\n"


def fragments(folder: Path) -> tuple[Fragment, ...]:
    return resolve_references(read_fragments(read_book(folder)))


def fragment(folder: Path, chapter: str) -> Fragment:
    return fragments(small_book(folder, chapter))[0]


def html(folder: Path, chapter: str) -> str:
    return pandoc.write_html(fragment(folder, chapter).blocks)


def errors_of(folder: Path, chapter: str | None = None) -> list[str]:
    """Every problem as ``line:column: message``."""
    if chapter is not None:
        small_book(folder, chapter)
    with pytest.raises(SourceError) as caught:
        fragments(folder)
    return [place(p) for p in caught.value.diagnostics]


def place(problem: Diagnostic) -> str:
    assert problem.location
    return f"{problem.location.line}:{problem.location.column}: {problem.message}"


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 3), "red").save(path)
    return path


# -- headings


@pytest.mark.parametrize(
    ("line", "label", "title"),
    [
        ("第一章 起首", "第一章", "起首"),
        ("附录一 年表", "附录一", "年表"),
        ("1.1 档案", "1.1", "档案"),
        ("Chapter I The Harbour", "Chapter I", "The Harbour"),
        ("前言", "", "前言"),
        ("第一章起首", "", "第一章起首"),
    ],
)
def test_heading_is_label_and_title(tmp_path: Path, line: str, label: str, title: str) -> None:
    heading = fragment(tmp_path, f"# {line}\n\n正文。\n").heading
    assert (heading.label, heading.title, heading.text) == (label, title, f"{label} {title}".strip())


def test_identifiers_come_from_the_division_or_the_author(tmp_path: Path) -> None:
    made = fragment(tmp_path, TITLE + "## 甲\n\n### 乙 {#own}\n\n## 丙\n")
    assert [(h.level, h.identifier) for h in made.headings] == [(1, "d01"), (2, "d01-h02"), (3, "own"), (2, "d01-h04")]


def test_label_and_phrases_of_headings_have_classes(tmp_path: Path) -> None:
    made = html(tmp_path, "# 第一章 海港的形成与城市的兴起\n")
    assert '<span class="label">第一章</span> <span class="title">' in made
    assert '<span class="phrase">海港的形成</span><span class="phrase">与城市的兴起</span>' in made


def test_skipped_heading_level_is_reported_and_corrected(tmp_path: Path) -> None:
    made = fragment(tmp_path, TITLE + "### 1.1 档案\n")
    assert [h.level for h in made.headings] == [1, 2]
    assert [place(f) for f in made.findings] == ["3:9: heading skips a level: ### 1.1 档案"]


def test_second_heading_of_level_1_is_an_error(tmp_path: Path) -> None:
    assert errors_of(tmp_path, TITLE + "# 结尾\n") == ["3:3: a second heading of level 1: 结尾"]


def test_missing_heading_comes_from_book_toml(tmp_path: Path) -> None:
    folder = small_book(tmp_path, "正文。\n")
    with (folder / "source/book.toml").open("a", encoding="utf-8") as file:
        file.write('title = "第二章 续"\n')
    (made,) = fragments(folder)
    assert (made.heading.label, made.heading.title) == ("第二章", "续")
    assert made.blocks[0]["t"] == "Header"


def test_division_without_heading_is_an_error(tmp_path: Path) -> None:
    assert errors_of(tmp_path, "正文。\n") == ["1:1: the division has no heading"]


def test_first_heading_must_have_level_1(tmp_path: Path) -> None:
    errors_of(tmp_path, "## 一\n\n# 第一章 二\n")


def test_empty_heading_is_an_error(tmp_path: Path) -> None:
    errors_of(tmp_path, "#\n\n正文。\n")


# -- links


def test_links_to_files_and_identifiers_of_the_book(tmp_path: Path) -> None:
    folder = small_book(tmp_path, TITLE + "[甲](02.md) [乙](02.md#own) [丙](#own) [丁](chapters/01.md)\n")
    write(folder / "source/chapters/02.md", "# 第二章 续\n\n## 节 {#own}\n")
    with (folder / "source/book.toml").open("a", encoding="utf-8") as file:
        file.write('[[division]]\nmatter = "body"\nrole = "chapter"\nfile = "chapters/02.md"\n')
    made = pandoc.write_html(fragments(folder)[0].blocks)
    for target in ('"#d02">甲', '"#own">乙', '"#own">丙', '"#d01">丁'):
        assert f"<a href={target}</a>" in made


@pytest.mark.parametrize("target", ["https://example.org/", "http://example.org/a?b=c#d", "mailto:a@example.org"])
def test_external_links_are_kept(tmp_path: Path, target: str) -> None:
    assert f'href="{target}"' in html(tmp_path, f"{TITLE}[甲]({target})\n")


@pytest.mark.parametrize("target", ["99.md", "#no", "01.md#no"])
def test_link_without_a_target_is_an_error(tmp_path: Path, target: str) -> None:
    assert errors_of(tmp_path, f"{TITLE}甲[乙]({target})\n") == [f"3:6: the link to {target} has no target"]


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript&#58;alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
    ],
)
def test_link_with_another_scheme_is_an_error(tmp_path: Path, target: str) -> None:
    (problem,) = errors_of(tmp_path, f"{TITLE}[甲]({target})\n")
    assert "a link may not use" in problem


def test_scheme_hidden_by_a_line_break_is_refused(tmp_path: Path) -> None:
    errors_of(tmp_path, f"{TITLE}[甲](java&#10;script:alert(1))\n")


def test_protocol_relative_link_is_refused(tmp_path: Path) -> None:
    errors_of(tmp_path, f"{TITLE}[甲](//example.org/01.md)\n")


def test_chapters_of_the_same_name_have_different_targets(tmp_path: Path) -> None:
    folder = small_book(tmp_path, TITLE + "[甲](01.md)\n")
    write(folder / "source/chapters/b/01.md", "# 第二章 续\n")
    with (folder / "source/book.toml").open("a", encoding="utf-8") as file:
        file.write('[[division]]\nmatter = "body"\nrole = "chapter"\nfile = "chapters/b/01.md"\n')
    assert '<a href="#d01">' in pandoc.write_html(fragments(folder)[0].blocks)


# -- pictures


@pytest.mark.parametrize("target", ["images/a.png", "../images/a.png", "images/%61.png"])
def test_image_path_is_relative_to_source_or_chapter(tmp_path: Path, target: str) -> None:
    picture(tmp_path / "source/images/a.png")
    made = fragment(tmp_path, f"{TITLE}![港]({target})\n")
    assert [(p.name, p.media_type) for p in made.pictures] == [("images/a.png", "image/png")]
    assert 'src="images/a.png"' in pandoc.write_html(made.blocks)
    assert not made.findings


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("http://example.org/a.png", "is not in the book"),
        ("file:///etc/passwd", "is not in the book"),
        ("//example.org/a.png", "is not in the book"),
        ("data:image/png;base64,AAAA", "is not in the book"),
        ("images/no.png", "does not exist"),
        ("../../../../../etc/passwd", "is outside the book"),
        ("/etc/passwd", "is outside the book"),
        ("images/broken.png", "is broken"),
        ("images/link.png", "is outside the book"),
        ("book.toml", "is broken or of an unknown kind"),
    ],
)
def test_image_outside_the_book_is_an_error(tmp_path: Path, target: str, message: str) -> None:
    folder = tmp_path / "book"
    picture(tmp_path / "outside.png")
    whole = picture(folder / "source/images/broken.png")
    whole.write_bytes(whole.read_bytes()[:40])
    (folder / "source/images/link.png").symlink_to(tmp_path / "outside.png")
    (problem,) = errors_of(folder, f"{TITLE}甲![乙]({target})\n")
    assert problem.startswith("3:")
    assert message in problem


@pytest.mark.parametrize("target", ["a%00b.png", "a" * 300 + ".png", "loop.png"], ids=["NUL", "too long", "loop"])
def test_impossible_image_name_is_an_error_of_the_book(tmp_path: Path, target: str) -> None:
    folder = small_book(tmp_path, f"{TITLE}![甲]({target})\n")
    (folder / "source/loop.png").symlink_to("loop.png")
    errors_of(folder)


def test_image_without_description_is_reported(tmp_path: Path) -> None:
    picture(tmp_path / "source/images/a.png")
    made = fragment(tmp_path, f"{TITLE}甲![](images/a.png)\n")
    assert [place(f) for f in made.findings] == ["3:6: picture images/a.png has no description"]


# -- markup


@pytest.mark.parametrize("key", ["onclick", "style", "onerror", "src", "href"])
@pytest.mark.parametrize(
    "markup",
    [
        '[甲]{{.k {}="x"}}',
        '::: {{.k {}="x"}}\n甲\n:::',
        '## 甲 {{.k {}="x"}}',
        '`甲`{{.k {}="x"}}',
        '[甲](#d01){{.k {}="x"}}',
    ],
)
def test_attribute_that_may_contain_script_is_removed_and_reported(tmp_path: Path, markup: str, key: str) -> None:
    made = fragment(tmp_path, f"{TITLE}{markup.format(key)}\n")
    assert [f.message for f in made.findings] == [f"attribute {key} is left out"]
    written = pandoc.write_html(made.blocks)
    assert f'{key}="x"' not in written
    assert 'class="k"' in written or "k" in written.split('class="')[1]


@pytest.mark.parametrize("width", ["10%;color:red", "expression(1)", "calc(1px)"])
def test_invalid_width_is_removed(tmp_path: Path, width: str) -> None:
    picture(tmp_path / "source/a.png")
    made = html(tmp_path, f'{TITLE}甲![乙](a.png){{width="{width}" height=50%}}\n')
    assert width not in made
    assert "height:50" in made


@pytest.mark.parametrize(
    "markup", ["<script>alert(1)</script>", '<div onclick="x">甲</div>', "<b>甲</b>", "<!-- 甲 -->"]
)
def test_html_tags_are_text(tmp_path: Path, markup: str) -> None:
    made = html(tmp_path, f"{TITLE}{markup}\n")
    assert markup not in made
    assert markup.split(">")[0].replace("<", "&lt;").split(" ")[0] in made


def test_html_tag_is_reported(tmp_path: Path) -> None:
    made = fragment(tmp_path, TITLE + "甲<b>乙</b>\n")
    assert [place(f) for f in made.findings] == ["3:2: HTML is printed as text: <b>"]


@pytest.mark.parametrize(
    "markup", ["`<b>甲</b>`{=html}", "```{=html}\n<b>甲</b>\n```", "<b>甲</b>{=html}", "&lt;b>甲&lt;/b>"]
)
def test_raw_html_is_never_written(tmp_path: Path, markup: str) -> None:
    made = html(tmp_path, f"{TITLE}{markup}\n")
    assert "<b>" not in made
    assert "甲" in made


@pytest.mark.parametrize("markup", ["$x$", "\\textbf{x}", "@key", "(@) 例", "'a' -- b...", "---\na: b\n---"])
def test_special_characters_of_pandoc_stay_text(tmp_path: Path, markup: str) -> None:
    made = html(tmp_path, f"{TITLE}甲{markup}\n")
    assert "math" not in made
    assert "cite" not in made
    assert "<li>" not in made
    assert "–" not in made


@pytest.mark.parametrize("character", ["&#1;", "&#xFFFE;", "&#8;"])
def test_control_character_as_an_entity_is_an_error(tmp_path: Path, character: str) -> None:
    errors_of(tmp_path, f"{TITLE}甲{character}乙\n")


# -- notes, divisions, identifiers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲[^9]\n", "3:2: [^9] has no note"),
        ("甲\n\n[^9]: 乙\n", "5:1: note [^9] has no call in the text"),
        ("甲[^1]\n\n[^1]: 乙\n\n[^1]: 丙\n", "7:1: Duplicate note reference '1'"),
    ],
)
def test_note_without_call_and_call_without_note_are_errors(tmp_path: Path, text: str, expected: str) -> None:
    (problem,) = errors_of(tmp_path, TITLE + text)
    assert problem.startswith(expected)


def test_escaped_call_is_text(tmp_path: Path) -> None:
    assert "甲[^9]" in html(tmp_path, TITLE + "甲\\[^9]\n")


def test_call_in_code_is_text(tmp_path: Path) -> None:
    assert "<code>[^9]</code>" in html(tmp_path, TITLE + "写作`[^9]`。\n")


def test_call_without_note_inside_a_note_is_an_error(tmp_path: Path) -> None:
    errors_of(tmp_path, TITLE + "甲[^1]\n\n[^1]: 乙[^9]\n")


def test_unclosed_div_is_an_error(tmp_path: Path) -> None:
    (problem,) = errors_of(tmp_path, TITLE + "::: {.signature}\n甲\n")
    assert "Div at line 3 column 1 unclosed" in problem


def test_identifiers_are_unique_in_the_book(tmp_path: Path) -> None:
    folder = small_book(tmp_path, TITLE + "[甲]{#one}\n")
    write(folder / "source/chapters/02.md", "# 第二章 续\n\n[乙]{#one}\n")
    with (folder / "source/book.toml").open("a", encoding="utf-8") as file:
        file.write('[[division]]\nmatter = "body"\nrole = "chapter"\nfile = "chapters/02.md"\n')
    assert errors_of(folder) == ["3:5: identifier #one is used twice"]


def test_identifier_may_not_be_one_of_a_heading(tmp_path: Path) -> None:
    assert "identifier #d01 is taken" in errors_of(tmp_path, TITLE + "[甲]{#d01}\n")[0]


def test_place_of_a_duplicate_identifier(tmp_path: Path) -> None:
    text = [f'[]{{.pagebreak #page-{n} title="{n}"}}甲' for n in (1, 1, 10)]
    assert errors_of(tmp_path, TITLE + "\n\n".join(text))[0].startswith("5:")


def test_pages_of_the_printed_book_are_listed(tmp_path: Path) -> None:
    made = fragment(tmp_path, TITLE + '[]{.pagebreak #page-1 title="1"}甲[]{.pagebreak #page-2 title="ii"}乙\n')
    assert made.pages == (("page-1", "1"), ("page-2", "ii"))


@pytest.mark.parametrize("markup", ["[]{.pagebreak}", "[]{.pagebreak #page-1}", '[]{.pagebreak title="1"}'])
def test_page_break_needs_identifier_and_title(tmp_path: Path, markup: str) -> None:
    assert errors_of(tmp_path, f"{TITLE}甲{markup}乙\n") == ["3:5: a page break needs an identifier and a title"]


def test_page_break_keeps_text(tmp_path: Path) -> None:
    small_book(tmp_path, TITLE + '甲[乙]{.pagebreak #page-1 title="1"}丙\n')
    try:
        made = ast.text_of(list(fragments(tmp_path)[0].blocks))
    except SourceError:
        return
    assert "甲乙丙" in made


@pytest.mark.parametrize("depth", [400, 700, 2000])
def test_deeply_nested_quotations_are_an_error(tmp_path: Path, depth: int) -> None:
    small_book(tmp_path, TITLE + "> " * depth + "甲\n")
    try:
        fragments(tmp_path)
    except SourceError as error:
        assert "nested too deeply" in str(error)  # noqa: PT017


def test_errors_of_all_divisions_are_reported_together(tmp_path: Path) -> None:
    folder = full_book(tmp_path)
    for name in ("01-origin.md", "02-change.md"):
        with (folder / "source/chapters" / name).open("a", encoding="utf-8") as file:
            file.write("\n![甲](no.png)\n\n[乙](javascript:x)\n")
    assert len(errors_of(folder)) == 4


def test_full_book_has_no_diagnostics(tmp_path: Path) -> None:
    made = fragments(full_book(tmp_path))
    assert [f.identifier for f in made] == ["d01", "d02", "d03", "d04"]
    assert [f.findings for f in made] == [()] * 4


def test_note_within_a_note_is_an_error(tmp_path: Path) -> None:
    assert errors_of(tmp_path, "# 章\n\n文[^a]。\n\n[^a]: 外^[里。]。\n") == ["5:10: a note stands within a note: 里。"]
