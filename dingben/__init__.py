"""dingben: from the raw text of a scanned book to a clean edition.

The names in ``__all__`` are the public interface; ``docs/api.md`` describes each. They are imported when they are
first used (PEP 562), so ``import dingben`` takes a few milliseconds. ``docs/architecture.md`` describes the packages.
"""

from __future__ import annotations

TYPE_CHECKING = False  # the module typing takes longer to import than everything here

if TYPE_CHECKING:
    from dingben import formats, rules
    from dingben.api import (
        RebuildResult,
        audit,
        audit_archive,
        build,
        check,
        ingest,
        new_project,
        output_formats,
        read_book,
        rebuild,
        verify,
    )
    from dingben.book.model import Book
    from dingben.builder.graph import BuildResult, Output
    from dingben.diagnostics import Diagnostic, Location
    from dingben.errors import (
        ArchiveError,
        DingbenError,
        InternalError,
        RenderError,
        SourceError,
        ToolError,
        UsageError,
    )
    from dingben.restore.ingest import IngestResult
    from dingben.verification.archive_audit import ArchiveAudit, AuditStep
    from dingben.verification.checkers import CheckerReport
    from dingben.verification.rebuild import Comparison

__version__ = "0.1.0"

__all__ = [
    "ArchiveAudit",
    "ArchiveError",
    "AuditStep",
    "Book",
    "BuildResult",
    "CheckerReport",
    "Comparison",
    "Diagnostic",
    "DingbenError",
    "IngestResult",
    "InternalError",
    "Location",
    "Output",
    "RebuildResult",
    "RenderError",
    "SourceError",
    "ToolError",
    "UsageError",
    "audit",
    "audit_archive",
    "build",
    "check",
    "formats",
    "ingest",
    "new_project",
    "output_formats",
    "read_book",
    "rebuild",
    "rules",
    "verify",
]

_MODULES = {
    "ArchiveAudit": "verification.archive_audit",
    "ArchiveError": "errors",
    "AuditStep": "verification.archive_audit",
    "Book": "book.model",
    "BuildResult": "builder.graph",
    "CheckerReport": "verification.checkers",
    "Comparison": "verification.rebuild",
    "Diagnostic": "diagnostics",
    "DingbenError": "errors",
    "IngestResult": "restore.ingest",
    "InternalError": "errors",
    "Location": "diagnostics",
    "Output": "builder.graph",
    "RenderError": "errors",
    "SourceError": "errors",
    "ToolError": "errors",
    "UsageError": "errors",
}
"""Where a public name is defined, if not in ``api``."""


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'dingben' has no attribute {name!r}")
    import importlib

    if name in ("formats", "rules"):
        return importlib.import_module(f"dingben.{name}")
    value = getattr(importlib.import_module(f"dingben.{_MODULES.get(name, 'api')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]
