"""Progress on a terminal: what is being done, and how long it took. Goes to stderr only.

The line changes when a step does, and nothing in it moves between: that would want a thread, and beside a thread no
process may be forked (:mod:`dingben.system.processes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType


class Display:
    """Shows steps while they run; silent where ``live`` is false."""

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
        """A step begins; ``why`` names what changed."""
        if self.live:
            from rich.text import Text

            more = f" and {len(why) - 2} more" if len(why) > 2 else ""
            because = f" ({', '.join(why[:2])}{more})" if why else ""
            self.line.update(Text.assemble(("… ", "green"), step, (because, "dim")), refresh=True)

    def end(self, step: str, seconds: float) -> None:
        """The step is done."""
        if self.live:
            from rich.text import Text

            self.console.print(Text.assemble(("✓", "green"), f" {step:<8} {seconds:6.2f} s"))

    def note(self, text: str) -> None:
        """A step of the cleaning begins."""
        self.begin(text, ())
