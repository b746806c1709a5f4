"""A section of a PDF is the same text, whoever reads how much of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingben.formats.pdf import read_text
from dingben.formats.pdf.read_text import runs_of, text_of_pdf
from dingben.typeset.sections.session import LayoutSession
from tests.typeset.sections.test_split import chapters, typeset


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(1, 9))
def test_runs_of_a_section_are_in_order(size: int, others: int, jobs: int) -> None:
    runs = runs_of(size, size + others + 1, jobs)
    assert [place for first, end in runs for place in range(first, end)] == [*range(size)]
    assert len(runs) <= jobs
    assert max(end - first for first, end in runs) <= 2 * (size + others + 1) / jobs + 1


def test_section_is_read_by_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = chapters(tmp_path, 1)
    path = book / "source/chapters/01.md"
    table = "\n\n| 年 | 船 |\n|---|---|\n" + "".join(f"| {year} | 二 |\n" for year in range(1400, 1500))
    path.write_text(path.read_text("utf-8") + table, "utf-8")
    result = typeset(book)
    whole = text_of_pdf(result.pdf)
    monkeypatch.setattr(read_text, "MANY", 0)
    for jobs in (1, 2, 7):
        session = LayoutSession()
        session.pool(jobs).start(jobs)
        try:
            assert text_of_pdf(result.pdf, result.section_texts, None, session.workers) == whole
        finally:
            session.close()
    heads = [piece.optional for piece in whole.body if piece.text == "年船"]
    assert Counter(heads) == {False: 1, True: len(heads) - 1}
    assert len(heads) > 2
