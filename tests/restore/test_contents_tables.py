"""Contents that an OCR engine wrote as a table become entries like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.restore.ingest import ingest

BODY = "\n\n# 第一章 绪论\n\n水自山中来，过城而东，入于海。\n\n# 第二章 港口\n\n港有三，北港最深。\n"
PIPE_WITH_HEAD = "| 章 | 页 |\n|---|---|\n| 第一章 绪论 | 1 |\n| 第二章 港口 | 15 |"
PIPE_WITHOUT_HEAD = "| 第一章 绪论 | 1 |\n|---|---|\n| 第二章 港口 | 15 |"
HTML = (
    "<table><tr><th>章</th><th>页</th></tr>\n<tr><td>第一章 绪论</td><td>1</td></tr>"
    "<tr><td>第二章 港口</td><td>15</td></tr></table>"
)


@pytest.mark.parametrize("table", [PIPE_WITH_HEAD, PIPE_WITHOUT_HEAD, HTML])
def test_table_below_a_contents_heading_has_entries(table: str, tmp_path: Path) -> None:
    (tmp_path / "raw.md").write_text(f"# 水志\n\n## 目录\n\n{table}{BODY}", "utf-8")
    ingest([tmp_path / "raw.md"], tmp_path / "b")
    contents = (tmp_path / "b/source/contents.tsv").read_text("utf-8")
    assert contents == "1\t第一章 绪论\t1\n1\t第二章 港口\t15\n"
    assert "绪论" in (tmp_path / "b/source/chapters/01-chapter.md").read_text("utf-8").splitlines()[0]


def test_other_table_stays_a_table(tmp_path: Path) -> None:
    raw = "# 水志\n\n## 年表\n\n| 年 | 事 |\n|---|---|\n| 元年 | 水 |\n| 二年 | 旱 |" + BODY
    (tmp_path / "raw.md").write_text(raw, "utf-8")
    ingest([tmp_path / "raw.md"], tmp_path / "b")
    text = "".join(path.read_text("utf-8") for path in sorted((tmp_path / "b/source/chapters").glob("*.md")))
    assert "| 元年 | 水 |" in text
