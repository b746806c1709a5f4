"""Cross-section state for the layout of one section: folios of targets in other sections, page and other counters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from weasyprint.css.targets import TargetCollector, TargetLookupItem

from dingben.typeset.errors import NotSplittableError

LOCAL_COUNTERS = frozenset({"footnote", "list-item", "page", "pages", "note"})
"""Counters that do not continue from one section to the next."""


class OtherSection:
    """Stands for a target element in another section."""

    cached_counter_values: Mapping[str, list[int]] = {}

    def extract_text(self, _style: str) -> str:
        raise NotSplittableError("a style sheet uses target-text() of another division")


class SectionTargets(TargetCollector):  # type: ignore[misc]
    """Target collector that has the ``folios`` of anchors in other sections; None if they are not known."""

    folios: Mapping[str, int] | None = None
    other_anchors: Collection[str] = ()

    def __init__(self) -> None:
        super().__init__()
        self.own_target_boxes: set[Any] = set()
        """Boxes that refer to targets in their own section."""

    def lookup_target(self, anchor_token: Any, source_box: Any, css_token: str, parse_again: Any) -> Any:
        if self.folios is None:
            raise NotSplittableError("a style sheet uses target-counter(page) in running text")
        if not self.other_anchors:
            self.other_anchors = self.folios.keys() - self.target_lookup_items.keys()
            for name in sorted(self.other_anchors):
                item = self.target_lookup_items[name] = TargetLookupItem("up-to-date")
                item.target_box = OtherSection()
                item.cached_page_counter_values = {"page": [self.folios[name]]}
        item = super().lookup_target(anchor_token, source_box, css_token, parse_again)
        if not isinstance(item.target_box, OtherSection):
            self.own_target_boxes.add(source_box)
        return item

    def collect_missing_counters(
        self, parent_box: Any, css_token: str, again: Any, missing: Any, missing_target: Any
    ) -> None:
        if self.folios is None and (missing or missing_target):
            raise NotSplittableError("a style sheet uses a counter of the whole book in running text")
        if parent_box not in self.own_target_boxes:
            # targets in other sections have their folios already: WeasyPrint need not lay out the page again
            if any(missing is counters for counters in missing_target.values()):  # the last target's, not the box's own
                missing = []
            missing_target = {}
        super().collect_missing_counters(parent_box, css_token, again, missing, missing_target)


@dataclass(frozen=True, slots=True)
class SectionStart:
    """State of the patches: the folio before a section, and the folios of anchors in other sections if known."""

    folio_before: int
    folios: Mapping[str, int] | None


def patch_initialize_page_maker(original: Any, start: SectionStart) -> Any:
    """Replace ``initialize_page_maker``: the page counter continues from the folio before the section."""

    def initialize_page_maker(context: Any, root_box: Any) -> None:
        original(context, root_box)
        _, values, scopes, _ = context.page_maker[0][3]
        values["page"] = [start.folio_before]
        scopes[-1].add("page")

    return initialize_page_maker


def patch_make_margin_boxes(original: Any, start: SectionStart) -> Any:  # noqa: ARG001
    """Replace ``make_margin_boxes``: pages are laid out without margin boxes."""
    return lambda *_: ()


def patch_target_collector(original: Any, start: SectionStart) -> Any:  # noqa: ARG001
    """Replace ``TargetCollector``: it has the folios of anchors in other sections."""

    def target_collector() -> SectionTargets:
        targets = SectionTargets()
        targets.folios = start.folios
        return targets

    return target_collector


def patch_update_counters(original: Any, start: SectionStart) -> Any:  # noqa: ARG001
    """Replace ``update_counters``: counters that continue over sections raise NotSplittableError."""

    def update_counters(state: Any, style: Any) -> None:
        for name in ("counter_reset", "counter_set", "counter_increment"):
            if (
                (value := style[name])
                and value != "auto"
                and any(counter not in LOCAL_COUNTERS for counter, _ in value)
            ):
                raise NotSplittableError("a style sheet uses a counter that continues over divisions")
        original(state, style)

    return update_counters
