"""Jobs of the layout workers: what they are asked, what they answer, and the state in which one process does them."""

from __future__ import annotations

import contextlib
import importlib
import traceback
from typing import TYPE_CHECKING, Any

from dingben.errors import DingbenError
from dingben.system.cache import Cache
from dingben.typeset.engine import load as libraries
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.options import LayoutOptions
from dingben.typeset.records import SectionRecord

if TYPE_CHECKING:
    from dingben.typeset.fonts.registry import FontRegistry
    from dingben.typeset.sections.layout import SectionLayout


Job = tuple[Any, ...]
"""("lay", number, part, before, known, former), ("margins", number, part,
furniture): see PartSetter; ("cut", number, fonts, glyphs): see Faces; ("call", number, function, arguments): see
:meth:`WorkerPool.submit`; ("bundle", number, a quire's bytes, and what else
:func:`dingben.typeset.pdf.renumber.bundle` wants)."""


JobResult = tuple[str, int, Any]
"""("laid", number, quire), ("margins", number, margins), ("cut", number, None), ("bundle", number, bundle), ("called",
number, returned value), or what went wrong: ("whole" or "failed", number, error)."""


class WorkerState:
    """Where one process works."""

    def __init__(self) -> None:
        self.looks: LayoutOptions | None = None
        self.setter: SectionLayout | None = None
        self.faces: FontRegistry | None = None

    def load(self) -> None:
        """Import what sets parts. What goes wrong here, and in :meth:`warm`, is told with the first order."""
        with contextlib.suppress(Exception):
            libraries.load()
            importlib.import_module("dingben.typeset.sections.layout")

    def warm(self) -> None:
        """Have styles read and fonts opened."""
        with contextlib.suppress(Exception):
            self.set_up().warm()

    def set_up(self) -> SectionLayout:
        """What lays out parts of the book. Raises ToolError where a library is missing."""
        if self.setter is None:
            libraries.load()
            from dingben.typeset.sections.layout import SectionLayout

            assert self.looks
            self.setter = SectionLayout(self.looks)
        return self.setter

    def open_fonts(self) -> FontRegistry:
        """What cuts fonts."""
        if self.faces is None:
            from dingben.typeset.fonts.registry import FontRegistry

            assert self.looks
            self.faces = FontRegistry(self.looks)
        return self.faces

    def done(self, order: Job) -> JobResult:
        """Carry out an order."""
        number = int(order[1])
        try:
            if order[0] == "call":
                function, arguments = order[2:]
                return "called", number, function(*arguments)
            setter = self.set_up()
            if order[0] == "bundle":
                from dingben.typeset.pdf.renumber import bundle

                return "bundle", number, bundle(SectionRecord.of(order[2]), *order[3:]).data()
            if order[0] == "cut":
                fonts, glyphs = order[2:]
                self.open_fonts().cut(fonts, glyphs, Cache(setter.looks.folder).get_or_create)
                return "cut", number, None
            if order[0] == "margins":
                return "margins", number, setter.margins(*order[2:]).data()
            part, before, known, former = order[2:]
            quire = setter.lay(part, before, known, SectionRecord.of(former) if former else None)
            return "draft" if order[0] == "draft" else "laid", number, quire.data()
        except NotSplittableError as error:
            return "whole", number, str(error)
        except DingbenError as error:
            return "failed", number, error
        except Exception:
            return "failed", number, RuntimeError(traceback.format_exc())
