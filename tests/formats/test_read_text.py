"""The text of an edition, read back from its file."""

from __future__ import annotations

from dingben.formats.read_text import text_of_tei

BODY = '<text xmlns="http://www.tei-c.org/ns/1.0"><front>{}</front><body><div type="chapter"><p>正文。</p></div></body></text>'


def test_a_list_of_figures_with_a_file_is_text_of_the_book() -> None:
    own = text_of_tei(BODY.format('<div type="loi"><p>图一。</p></div>').encode())
    assert [segment.text for segment in own.body] == ["图一。正文。"]
    generated = text_of_tei(BODY.format('<div type="imprint"><p>某社。</p></div>').encode())
    assert [segment.text for segment in generated.body] == ["正文。"]
