"""pandoc: what the reader keeps off, what its warnings become, and the model's plain text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dingben.document import ast, pandoc
from dingben.errors import SourceError, ToolError

CHAPTER = Path("01.md")


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without pandoc."""
    monkeypatch.setenv("PYPANDOC_PANDOC", "/nowhere/pandoc")


def test_version_is_the_pinned_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYPANDOC_PANDOC", raising=False)
    assert re.fullmatch(r"3\.9(\.\d+)*", pandoc.version())
    assert pandoc.custom_path() is None


def test_custom_pandoc_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYPANDOC_PANDOC", "/nowhere/pandoc")
    assert pandoc.custom_path() == pandoc.executable() == "/nowhere/pandoc"


@pytest.mark.usefixtures("absent")
def test_missing_pandoc_is_an_error_with_an_install_hint() -> None:
    with pytest.raises(ToolError, match="pandoc is missing") as caught:
        pandoc.read_markdown("甲", CHAPTER)
    assert "pypandoc-binary" in caught.value.diagnostics[0].hint


@pytest.mark.skipif(not Path("/bin/true").exists(), reason="no /bin/true")
def test_other_program_called_pandoc_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYPANDOC_PANDOC", "/bin/true")
    with pytest.raises(ToolError, match="pandoc failed: no document in its output"):
        pandoc.read_markdown("甲", CHAPTER)
    with pytest.raises(ToolError, match="pandoc is missing"):
        pandoc.version()


def test_pandoc_failure_is_reported_in_one_line() -> None:
    with pytest.raises(ToolError, match="pandoc failed: ") as caught:
        pandoc.convert("not JSON", "json", "html5", [])
    assert "\n" not in str(caught.value)


def test_lines_of_han_are_joined_without_a_space() -> None:
    assert ast.text_of(pandoc.read_markdown("海\n港 city\nwall\n", CHAPTER)) == "海港 city wall"


@pytest.mark.parametrize("text", ["'a' \"b\" -- c...", "$x$", "\\alpha", "<b>x</b>", "[@key]", "1<2>0"])
def test_pandoc_keeps_characters(text: str) -> None:
    assert ast.text_of(pandoc.read_markdown(f"甲 {text}\n", CHAPTER)) == f"甲 {text}"


def test_headings_get_no_identifiers_from_pandoc() -> None:
    (heading,) = pandoc.read_markdown("# Harbour\n", CHAPTER)
    assert heading["c"][1] == ["", [], []]


def test_pandoc_warning_is_an_error_with_a_place() -> None:
    with pytest.raises(SourceError) as caught:
        pandoc.read_markdown("甲\n\n[^1]: 乙\n\n[^2]: 丙\n", CHAPTER)
    assert [str(p) for p in caught.value.diagnostics] == [
        "01.md:3:1: note [^1] has no call in the text",
        "01.md:5:1: note [^2] has no call in the text",
    ]


def test_pandoc_sandbox_opens_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    document = pandoc.document_json(pandoc.read_markdown(f"![甲]({secret})\n", CHAPTER))
    written = pandoc.convert(document, "json", "html5", ["--embed-resources"]).decode()
    assert "data:" not in written


def test_plain_text_leaves_notes_out_and_keeps_quotes_and_code() -> None:
    quoted = {"t": "Quoted", "c": [{"t": "DoubleQuote"}, [ast.str_node("乙")]]}
    note = {"t": "Note", "c": [{"t": "Para", "c": [ast.str_node("注")]}]}
    code = {"t": "Code", "c": [["", [], []], "x"]}
    assert ast.text_of([ast.str_node("甲"), quoted, note, {"t": "SoftBreak"}, code]) == "甲“乙” x"


def test_html_written_together_equals_html_written_alone() -> None:
    texts: list[list[ast.Node]] = [
        [{"t": "Para", "c": [ast.str_node(f"甲{n}<")]}, {"t": "HorizontalRule"}] for n in range(3)
    ]
    alone = [pandoc.convert(pandoc.document_json(text), "json", "html5", ["--wrap=none"]).decode() for text in texts]
    assert pandoc.write_html_fragments([*texts, texts[0]]) == [*alone, alone[0]]
    assert pandoc.write_html_fragments([texts[1], [], texts[2]])[::2] == alone[1:]
    assert pandoc.write_html_fragments([]) == []


def test_cached_html_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pandoc, "HTML_CACHE_SIZE", 2)
    texts: list[list[ast.Node]] = [[{"t": "Para", "c": [ast.str_node(f"丁{n}")]}] for n in range(4)]
    assert pandoc.write_html_fragments(texts) == [f"<p>丁{n}</p>\n" for n in range(4)]
    assert len(pandoc.HTML_CACHE) == 2


def test_elements_written_in_python_equal_those_of_pandoc() -> None:
    inner = ast.link([ast.str_node("[1]")], "#note-1", ["call"], "call-1", role="doc-noteref", aria_label="注")
    block = ast.div(["note"], [{"t": "Para", "c": [ast.span(["a", "b"], [inner])]}], "n", epub_type="footnote")
    assert pandoc.write_html([block]) == (
        '<div id="n" class="note" epub:type="footnote">\n<p><span class="a b"><a href="#note-1" id="call-1" '
        'class="call" role="doc-noteref" aria-label="注">[1]</a></span></p>\n</div>\n'
    )


def test_text_is_escaped_in_html() -> None:
    assert pandoc.write_html([{"t": "Para", "c": [ast.str_node('<i a="b">&')]}]) == '<p>&lt;i a="b"&gt;&amp;</p>\n'
