"""Every construct of pandoc's Markdown, and every class, stands in every edition: nothing is lost, nothing stops a build.

A build compares the text of each edition with the source (:mod:`dingben.document.collation`), so that it is enough that
the builds succeed and that nothing unexpected is found.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from dingben.builder.graph import build
from dingben.document.no_effect import CLASSES
from tests.support.books import small_book

BLOCKS = {
    "paragraph": "甲*乙***丙**~~丁~~`戊`己^上^庚~下~[辛]{.underline}[壬](https://e.org/)癸\\\n子",
    "verse": "| 诗一\n|\n| 诗二",
    "code": "```python\nx = 1\n\n  y\n```",
    "quotation": "> 引文\n>\n> > 引中引",
    "bullets": "- 甲\n\n    第二段\n\n    - 子\n- 乙",
    "boxes": "- [ ] 未办\n- [x] 已办",
    "numbers": "3. 丙\n4. 丁\n\n<!-- -->\n\n(a) 甲\n\n    i. 子\n    ii. 丑",
    "terms": "术语*一*\n:   解释一。\n\n    解释二。\n\n:   另一解释。\n\n紧\n:   释",
    "rule": "---",
    "pipe table": "| 甲 | 乙 |\n|:--|--:|\n| *丙* | 1.5 |\n\n: 表1-1 题*名*",
    "grid table": "+------+------+\n| 甲   | - 乙 |\n|      | - 丙 |\n+======+======+\n| > 丁 | 戊   |\n|      |      |\n|      | 己   |\n+------+------+",
    "table without head": "|   |   |\n|---|---|\n| 甲 | 乙 |",
    "figure": '![图1-1 题](images/a.png){alt="说明" width=30%}',
    "pictures side by side": '::: {.figures}\n![甲图](images/a.png){alt="说明"}\n![乙图](images/a.png)\n:::',
    "picture in a line": "行中![说明](images/a.png){height=1em}的图",
    "spans": '[汉字]{ruby="hàn zì"}[着重]{.emphasis-dots}[The *whole* x]{lang="en"}[小]{.smallcaps}',
    "heading": "## 第一节 *题* {#jie}\n\n见[](#jie)。\n\n### 1.1 目\n\n#### 细目\n\n文",
}
"""Blocks of Markdown by name."""


def variants() -> str:
    """Return every block by itself, and where it can stand: in a quotation, a list, a note, a class."""
    parts = []
    for name, block in BLOCKS.items():
        parts.append(block)
        if name == "heading":
            continue
        block = block.replace("<!-- -->", "文")
        inside = "\n".join(f"    {line}" if line else "" for line in block.splitlines())
        quoted = "\n".join(f"> {line}".rstrip() for line in block.splitlines())
        parts += [
            quoted,
            f"-   项\n\n{inside}",
            f"注[^{name.replace(' ', '-')}]。\n\n[^{name.replace(' ', '-')}]: 注文\n\n{inside}",
        ]
    parts += [f"::: {{.{name}}}\n段落\n\n| 诗\n:::" for name in sorted(CLASSES - {"pagebreak"})]
    return "\n\n".join(parts)


@pytest.mark.slow
def test_every_construct_stands_in_every_edition(tmp_path: Path) -> None:
    folder = small_book(tmp_path, f"# 第一章 起首^[题注]\n\n{variants()}\n")
    (folder / "source/images").mkdir()
    Image.new("RGB", (40, 20), "gray").save(folder / "source/images/a.png")
    result = build(folder, ["pdf", "epub", "web", "html", "txt", "tei"])
    assert {finding.code for finding in result.diagnostics} <= {"U107"}
    first = {each.path: each.sha256 for each in result.outputs}
    shutil.rmtree(folder / "build")
    assert first == {
        each.path: each.sha256 for each in build(folder, ["pdf", "epub", "web", "html", "txt", "tei"]).outputs
    }
