"""What recognition models write around their text is no text; a picture that they name is reported."""

from __future__ import annotations

from pathlib import Path

from dingben.restore.ingest import ingest
from dingben.restore.inputs import engine_signs

FIELDS = "---\nprimary_language: zh\nis_rotation_valid: True\nrotation_correction: 0\n---\n"


def placed(kind: str) -> str:
    return f"<|ref|>{kind}<|/ref|><|det|>[[100, 20, 300, 60]]<|/det|>\n"


def test_signs_of_models_are_no_text(tmp_path: Path) -> None:
    page = f"{placed('title')}# 第一章 石桥\n\n{placed('text')}工匠先搭木架。\n\n{placed('image')}\n"
    (tmp_path / "raw.md").write_text(f"{FIELDS}{page}<--- Page Split --->\n\n再砌石头。\n", encoding="utf-8")
    result = ingest([tmp_path / "raw.md"], tmp_path / "book")
    (chapter,) = (tmp_path / "book/source/chapters").glob("*.md")
    assert chapter.read_text(encoding="utf-8") == "# 第一章 石桥\n\n工匠先搭木架。\n\n再砌石头。\n"
    assert [each.code for each in result.diagnostics].count("F702") == 1


def test_fields_of_a_book_are_text() -> None:
    assert not list(engine_signs.find("---\ntitle: 石桥\nprimary_language: zh\n---\n"))


def test_heading_behind_an_anchor(tmp_path: Path) -> None:
    (tmp_path / "raw.md").write_text(
        '<span id="page-0-0"></span># **第一章 石桥**\n\n工匠先搭木架。\n', encoding="utf-8"
    )
    ingest([tmp_path / "raw.md"], tmp_path / "book")
    (chapter,) = (tmp_path / "book/source/chapters").glob("*.md")
    assert chapter.read_text(encoding="utf-8").startswith("# 第一章 石桥\n")
