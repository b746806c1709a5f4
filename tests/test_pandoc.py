"""pandoc: what the reader keeps off, what its warnings become, and the model's plain text."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from dingben import nodes, pandoc
from dingben.cache import Cache
from dingben.errors import SourceError, ToolError

CHAPTER = Path("01.md")
ROOT = Path(__file__).parent.parent


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without pandoc."""
    monkeypatch.setenv("PYPANDOC_PANDOC", "/nowhere/pandoc")


def test_version_is_the_pinned_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYPANDOC_PANDOC", raising=False)
    assert re.fullmatch(r"3\.9(\.\d+)*", pandoc.version())
    assert pandoc.own() is None


def test_a_pandoc_of_the_users_own_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYPANDOC_PANDOC", "/nowhere/pandoc")
    assert pandoc.own() == pandoc.program() == "/nowhere/pandoc"


@pytest.mark.usefixtures("absent")
def test_missing_pandoc_is_told_with_the_install_line() -> None:
    with pytest.raises(ToolError, match="pandoc is missing") as caught:
        pandoc.read_markdown("甲", CHAPTER)
    assert "pypandoc-binary" in caught.value.problems[0].hint


def test_failing_pandoc_is_told_in_one_line() -> None:
    with pytest.raises(ToolError, match="pandoc failed: ") as caught:
        pandoc.convert("not JSON", "json", "html5", [])
    assert "\n" not in str(caught.value)


def test_lines_of_han_are_joined_without_a_blank() -> None:
    assert nodes.text_of(pandoc.read_markdown("海\n港 city\nwall\n", CHAPTER)) == "海港 city wall"


@pytest.mark.parametrize("text", ["'a' \"b\" -- c...", "$x$", "\\alpha", "<b>x</b>", "[@key]", "1<2>0"])
def test_characters_come_through_as_they_stand(text: str) -> None:
    assert nodes.text_of(pandoc.read_markdown(f"甲 {text}\n", CHAPTER)) == f"甲 {text}"


def test_headings_get_no_identifiers_from_pandoc() -> None:
    (heading,) = pandoc.read_markdown("# Harbour\n", CHAPTER)
    assert heading["c"][1] == ["", [], []]


def test_every_warning_stops_with_its_place() -> None:
    with pytest.raises(SourceError) as caught:
        pandoc.read_markdown("甲\n\n[^1]: 乙\n\n[^2]: 丙\n", CHAPTER)
    assert [str(p) for p in caught.value.problems] == [
        "01.md:3:1: note [^1] has no call in the text",
        "01.md:5:1: note [^2] has no call in the text",
    ]


def read_side_by_side(folder: Path, *texts: str) -> list[list[nodes.Node]]:
    chapters = [(text, Path(f"{number:02d}.md")) for number, text in enumerate(texts, 1)]
    with pandoc.Chapters(chapters, Cache(folder)) as reading:
        return [reading.blocks(index) for index in range(len(texts))]


SEVERAL = [f"# 第{n}章\n\n甲[^1]乙 *{n}*。\n\n[^1]: 注{n}\n\n> 引文\n" for n in range(9)]

LINES = [
    "海\n港 city\nwall\n",
    "《海》\n“港”\n*甲*\n乙[^1]\n丙\n\n[^1]: 一\n二\n",
    "Mr. Smith\nDr. Who 甲\nA\n甲\nB",
    "ｶﾅ\nｶﾅ 甲\n½\n±\n…\n—\n—甲\n한\n글\n甲\u0301\n乙\n😀\n甲\n",
    "- 甲\n乙\n  - 丙\n丁\n\n| 甲\n| 乙\n  丙\n\n# 戊\n己\n",
    "`甲`\n`乙`\n[丙\n丁](http://x/)\n**戊**\n**己**![甲\n乙](a.png)\n丙",
    f"| {'甲' * 40} | 乙 |\n|---|---|\n| 丙 | 丁 |\n",
    "甲\n\n    code\twith a tab\n\n1.\t乙\r\n\r\n丙\r\n",
    "\ufeff甲\n",
]


def test_chapters_read_together_are_those_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handbook = [path.read_text("utf-8") for path in sorted((ROOT / "source").rglob("*.md"))]
    texts = [*SEVERAL, *LINES, *handbook]
    alone = [pandoc.parsed(text, CHAPTER) for text in texts]
    whole = [text for text in texts if not pandoc.ALONE.search(text)]
    assert len(whole) > len(SEVERAL) + 10
    assert all(list(pandoc.Together(whole).answers()))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert read_side_by_side(tmp_path, *texts) == [pandoc.blocks_of(output, CHAPTER) for output in alone]


def test_a_warning_is_told_of_its_chapter_and_no_other(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_side_by_side(tmp_path, *SEVERAL, "甲\n\n[^1]: 乙\n")
    assert [str(p) for p in caught.value.problems] == ["10.md:3:1: note [^1] has no call in the text"]


@pytest.mark.parametrize("script", ["os.exit(3)", "error('x')", "io.write('99\\n[')", ""])
def test_what_fails_together_is_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(pandoc, "TOGETHER", script)
    assert read_side_by_side(tmp_path, *SEVERAL) == [pandoc.read_markdown(text, CHAPTER) for text in SEVERAL]


def test_what_does_not_come_to_an_end_together_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pandoc, "TOGETHER", "while true do end")
    monkeypatch.setattr(pandoc, "PATIENCE", 0.2)
    assert list(pandoc.Together(["甲"]).answers()) == []


def test_pandoc_begins_at_once_without_a_thread_and_ends_unheard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    threads = threading.active_count()
    chapters = [(text, Path(f"{n}.md")) for n, text in enumerate(SEVERAL)]
    with pandoc.Chapters(chapters, Cache(tmp_path / "book")) as reading:
        processes = [together.process for _, together in reading.together]
        assert processes
        assert all(processes)
        assert threading.active_count() == threads
    assert all(process and process.poll() is not None for process in processes)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("absent")
def test_no_pandoc_is_told_of_many_chapters_too(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="pandoc is missing"):
        read_side_by_side(tmp_path, *SEVERAL)


@pytest.mark.parametrize("sizes", [[], [5], [1, 1, 1], [9, 1, 1, 8, 2], list(range(20))])
@pytest.mark.parametrize("most", [1, 2, 7])
def test_piles_hold_each_number_once_in_order(sizes: list[int], most: int) -> None:
    made = pandoc.piles([(size, number) for number, size in enumerate(sizes)], most)
    assert sorted(n for pile in made for n in pile) == list(range(len(sizes)))
    assert all(pile == sorted(pile) and pile for pile in made)
    assert len(made) == min(most, len(sizes))
    weights = [sum(sizes[n] for n in pile) for pile in made]
    assert not made or max(weights) - min(weights) <= max(sizes)


def test_sandbox_opens_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    document = pandoc.document(pandoc.read_markdown(f"![甲]({secret})\n", CHAPTER))
    written = pandoc.convert(document, "json", "html5", ["--embed-resources"]).decode()
    assert "data:" not in written


def test_plain_text_leaves_notes_out_and_keeps_quotes_and_code() -> None:
    quoted = {"t": "Quoted", "c": [{"t": "DoubleQuote"}, [nodes.string("乙")]]}
    note = {"t": "Note", "c": [{"t": "Para", "c": [nodes.string("注")]}]}
    code = {"t": "Code", "c": [["", [], []], "x"]}
    assert nodes.text_of([nodes.string("甲"), quoted, note, {"t": "SoftBreak"}, code]) == "甲“乙” x"


def test_texts_written_together_are_those_written_alone() -> None:
    texts: list[list[nodes.Node]] = [
        [{"t": "Para", "c": [nodes.string(f"甲{n}<")]}, {"t": "HorizontalRule"}] for n in range(3)
    ]
    alone = [pandoc.convert(pandoc.document(text), "json", "html5", ["--wrap=none"]).decode() for text in texts]
    assert pandoc.write_htmls([*texts, texts[0]]) == [*alone, alone[0]]
    assert pandoc.write_htmls([texts[1], [], texts[2]])[::2] == alone[1:]
    assert pandoc.write_htmls([]) == []


def test_no_more_is_remembered_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pandoc, "REMEMBERED", 2)
    texts: list[list[nodes.Node]] = [[{"t": "Para", "c": [nodes.string(f"丁{n}")]}] for n in range(4)]
    assert pandoc.write_htmls(texts) == [f"<p>丁{n}</p>\n" for n in range(4)]
    assert len(pandoc.WRITTEN) == 2


def test_elements_made_here_are_what_pandoc_writes() -> None:
    inner = nodes.link([nodes.string("[1]")], "#note-1", ["call"], "call-1", role="doc-noteref", aria_label="注")
    block = nodes.div(["note"], [{"t": "Para", "c": [nodes.span(["a", "b"], [inner])]}], "n", epub_type="footnote")
    assert pandoc.write_html([block]) == (
        '<div id="n" class="note" epub:type="footnote">\n<p><span class="a b"><a href="#note-1" id="call-1" '
        'class="call" role="doc-noteref" aria-label="注">[1]</a></span></p>\n</div>\n'
    )


def test_markup_of_text_is_escaped_on_the_way_out() -> None:
    assert pandoc.write_html([{"t": "Para", "c": [nodes.string('<i a="b">&')]}]) == '<p>&lt;i a="b"&gt;&amp;</p>\n'
