"""Progress on a terminal: what is being done, and how long it took. Goes to stderr only."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType


class Display:
    """Shows steps while they run; silent where ``live`` is false."""

    def __init__(self, *, live: bool) -> None:
        self.live = live
        self.status: object | None = None

    def __enter__(self) -> Display:
        if self.live:
            from rich.console import Console
            from rich.status import Status

            self.console = Console(stderr=True)
            self.spinner = Status("", console=self.console)
            self.spinner.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.spinner.stop()

    def begin(self, step: str, why: Sequence[str]) -> None:
        """A step begins; ``why`` names what changed."""
        if self.live:
            more = f" and {len(why) - 2} more" if len(why) > 2 else ""
            because = f" [dim]({', '.join(why[:2])}{more})[/dim]" if why else ""
            self.spinner.update(f"{step}{because}")

    def end(self, step: str, seconds: float) -> None:
        """The step is done."""
        if self.live:
            self.console.print(f"[green]✓[/green] {step:<8} {seconds:6.2f} s")

    def note(self, text: str) -> None:
        """A step of the cleaning begins."""
        self.begin(text, ())
