"""Cross-section state for the layout of one section: folios of targets in other sections, page and other counters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from weasyprint.css.targets import TargetCollector, TargetLookupItem

from dingben.typeset.errors import NotSplittableError

COUNTED = frozenset({"footnote", "list-item", "page", "pages", "note"})
"""Counters that don't reach from one part into the next."""


class Elsewhere:
    """Stands for an element of another part."""

    cached_counter_values: Mapping[str, list[int]] = {}

    def extract_text(self, _style: str) -> str:
        raise NotSplittableError("a style sheet asks for the text of another division")


class Targets(TargetCollector):  # type: ignore[misc]
    """Knows the folios of what stands in other parts; ``known`` is None where they aren't."""

    known: Mapping[str, int] | None = None
    elsewhere: Collection[str] = ()

    def __init__(self) -> None:
        super().__init__()
        self.asking: set[Any] = set()
        """Boxes that ask for what stands in their own part."""

    def lookup_target(self, anchor_token: Any, source_box: Any, css_token: str, parse_again: Any) -> Any:
        if self.known is None:
            raise NotSplittableError("a style sheet asks for the page of a division in running text")
        if not self.elsewhere:
            self.elsewhere = self.known.keys() - self.target_lookup_items.keys()
            for name in sorted(self.elsewhere):
                item = self.target_lookup_items[name] = TargetLookupItem("up-to-date")
                item.target_box = Elsewhere()
                item.cached_page_counter_values = {"page": [self.known[name]]}
        item = super().lookup_target(anchor_token, source_box, css_token, parse_again)
        if not isinstance(item.target_box, Elsewhere):
            self.asking.add(source_box)
        return item

    def collect_missing_counters(
        self, parent_box: Any, css_token: str, again: Any, missing: Any, missing_target: Any
    ) -> None:
        if self.known is None and (missing or missing_target):
            raise NotSplittableError("a style sheet counts in running text what only the whole book tells")
        if parent_box not in self.asking:
            # what stands elsewhere has its folio already: WeasyPrint need not lay out the page again
            if any(missing is counters for counters in missing_target.values()):  # the last target's, not the box's own
                missing = []
            missing_target = {}
        super().collect_missing_counters(parent_box, css_token, again, missing, missing_target)


@dataclass(frozen=True, slots=True)
class SectionStart:
    """The state of the patches: the folio before a section, and the folios of anchors in others if they are known."""

    folio_before: int
    folios: Mapping[str, int] | None


def patch_initialize_page_maker(original: Any, start: SectionStart) -> Any:
    """Replace ``initialize_page_maker``: pages are counted on from the folio before the section."""

    def initialize_page_maker(context: Any, root_box: Any) -> None:
        original(context, root_box)
        _, values, scopes, _ = context.page_maker[0][3]
        values["page"] = [start.folio_before]
        scopes[-1].add("page")

    return initialize_page_maker


def patch_make_margin_boxes(original: Any, start: SectionStart) -> Any:  # noqa: ARG001
    """Replace ``make_margin_boxes``: pages are laid out without margins."""
    return lambda *_: ()


def patch_target_collector(original: Any, start: SectionStart) -> Any:  # noqa: ARG001
    """Replace ``TargetCollector``: it knows the folios of what stands in other sections."""

    def target_collector() -> Targets:
        targets = Targets()
        targets.known = start.folios
        return targets

    return target_collector


def patch_update_counters(original: Any, start: SectionStart) -> Any:  # noqa: ARG001
    """Replace ``update_counters``: counters that reach over sections raise NotSplittableError."""

    def update_counters(state: Any, style: Any) -> None:
        for name in ("counter_reset", "counter_set", "counter_increment"):
            if (value := style[name]) and value != "auto" and any(counter not in COUNTED for counter, _ in value):
                raise NotSplittableError("a style sheet counts over divisions")
        original(state, style)

    return update_counters
