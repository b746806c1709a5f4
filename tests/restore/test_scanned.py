"""From page layout files to sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dingben.errors import SourceError
from dingben.restore.audit import audit
from dingben.restore.ingest import ingest
from tests.scan.samples import ALTO, FILES, HOCR


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "abbyy"])
def test_a_scan_becomes_a_book_whose_characters_lead_back_to_the_page(kind: str, tmp_path: Path) -> None:
    for n in (2, 10, 1):
        (tmp_path / "pages").mkdir(exist_ok=True)
        text = FILES[kind].replace("过城而东。", f"过城而东，到了第{n}座桥。")
        (tmp_path / f"pages/p{n}.xml").write_text(text, "utf-8")
    ingest([tmp_path / "pages"], tmp_path / "b")
    source = tmp_path / "b/source"
    chapter = "".join(path.read_text("utf-8") for path in sorted((source / "chapters").glob("*.md")))
    assert [chapter.index(f"第{n}座桥") for n in (1, 2, 10)] == sorted(chapter.index(f"第{n}座桥") for n in (1, 2, 10))
    assert "河上旧闻" not in chapter
    assert "<" not in chapter
    assert audit(tmp_path / "b") == ()
    assert (source / "ocr/p10.xml").read_text("utf-8").startswith("<")
    header, *lines = map(json.loads, (source / "facsimile.jsonl").read_text("utf-8").splitlines())
    assert [page["file"] for page in header["pages"]] == ["ocr/p1.xml", "ocr/p2.xml", "ocr/p10.xml"]
    raw = "".join((source / f"ocr/p{n}.xml.txt").read_text("utf-8") for n in (1, 2, 10))
    assert [raw[slice(*line["raw"])] for line in lines][:2] == ["河上旧闻", "水自山中来"]
    assert lines[1]["boxes"][0][:2] == [60, 80]


def test_figures_that_the_text_lacks_are_reported(tmp_path: Path) -> None:
    figure = '<Illustration HPOS="20" VPOS="200" WIDTH="100" HEIGHT="100"/></PrintSpace>'
    (tmp_path / "p1.xml").write_text(ALTO.replace("</PrintSpace>", figure), "utf-8")
    found = ingest([tmp_path / "p1.xml"], tmp_path / "b").diagnostics
    assert [each.message for each in found if each.code == "F704"] == [
        "page 1 of p1.xml: a figure of the scan is not in the text"
    ]


def test_mixtures_and_pictures_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(ALTO, "utf-8")
    (tmp_path / "b.html").write_text(HOCR, "utf-8")
    (tmp_path / "c.txt").write_text("水自山中来。", "utf-8")
    (tmp_path / "d.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(SourceError, match="of several kinds: ALTO, hOCR, text"):
        ingest([tmp_path / name for name in ("a.xml", "b.html", "c.txt")], tmp_path / "b")
    with pytest.raises(SourceError, match="this is a PNG picture, no text"):
        ingest([tmp_path / "d.txt"], tmp_path / "b")


def test_signs_on_a_page_are_no_markup(tmp_path: Path) -> None:
    (tmp_path / "p1.xml").write_text(ALTO.replace("山中来", "# **甲**"), "utf-8")
    ingest([tmp_path / "p1.xml"], tmp_path / "b")
    chapter = "".join(path.read_text("utf-8") for path in (tmp_path / "b/source/chapters").glob("*.md"))
    assert "水自# \\*\\*甲\\*\\*" in chapter.replace("\\#", "#")
