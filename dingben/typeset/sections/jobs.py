"""Jobs of the layout workers, their results, and the state of a worker."""

from __future__ import annotations

import contextlib
import importlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from dingben.errors import DingbenError
from dingben.system.cache import Cache
from dingben.typeset.engine import load as libraries
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.options import LayoutOptions
from dingben.typeset.records import FontUsage, Glyphs, RunningHeadInputs, SectionRecord
from dingben.typeset.sections.split import Section

if TYPE_CHECKING:
    from dingben.typeset.fonts.registry import FontRegistry
    from dingben.typeset.sections.layout import SectionLayout


class Job(Protocol):
    """A piece of work for a worker, which is pickled to it. Jobs of one kind differ in their number."""

    @property
    def kind(self) -> str:
        """The kind of work."""

    @property
    def number(self) -> int:
        """The number of the section, or another number by which the result is known."""

    def run(self, state: WorkerState) -> Any:
        """Do the work in a worker, and return a result that can be pickled."""


@dataclass(frozen=True, slots=True)
class LayoutJob:
    """Lay out a section without running heads, or a draft of the contents; the result is its record.

    ``before``: the folio before it. ``folios``: of targets in other sections; None if it refers to none.
    ``former``: the record of an earlier layout, whose pages may be reused.
    """

    number: int
    section: Section
    before: int
    folios: dict[str, int] | None
    former: bytes | None
    kind: str = "layout"

    def run(self, state: WorkerState) -> bytes:
        """Return the bytes of a SectionRecord."""
        former = SectionRecord.from_bytes(self.former) if self.former else None
        return state.section_layout().lay_out(self.section, self.before, self.folios, former).to_bytes()


@dataclass(frozen=True, slots=True)
class RunningHeadsJob:
    """Lay out the running heads and folios of a section."""

    number: int
    section: Section
    inputs: list[RunningHeadInputs]
    kind: str = "running heads"

    def run(self, state: WorkerState) -> bytes:
        """Return the bytes of a RunningHeadSet."""
        return state.section_layout().running_heads(self.section, self.inputs).to_bytes()


@dataclass(frozen=True, slots=True)
class SubsetJob:
    """Subset fonts to the glyphs used, into the cache."""

    number: int
    fonts: dict[str, FontUsage]
    glyphs: Glyphs
    kind: str = "subset"

    def run(self, state: WorkerState) -> None:
        """Write the subsets to the cache of the book."""
        registry = state.font_registry()
        registry.subset(self.fonts, self.glyphs, Cache(registry.options.folder).get_or_create)


@dataclass(frozen=True, slots=True)
class CallJob:
    """Call a function: see :meth:`WorkerPool.submit`."""

    number: int
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    kind: str = "call"

    def run(self, state: WorkerState) -> Any:  # noqa: ARG002
        """Return what the function returns."""
        return self.function(*self.arguments)


@dataclass(frozen=True, slots=True)
class JobResult:
    """The value that a job returned, or the error that it raised."""

    kind: str
    number: int
    value: Any = None
    error: Exception | None = None


class WorkerState:
    """The options, style sheets and fonts that one worker has loaded, for all its jobs."""

    def __init__(self) -> None:
        self.options: LayoutOptions | None = None
        self.layout: SectionLayout | None = None
        self.registry: FontRegistry | None = None

    def load(self) -> None:
        """Import the modules for layout. An error here, and in :meth:`warm`, is raised again by the first job."""
        with contextlib.suppress(Exception):
            libraries.load()
            importlib.import_module("dingben.typeset.sections.layout")

    def warm(self) -> None:
        """Parse the style sheets and open the fonts."""
        with contextlib.suppress(Exception):
            self.section_layout().warm()

    def section_layout(self) -> SectionLayout:
        """Return the layout of sections, created at the first call. Raises ToolError where a library is missing."""
        if self.layout is None:
            libraries.load()
            from dingben.typeset.sections.layout import SectionLayout

            assert self.options
            self.layout = SectionLayout(self.options)
        return self.layout

    def font_registry(self) -> FontRegistry:
        """Return the font registry, created at the first call. Raises ToolError where a library is missing."""
        if self.registry is None:
            libraries.load()
            from dingben.typeset.fonts.registry import FontRegistry

            assert self.options
            self.registry = FontRegistry(self.options)
        return self.registry

    def run(self, job: Job) -> JobResult:
        """Run a job. Raises nothing: an error is in the result."""
        try:
            return JobResult(job.kind, job.number, job.run(self))
        except (NotSplittableError, DingbenError) as error:
            return JobResult(job.kind, job.number, error=error)
        except Exception:
            return JobResult(job.kind, job.number, error=RuntimeError(traceback.format_exc()))
