"""What each line of the text is."""

from __future__ import annotations

from pathlib import Path

from dingben.restore.pipeline import find_running_heads, join_paragraphs
from tests.support.drafts import draft_of, text_of

PROSE = "山水清音，何必丝竹。读书的人住在山里，每天看见的不过是云和树，听见的不过是水声。"


def test_text_is_between_title_pages_and_imprint(tmp_path: Path) -> None:
    imprint = "责任编辑：李某\n封面设计：赵某\n印刷者：某某印刷厂\n开本：787×1092 1/16\n印张：10\n定价：20元\n"
    draft = draft_of(tmp_path, f"山中读书记\n\n王明著\n\n第一章 山水\n\n{PROSE}\n\n{imprint}", find_running_heads)
    assert text_of(draft, "heading") == ["第一章 山水"]
    assert text_of(draft, "text") == [PROSE]
    assert draft.lines[0].starts_part


def test_bibliography_ends_at_the_next_chapter(tmp_path: Path) -> None:
    text = f"第一章 山水\n\n{PROSE}\n\n参考文献\n\n张某：《山志》。\n\n李某：《水志》。\n\n后记\n\n{PROSE}\n"
    draft = draft_of(tmp_path, text, join_paragraphs)
    assert text_of(draft, "bibliography") == ["张某：《山志》。", "李某：《水志》。"]


def test_markdown_tables_and_images(tmp_path: Path) -> None:
    text = f"# 第一章 山水\n\n{PROSE}\n\n| 年 | 船 |\n|---|---|\n| 1 | 2 |\n\n![](images/1.png)\n"
    draft = draft_of(tmp_path, text, join_paragraphs)
    assert text_of(draft, "table") == ["| 年 | 船 |\n|---|---|\n| 1 | 2 |"]
    assert text_of(draft, "picture") == ["![](images/1.png)"]
