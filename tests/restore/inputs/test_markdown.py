"""What engines write is read: blocks are known, and no sign of Markdown is text or lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book import raw_text
from dingben.book.ledger import read
from dingben.restore.audit import audit
from dingben.restore.ingest import ingest
from dingben.restore.inputs.markdown import MARKDOWN

HEAD = "# 第一章 渡口\n\n"


def chapter_of(folder: Path, text: str) -> str:
    """Text of the first chapter; the ledger must rebuild the raw text."""
    path = folder / "raw.md"
    path.write_text(HEAD + text, "utf-8")
    ingest([path], folder / "book")
    assert audit(folder / "book") == ()
    return next(iter(sorted((folder / "book/source/chapters").glob("*.md")))).read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("先看水位。\n\n```\n# 数船\n  n = 2\n\nm\n```\n\n再走。\n", "```\n# 数船\n  n = 2\n\nm\n```\n"),
        ("船长 $L = 3$ 米。\n", "$L = 3$"),
        ("船长 \\(L_1 = 3\\) 米。\n", "$L_1 = 3$"),
        ("如下：\n\n\\[\nx = y\n\\]\n", "$$\nx = y\n$$\n"),
        ("如下：\n\n$$\nx = y\n$$\n", "$$\nx = y\n$$\n"),
        ("一条 5 $ 两条。\n", "\\$"),
        ("- 松木\n- 杉木\n", "- 松木\n- 杉木\n"),
        ("1. 打桩\n   - 先量\n2. 铺板\n", "1. 打桩\n    - 先量\n2. 铺板\n"),
        ("> 山高水长。\n> 风从谷来。\n", "> 山高水长。\n>\n> 风从谷来。\n"),
        ("他**说**了，*又*说。\n", "他**说**了，*又*说。"),
        ("见[地图](https://example.org/a)。\n", "见[地图](https://example.org/a)。"),
        ("见[下文](#page-3)。\n", "见下文。"),
        ("甲 &amp; 乙，&ldquo;走&rdquo;。\n", "“走”。"),
        ("H<sub>2</sub>O。\n", "H~2~O。"),
        ("```markdown\n不是代码。\n```\n", "\n不是代码。\n"),
        ("见图[^a]。\n\n[^a]: 旧志。\n", "见图[^1]。\n\n[^1]: 旧志。\n"),
        ("见图<sup>1</sup>。\n\n<sup>1</sup> 旧志。\n", "见图[^1]。\n\n[^1]: 旧志。\n"),
        ("<table><tr><td>桥</td><td>长</td></tr><tr><td>东|桥</td><td>12</td></tr></table>\n", "| 东\\|桥 | 12 |\n"),
    ],
)
def test_engine_markup_becomes_markdown(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in chapter_of(tmp_path, text)


def test_merged_cells_are_empty_and_reported(tmp_path: Path) -> None:
    table = '<table><tr><td rowspan="2">甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>\n'
    assert "| 甲 | 乙 |\n|-----|-----|\n|  | 丙 |\n" in chapter_of(tmp_path, table)
    assert "F703" in (tmp_path / "book/build/reports/ingest.json").read_text("utf-8")


def test_image_file_is_copied_with_its_caption(tmp_path: Path) -> None:
    (tmp_path / "imgs").mkdir()
    (tmp_path / "imgs/a.png").write_bytes(b"picture")
    text = '木桥。\n\n![](imgs/a.png)\n图1-1 木桥\n\n<div><img src="imgs/a.png" alt="桥头"/></div>\n'
    chapter = chapter_of(tmp_path, text)
    assert "![图1-1 木桥](images/a.png)\n" in chapter
    assert "![桥头](images/a.png)\n" in chapter
    assert (tmp_path / "book/source/images/a.png").read_bytes() == b"picture"


def test_missing_image_keeps_its_caption_and_is_reported(tmp_path: Path) -> None:
    chapter = chapter_of(tmp_path, "木桥。\n\n![图1-1 木桥](imgs/none.png)\n")
    assert "\n图1-1 木桥\n" in chapter
    assert "F702" in (tmp_path / "book/build/reports/ingest.json").read_text("utf-8")


def test_rule_between_chapters_is_removed(tmp_path: Path) -> None:
    assert "---" not in chapter_of(tmp_path, "木桥很长。\n\n---\n\n# 第二章 石桥\n\n石桥很短。\n")
    _, records = read(tmp_path / "book/source/ledger.jsonl")
    assert "thematic-break" in {record.rule for record in records}


@pytest.mark.parametrize("text", ["他**的，真**烦。\n", "#1 号船\n", "* 注一\n", "5 * 3 = 15\n", "a_b_c\n"])
def test_plain_text_with_markdown_characters_is_not_markdown(text: str) -> None:
    assert not MARKDOWN.sniff(text)


def test_site_markup_in_plain_text_is_converted(tmp_path: Path) -> None:
    path = tmp_path / "raw.txt"
    path.write_text("第一章 渡口\n\n&nbsp;&nbsp;&nbsp;&nbsp;&ldquo;走吧。&rdquo;他说。<br/>\n", "utf-8")
    ingest([path], tmp_path / "book")
    assert audit(tmp_path / "book") == ()
    assert "\n“走吧。”他说。\n" in next((tmp_path / "book/source/chapters").glob("*.md")).read_text("utf-8")
    assert raw_text.read([path]).text.count("&") == 6


def test_two_bold_words_are_one_emphasis(tmp_path: Path) -> None:
    assert "他说**第1拱的形状**很好。" in chapter_of(tmp_path, "他说**第1** **拱的形状**很好。\n")


def test_latex_headings_are_read_and_other_commands_reported(tmp_path: Path) -> None:
    prose = "水自山中来，过城而东，入于海，舟人说这里的潮水一日两次。"
    raw = f"\\title{{水志}}\n\n\\section*{{第一章 河口}}\n\n{prose}\n\n\\section*{{第二章 渡船}}\n\n{prose}\n\n\\footnotetext{{见下。}}\n"
    (tmp_path / "raw.mmd").write_text(raw, "utf-8")
    result = ingest([tmp_path / "raw.mmd"], tmp_path / "b")
    chapters = [path.read_text("utf-8") for path in sorted((tmp_path / "b/source/chapters").glob("*.md"))]
    assert [text.splitlines()[0] for text in chapters] == ["# 第一章 河口", "# 第二章 渡船"]
    assert 'title = "水志"' in (tmp_path / "b/source/book.toml").read_text("utf-8")
    assert [d.message for d in result.diagnostics if d.code == "F705"] == [
        "1 commands of LaTeX are printed as they stand: \\footnotetext"
    ]
    assert audit(tmp_path / "b") == ()
