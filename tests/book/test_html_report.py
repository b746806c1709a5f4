"""Report templates: everything is escaped, and an undefined name is an error."""

from __future__ import annotations

import jinja2
import pytest

from dingben.book.html_report import render_report
from dingben.verification.archive_audit import ArchiveAudit, AuditStep


def test_report_escapes_book_text() -> None:
    proof = ArchiveAudit("<b>&", "seal", (AuditStep("a", "<script>", 1234),))
    page = render_report("archive_audit.html", proof=proof)
    assert "<title>&lt;b&gt;&amp;</title>" in page
    assert "<td>&lt;script&gt;</td><td>1,234</td>" in page


def test_undefined_template_name_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render_report("archive_audit.html")
