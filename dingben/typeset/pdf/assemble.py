"""Assemble the sections of a book to one PDF: objects renumbered, fonts subset once, one outline, one structure tree.

WeasyPrint writes a document without pages, which has everything that a file has only once; the objects of the sections
follow. These are renumbered, but never parsed. Each section has a range of numbers with some to spare, so that an
unchanged section can be copied as it was written last time, though another one has grown. PDF 32000-1:2008, 7.3.10
(references), 7.9.7 (number trees), 14.7.4 (parent tree).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pydyf
import weasyprint
from weasyprint.document import Document
from weasyprint.html import get_html_metadata
from weasyprint.pdf import generate_pdf
from weasyprint.pdf.anchors import add_outlines
from weasyprint.pdf.metadata import DocumentMetadata

from dingben.system.cache import Cache
from dingben.system.digests import digest_of
from dingben.typeset.engine.documents import OPTIONS, BookFetcher, collect_warnings
from dingben.typeset.engine.patch import patches
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.fonts.registry import FontRegistry
from dingben.typeset.fonts.subset import object_number
from dingben.typeset.options import BASE_URL, LayoutOptions
from dingben.typeset.pdf.file import write_file
from dingben.typeset.pdf.metadata import add_book_metadata
from dingben.typeset.pdf.renumber import (
    BundleJob,
    ObjectBundle,
    bundle_objects,
    count_keys,
    count_numbers,
    reserve_keys,
    reserve_numbers,
)
from dingben.typeset.pdf.shared_images import add_shared_images
from dingben.typeset.records import (
    SCALE,
    Glyphs,
    RunningHeadSet,
    SectionRecord,
    SectionText,
    SectionTexts,
    TypesetResult,
    merge_glyphs,
)

RunJobs = Callable[[Sequence[BundleJob]], dict[int, bytes]]
"""Runs jobs that do not depend on each other in worker processes; returns their results by number."""


def assemble(
    html: str,
    records: Sequence[SectionRecord],
    running_heads: Sequence[RunningHeadSet],
    font_registry: FontRegistry,
    options: LayoutOptions,
    cache: Cache,
    run_jobs: RunJobs | None,
) -> TypesetResult:
    """Assemble one PDF of all sections.

    ``html``: the page of the first section, whose head has the metadata. ``font_registry`` may have opened fonts
    before; ``cache`` may hold fonts that were subset and sections that were renumbered; ``run_jobs`` has worker
    processes renumber the others, None if there are no workers.
    """
    writing = patches(options.patch_kinds, writing=cache.get_or_create, serialization=None, font_files=None)
    with collect_warnings() as log, writing:
        sections: Sequence[SectionRecord | RunningHeadSet] = [*records, *running_heads]
        for section in sections:
            log.messages += [message for message in section.warnings if message not in log.messages]
            log.missing += [char for char in section.missing_characters if char not in log.missing]
        if log.missing:
            return TypesetResult(b"", 0, log.diagnostics(options.folder), tuple(log.missing))
        assembler = FileAssembler(html, records, running_heads, font_registry, options)
        bundles = assembler.bundles(cache, run_jobs)
        assembler.add_pages(bundles)
        assembler.add_destinations(bundles)
        add_book_metadata(body_start(records), assembler.pdf)
        data, table = write_file(assembler.pdf, bundles, OPTIONS["pdf_identifier"])
        texts = SectionTexts(
            tuple(
                SectionText(digest_of(bundle.content, record.digest, heads.digest), sum(bundle.counts))
                for bundle, record, heads in zip(bundles, records, running_heads, strict=True)
            ),
            {font.hash: font.to_unicode for font in assembler.fonts.values()},
            assembler.shared["fonts"],
            table.append_without,
        )
        page_count = sum(len(record.pages) for record in records)
        return TypesetResult(data, page_count, log.diagnostics(options.folder), section_texts=texts)


def body_start(records: Sequence[SectionRecord]) -> int | None:
    """Return the 0-based page of the file on which the body of the book opens."""
    before = 0
    for record in records:
        if record.body_start is not None:
            return before + record.body_start
        before += len(record.pages)
    return None


class RawStream(pydyf.Object):  # type: ignore[misc]
    """A stream that has been serialized already."""

    compressible = False
    data = b""

    def __init__(self, head: bytes, stream: bytes) -> None:
        super().__init__()
        self.data = b"".join((head, b"\nstream\n", stream, b"\nendstream"))


class FileAssembler:
    """A PDF to which sections are added."""

    def __init__(
        self,
        html: str,
        records: Sequence[SectionRecord],
        running_heads: Sequence[RunningHeadSet],
        font_registry: FontRegistry,
        options: LayoutOptions,
    ) -> None:
        self.records, self.running_heads = records, running_heads
        fetcher = BookFetcher(options.folder)
        head = html[: html.index("</head>")] if "</head>" in html else html[: html.index("<body")]
        source = weasyprint.HTML(string=f"{head}</head><body>", base_url=f"{BASE_URL}source/", url_fetcher=fetcher)
        metadata = DocumentMetadata(**get_html_metadata(source))
        document = Document([], metadata, fetcher, font_registry.config, {}, "srgb")
        self.glyph_texts, self.fonts = font_registry.fonts_of([*records, *running_heads])
        document.fonts = self.fonts
        settings = {
            **weasyprint.DEFAULT_OPTIONS, **OPTIONS, "pdf_version": "1.7", "output_intent": "srgb", "pdf_tags": True,
        }  # fmt: skip
        self.pdf = generate_pdf(document, None, 1, **settings)
        root = self.pdf.objects[object_number(self.pdf.catalog["StructTreeRoot"])]
        self.structure = self.pdf.objects[object_number(root["K"][0])]
        self.parent_tree = self.pdf.objects[object_number(root["ParentTree"])]
        del self.parent_tree["Nums"]
        resources = next(o for o in self.pdf.objects if isinstance(o, dict) and "ExtGState" in o)
        font_resources = self.pdf.objects[object_number(resources["Font"])]
        self.shared: dict[str, int] = {
            "pages": self.pdf.pages.number,
            "document": self.structure.number,
            "fonts": font_resources.number,
            "colours": object_number(resources["ColorSpace"]),
            "profile": object_number(document.color_profiles["srgb"].pdf_reference),
        }

    # -- sections

    def bundles(self, cache: Cache, run_jobs: RunJobs | None) -> list[ObjectBundle]:
        """Return the objects of all sections with their numbers in the file, from the cache if nothing has changed."""
        bookmarks = sum(len(page.bookmarks) for record in self.records for page in record.pages)
        shared_images = add_shared_images(self.records, self.add_stream)
        first, key = reserve_numbers(len(self.pdf.objects) + bookmarks + 2), 0
        font_resources = self.pdf.objects[self.shared["fonts"]].data.decode("latin-1")
        shared_inputs = f"{self.shared} {font_resources} {shared_images}"
        cache_keys: list[tuple[str, ...]] = []
        written: dict[int, bytes] = {}
        jobs: list[BundleJob] = []
        for number, (record, heads) in enumerate(zip(self.records, self.running_heads, strict=True)):
            other_texts = self.other_texts(record, heads)
            cache_keys.append((record.digest, heads.digest, f"{first} {key}", shared_inputs, repr(other_texts)))
            cached = cache.get("bundle", cache_keys[-1])
            if cached is not None:
                written[number] = cached
            elif other_texts:  # needs copies of the fonts of the file, which are in this process
                bundle = bundle_objects(
                    record, heads, first, key, self.shared, other_texts, shared_images, self.pdf.objects
                )
                written[number] = bundle.to_bytes()
                cache.put("bundle", cache_keys[-1], written[number])
            else:
                jobs.append(BundleJob(number, record.data, heads, first, key, self.shared, shared_images))
            first += reserve_numbers(count_numbers(record, heads, other_texts, shared_images))
            key += reserve_keys(count_keys(record))
        with ThreadPoolExecutor(1) as thread:
            running = thread.submit(run_jobs, jobs) if jobs and run_jobs else None
            self.serialize_fonts()
            bundles = {number: ObjectBundle.from_bytes(data) for number, data in written.items()}
            new = running.result() if running else {job.number: job.run() for job in jobs}
        for number, data in new.items():
            cache.put("bundle", cache_keys[number], data)
            bundles[number] = ObjectBundle.from_bytes(data)
        return [bundle for _, bundle in sorted(bundles.items())]

    def serialize_fonts(self) -> None:
        """Serialize the streams of the fonts while workers renumber sections: pydyf remembers the bytes."""
        for item in self.pdf.objects:
            if isinstance(item, pydyf.Stream) and item.extra.get("Type") != "/Metadata":  # which is completed at last
                item.data  # noqa: B018

    def add_stream(self, head: bytes, stream: bytes) -> int:
        """Add a stream and return its number."""
        added = RawStream(head, stream)
        self.pdf.add_object(added)
        return int(added.number)

    def other_texts(self, record: SectionRecord, running_heads: RunningHeadSet) -> dict[int, Glyphs]:
        """Return, by page, the fonts whose glyphs stand for other texts there than in the rest of the book."""
        found: dict[int, Glyphs] = {}
        glyph_sets = (*record.glyph_sets, *running_heads.glyph_sets)
        if not record.ambiguous and all(map(self.has_same_texts, glyph_sets)):
            return found
        for number, (page, head) in enumerate(zip(record.pages, running_heads.pages, strict=True)):
            used, _ = merge_glyphs((page.glyphs, head.glyphs))  # the copy of a font needs all glyphs of the page
            other = {name: texts for name, texts in used.items() if not self.has_same_texts({name: texts})}
            if other:
                found[number] = other
        return found

    def has_same_texts(self, glyphs: Glyphs) -> bool:
        """Whether the fonts of the file have the same texts for these glyphs."""
        return all(texts.items() <= self.glyph_texts[name].items() for name, texts in glyphs.items())

    def add_pages(self, bundles: Sequence[ObjectBundle]) -> None:
        """Add the sections to the page tree, the structure tree and the outline."""
        leaves = pydyf.Array()
        for bundle in bundles:
            for page_number in bundle.pages:
                self.pdf.pages["Kids"].extend([page_number, 0, "R"])
            self.pdf.pages["Count"] += len(bundle.pages)
            self.structure["K"].append(bundle.kids)
            leaves.append(f"{bundle.parents} 0 R")
        self.parent_tree["Kids"] = leaves
        pages = [
            SimpleNamespace(
                bookmarks=[(*about, (x + page.shift / SCALE, y), state) for *about, (x, y), state in page.bookmarks],
                height=page.height,
            )
            for record in self.records
            for page in record.pages
        ]
        add_outlines(self.pdf, Document.make_bookmark_tree(SimpleNamespace(pages=pages), SCALE, transform_pages=True))

    def add_destinations(self, bundles: Sequence[ObjectBundle]) -> None:
        """Add the named destinations. Raises NotSplittableError for a link without a destination."""
        destinations: dict[str, bytes] = {}
        for bundle in bundles:
            for name, place in bundle.destinations:
                destinations.setdefault(name, place)
        targets = {target for record in self.records for page in record.pages for target in page.link_targets}
        if missing := targets - destinations.keys():
            raise NotSplittableError(f"a link has no target: {min(missing)}")
        pairs = pydyf.Array()
        for name in sorted(destinations):
            pairs += [pydyf.String(name), destinations[name]]
        if pairs:
            self.pdf.catalog["Names"] = pydyf.Dictionary({"Dests": pydyf.Dictionary({"Names": pairs})})
