"""Progress display on a terminal: the current step, and how long each took. It writes to stderr only.

The line changes only when a step begins or ends: an animation needs a thread, and a process with threads must not
fork (:mod:`dingben.system.processes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from dingben.diagnostics import printable


class Display:
    """Progress display; silent if ``live`` is false."""

    def __init__(self, *, live: bool) -> None:
        self.live = live

    def __enter__(self) -> Display:
        if self.live:
            from rich.console import Console
            from rich.live import Live

            self.console = Console(stderr=True)
            self.line = Live(console=self.console, auto_refresh=False, transient=True)
            self.line.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.line.stop()

    def begin(self, step: str, why: Sequence[str]) -> None:
        """Show that a step begins; ``why`` names what changed."""
        if self.live:
            from rich.text import Text

            more = f" and {len(why) - 2} more" if len(why) > 2 else ""
            because = f" ({', '.join(why[:2])}{more})" if why else ""
            self.line.update(Text.assemble(("… ", "green"), step, (printable(because), "dim")), refresh=True)

    def end(self, step: str, seconds: float) -> None:
        """Show that the step has ended."""
        if self.live:
            from rich.text import Text

            self.console.print(Text.assemble(("✓", "green"), f" {step:<8} {seconds:6.2f} s"))

    def note(self, text: str) -> None:
        """Show that a step of an ingest begins."""
        self.begin(text, ())
