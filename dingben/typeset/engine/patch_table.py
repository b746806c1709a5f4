"""The table of everything in WeasyPrint, pydyf and tinyhtml5 that dingben replaces: data only.

:mod:`dingben.typeset.engine.patch` applies it. The versions of the packages are pinned in pyproject.toml;
tests/typeset/engine/test_patch.py compares the signature of every target with a golden file, so that another version
fails there first.
"""

from __future__ import annotations

from dataclasses import dataclass

from dingben.typeset.options import PatchKind

TYPOGRAPHY, CORRECTNESS = PatchKind.TYPOGRAPHY, PatchKind.CORRECTNESS
INCREMENTAL, SPEED = PatchKind.INCREMENTAL, PatchKind.SPEED


@dataclass(frozen=True, slots=True)
class Patch:
    """One replaced function, method or class.

    ``target``: its dotted name; ``also``: modules that have imported it by name. ``group``: patches that are applied
    together, with one state. ``module`` (below ``dingben.typeset``) has the ``factory``, which is called with the
    original, and with the state of the group if that has one, and returns the replacement; by default its name is
    ``patch_`` and the last part of the target.
    """

    target: str
    module: str
    group: str
    kind: PatchKind
    reason: str
    factory: str = ""
    also: tuple[str, ...] = ()

    @property
    def factory_name(self) -> str:
        """The name of the factory in ``module``."""
        return self.factory or f"patch_{self.target.rpartition('.')[2].lstrip('_')}"

    @property
    def targets(self) -> tuple[str, ...]:
        """All names by which it is reached."""
        name = self.target.rpartition(".")[2]
        return (self.target, *(f"{module}.{name}" for module in self.also))


LAYOUT = "weasyprint.layout"
USES_PERCENTAGES = tuple(
    f"{LAYOUT}.{name}" for name in ("absolute", "block", "column", "float", "grid", "inline", "page", "table")
)
STYLE_PREDICATES = (
    "is_floated", "is_absolutely_positioned", "is_running", "is_footnote", "is_note", "is_in_normal_flow",
)  # fmt: skip
BOX = "weasyprint.formatting_structure.boxes.Box"

# fmt: off
PATCHES: tuple[Patch, ...] = (
    # -- pictures: image decoders
    Patch("weasyprint.images.Image", "engine.image_decoders", "pictures", CORRECTNESS,
          "Security: only four decoders of Pillow, those that a checked picture needs.", factory="patch_image"),
    Patch("weasyprint.draw.text.Image", "engine.image_decoders", "pictures", CORRECTNESS,
          "Security: the same for pictures in fonts.", factory="patch_image"),
    Patch("weasyprint.document.original_get_image_from_uri", "engine.image_decoders", "pictures", CORRECTNESS,
          "Security: pictures come from the book only, and are checked.", factory="patch_get_image_from_uri"),
    Patch("weasyprint.html.SVGImage", "engine.image_decoders", "pictures", CORRECTNESS,
          "Security: an inline <svg> is checked like a file.", factory="patch_inline_svg"),
    # -- tags: the structure tree of the PDF
    Patch("weasyprint.pdf.tags._build_box_tree", "pdf.tags", "tags", CORRECTNESS,
          "Notes, contents, divisions and ruby get their PDF structure types (PDF/UA-1)."),
    Patch("weasyprint.pdf.add_links", "pdf.tags", "tags", CORRECTNESS,
          "One link annotation for each line of a link, not one for each box in it."),
    Patch("weasyprint.draw.draw_stacking_context", "pdf.tags", "tags", CORRECTNESS,
          "Running heads are artifacts (ISO 14289-1, 7.1)."),
    # -- parsing and styles
    Patch("tinyhtml5.inputstream.characters_until_regex", "engine.style_cache", "parsing", SPEED,
          "Patterns are compiled once; upstream intends to, but overwrites its key."),
    Patch("tinyhtml5.parser.HTMLParser.parse", "engine.style_cache", "parsing", SPEED,
          "Reference cycles of the parser's tree are broken, so that it is freed at once."),
    Patch("weasyprint.css.StyleFor.__init__", "engine.cascade_cache", "styles", SPEED,
          "One cascade for all elements that no selector distinguishes.", factory="patch_init"),
    Patch("weasyprint.css.StyleFor.set_computed_styles", "engine.style_cache", "styles", SPEED,
          "One computed style for the same declarations below the same parent."),
    # -- layout: values stored in the style that they depend on
    Patch("weasyprint.layout.percent.resolve_percentages", "engine.style_cache", "layout", SPEED,
          "Used lengths of a box, stored in its style.", also=USES_PERCENTAGES),
    Patch("weasyprint.layout.background.layout_box_backgrounds", "engine.style_cache", "layout", SPEED,
          "Boxes without a background are skipped."),
    Patch("weasyprint.layout.page.set_page_type_computed_styles", "engine.style_cache", "layout", SPEED,
          "Pages that the same selectors match have the same styles."),
    Patch("weasyprint.css.AnonymousStyle.copy", "engine.style_cache", "layout", SPEED,
          "A copy is changed afterwards: nothing is stored in it.", factory="patch_copy"),
    Patch("weasyprint.css.ComputedStyle.copy", "engine.style_cache", "layout", SPEED,
          "A copy is changed afterwards: nothing is stored in it.", factory="patch_copy"),
    *(Patch(f"{BOX}.{name}", "engine.box_traversal", "layout", SPEED,
            "Whether a box is in flow, stored in its style.", factory="patch_style_predicate")
      for name in STYLE_PREDICATES),
    Patch(f"{BOX}.establishes_formatting_context", "engine.box_traversal", "layout", SPEED,
          "Stored in the style, by class of box."),
    Patch(f"{BOX}.descendants", "engine.box_traversal", "layout", SPEED,
          "One generator instead of nested ones."),
    Patch("weasyprint.formatting_structure.boxes.ParentBox.page_values", "engine.box_traversal", "layout", SPEED,
          "Reads the first and the last box only."),
    Patch("weasyprint.stacking._dispatch", "engine.box_traversal", "layout", SPEED,
          "Lines of text have no layers: they are skipped."),
    Patch("weasyprint.anchors.gather_anchors", "engine.box_traversal", "layout", SPEED,
          "Lines of text have no anchors."),
    Patch("weasyprint.draw.border.draw_outline", "engine.box_traversal", "layout", SPEED,
          "Lines of text have no outlines."),
    # -- flow: state is the InlineContext
    Patch("weasyprint.layout.LayoutContext.layout_footnote", "flow.footnotes", "inline", CORRECTNESS,
          "A note longer than its page is divided; no note starts before the end of the one before."),
    Patch("weasyprint.layout.LayoutContext.unlayout_footnote", "flow.footnotes", "inline", CORRECTNESS,
          "The division of a note that leaves its page is undone."),
    Patch("weasyprint.layout.LayoutContext.report_footnote", "flow.footnotes", "inline", CORRECTNESS,
          "The same for a note that is moved to the next page."),
    Patch("weasyprint.layout.LayoutContext._update_footnote_area", "flow.footnotes", "inline", CORRECTNESS,
          "A note is laid out once, not again for each other note of its page.", factory="patch_update_footnote_area"),
    Patch("weasyprint.layout.page.make_page", "flow.footnotes", "inline", CORRECTNESS,
          "Rests of notes are moved to the next page, and notes that WeasyPrint loses too."),
    Patch("weasyprint.layout.page.remake_page", "flow.footnotes", "inline", CORRECTNESS,
          "A note ends before what must begin on a page of its own."),
    Patch("weasyprint.layout.block.table_layout", "flow.tables", "inline", CORRECTNESS,
          "A table head that does not fit on a page is laid out as rows, not dropped."),
    # -- inline: paragraphs set by dingben; state is the InlineContext
    Patch("weasyprint.layout.block.iter_line_boxes", "inline.layout", "inline", TYPOGRAPHY,
          "Lines by CLREQ: adjacent marks narrowed, lines justified, gaps beside Western words."),
    Patch("weasyprint.layout.preferred.inline_min_content_width", "inline.layout", "inline", TYPOGRAPHY,
          "The widest unbreakable part of a paragraph, with the same break opportunities."),
    Patch("weasyprint.layout.preferred.inline_max_content_width", "inline.layout", "inline", TYPOGRAPHY,
          "The width of a paragraph in one line, with the same advances."),
    # -- drawing: state is a Drawer
    Patch("weasyprint.draw.text.draw_first_line", "inline.draw", "drawing", TYPOGRAPHY,
          "Draws the positioned glyphs with their text."),
    Patch("weasyprint.draw.draw_inline_level", "inline.draw", "drawing", SPEED,
          "Lines of text without borders and backgrounds are drawn directly."),
    Patch("weasyprint.images.SVGImage.draw", "inline.draw", "drawing", SPEED,
          "A repeated picture (a leader) is drawn once.", factory="patch_svg_draw"),
    # -- sections: state is a SectionStart
    Patch("weasyprint.layout.initialize_page_maker", "sections.targets", "sections", CORRECTNESS,
          "The page counter of a section continues from the folio before it."),
    Patch("weasyprint.layout.make_margin_boxes", "sections.targets", "sections", CORRECTNESS,
          "Running heads are laid out when all folios are known."),
    Patch("weasyprint.document.TargetCollector", "sections.targets", "sections", CORRECTNESS,
          "Folios of targets in other sections.", factory="patch_target_collector"),
    Patch("weasyprint.formatting_structure.build.update_counters", "sections.targets", "sections", CORRECTNESS,
          "Counters that continue over sections are refused: the book is laid out as a whole."),
    Patch("weasyprint.layout.page.page_width", "paged.page_frames", "sections", CORRECTNESS,
          "Left and right pages have the same coordinates: a reused page has the bytes of a new one."),
    Patch("weasyprint.layout.make_all_pages", "paged.pagination", "pagination", INCREMENTAL,
          "Only pages affected by an edit are laid out. State is a Pagination."),
    # -- writing: PDF objects; state is the cache of font subsets (fonts.subset.GetOrCreate)
    Patch("weasyprint.pdf.fonts.Font.subset", "fonts.subset", "writing", CORRECTNESS,
          "Fonts are subset by the pinned HarfBuzz: the same bytes everywhere; subsets are cached."),
    Patch("pydyf.Stream.data", "fonts.subset", "writing", CORRECTNESS,
          "Compressed at level 6, not 9, in a quarter of the time; font subsets are compressed already.",
          factory="patch_stream_data"),
    Patch("pydyf.PDF.page_references", "fonts.subset", "serialization", SPEED,
          "Computed once, not for each tag."),
    Patch("pydyf.Array.data", "fonts.subset", "serialization", SPEED,
          "Serialized without three tests of each item.", factory="patch_array_data"),
    Patch("pydyf.Dictionary.data", "fonts.subset", "serialization", SPEED,
          "Serialized without three tests of each item; keys are cached.", factory="patch_dictionary_data"),
    Patch("pydyf._to_bytes", "fonts.subset", "serialization", SPEED,
          "The most common types are tested first."),
    Patch("weasyprint.pdf.fonts.get_hb_object_data", "fonts.subset", "font_files", SPEED,
          "Font files are mapped, not copied."),
    Patch("weasyprint.pdf.stream.Font", "pdf.pages", "glyphs", CORRECTNESS,
          "Fonts that can be found again in another process or build. State is a function.", factory="patch_font"),
)
# fmt: on
"""In the order in which they are applied."""
