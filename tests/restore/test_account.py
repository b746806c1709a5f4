"""The account of an ingest."""

from __future__ import annotations

import json
from pathlib import Path

from dingben.restore.account import IN_EDITION
from dingben.restore.ingest import ingest

DATA = Path(__file__).parents[1] / "data" / "ocr"


def test_account_adds_up_to_the_raw_text(tmp_path: Path) -> None:
    for file in sorted(DATA.iterdir()):
        result = ingest([file], tmp_path / file.stem)
        assert sum(item.characters for item in result.account) == result.counts["characters"]
        first = result.account[0]
        assert first.name == IN_EDITION
        assert first.characters == result.counts["kept"] + result.counts["replaced"]


def test_removed_text_has_count_and_place(tmp_path: Path) -> None:
    result = ingest([DATA / "hant.txt"], tmp_path)
    folios = next(item for item in result.account if item.name == "folios")
    assert folios.times >= 1
    assert ":" in folios.place
    report = json.loads((tmp_path / "build/reports/ingest.json").read_text("utf-8"))
    assert [item["name"] for item in report["account"]] == [item.name for item in result.account]
    assert "folios" in (tmp_path / "build/reports/ingest.html").read_text("utf-8")
