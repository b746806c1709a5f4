"""HTML reports: renders the packaged Jinja templates of ``templates/reports/``.

Everything is escaped, an undefined name is an error, and a book's own templates are never used: a report about a
book must not be changed by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dingben.book.resources import packaged


def stream_report(name: str, **context: Any) -> Iterator[str]:
    """Render the report template ``name`` piece by piece."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(packaged("templates") / "reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    yield from environment.get_template(name).generate(**context)


def render_report(name: str, **context: Any) -> str:
    """Render the report template ``name``."""
    return "".join(stream_report(name, **context))
