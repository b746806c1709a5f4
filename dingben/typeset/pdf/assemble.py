"""Assemble the sections of a book to one PDF: objects renumbered, fonts subset once, one outline, one structure tree.

WeasyPrint writes a document without pages, which has all that a file has but once; the
parts' objects follow. They are only renumbered, never read. Each part has a range of numbers
of its own, with some to spare, so that a part that is as it was can be put in as it was
written last time, though another one has grown. PDF 32000-1:2008, 7.3.10 (references),
7.9.7 (number trees), 14.7.4 (parent tree).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

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
from dingben.typeset.pdf.renumber import (
    BundleJob,
    ObjectTemplate,
    bundle,
    keys_in,
    numbers_in,
    pictures_in_several,
    room,
    spared,
)
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
"""Runs jobs that need nothing of each other in worker processes, and returns their results by number."""


def assemble(
    html: str,
    quires: Sequence[SectionRecord],
    margins: Sequence[RunningHeadSet],
    faces: FontRegistry,
    looks: LayoutOptions,
    finish: Callable[[int | None, Any], None],
    cache: Cache,
    run_jobs: RunJobs | None,
) -> TypesetResult:
    """Assemble one PDF of all sections. ``finish(page, pdf)`` completes it; ``page`` is where the body opens.

    ``html``: the page of the first section, whose head has the metadata. ``faces`` may have opened fonts before;
    ``cache`` may know fonts that were cut and sections that were renumbered; ``run_jobs`` has worker processes
    renumber the others, None if there are no workers.
    """
    writing = patches(looks.patch_kinds, writing=cache.get_or_create, serialization=None, font_files=None)
    with collect_warnings() as heard, writing:
        made: Sequence[SectionRecord | RunningHeadSet] = [*quires, *margins]
        for held in made:
            heard.messages += [message for message in held.messages if message not in heard.messages]
            heard.missing += [char for char in held.missing if char not in heard.missing]
        if heard.missing:
            return TypesetResult(b"", 0, heard.findings(looks.folder), tuple(heard.missing))
        binding = FileAssembler(html, quires, margins, faces, looks)
        bundles = binding.bundles(cache, run_jobs)
        binding.add_pages(bundles)
        binding.add_names(bundles)
        sides = [len(quire.sides) for quire in quires]
        opening = next(
            (sum(sides[:i]) + quire.opens_body for i, quire in enumerate(quires) if quire.opens_body is not None), None
        )
        finish(opening, binding.pdf)
        data, table = write_file(binding.pdf, bundles, OPTIONS["pdf_identifier"])
        meanings = {font.hash: font.to_unicode for font in binding.fonts.values()}
        sections = SectionTexts(
            tuple(
                SectionText(digest_of(held.content, quire.digest, margin.digest), sum(held.counts))
                for held, quire, margin in zip(bundles, quires, margins, strict=True)
            ),
            meanings,
            binding.shared["fonts"],
            table.opened,
        )
        return TypesetResult(data, sum(sides), heard.findings(looks.folder), made_of=sections)


class RawStream(pydyf.Object):  # type: ignore[misc]
    """A stream that is written down already."""

    compressible = False
    data = b""

    def __init__(self, head: bytes, stream: bytes) -> None:
        super().__init__()
        self.data = b"".join((head, b"\nstream\n", stream, b"\nendstream"))


class FileAssembler:
    """A PDF that parts are put into."""

    def __init__(
        self,
        html: str,
        quires: Sequence[SectionRecord],
        margins: Sequence[RunningHeadSet],
        faces: FontRegistry,
        looks: LayoutOptions,
    ) -> None:
        self.quires, self.margins = quires, margins
        fetcher = BookFetcher(looks.folder)
        head = html[: html.index("</head>")] if "</head>" in html else html[: html.index("<body")]
        source = weasyprint.HTML(string=f"{head}</head><body>", base_url=f"{BASE_URL}source/", url_fetcher=fetcher)
        document = Document([], DocumentMetadata(**get_html_metadata(source)), fetcher, faces.config, {}, "srgb")
        self.meanings, self.fonts = faces.of([*quires, *margins])
        document.fonts = self.fonts
        options = {
            **weasyprint.DEFAULT_OPTIONS, **OPTIONS, "pdf_version": "1.7", "output_intent": "srgb", "pdf_tags": True,
        }  # fmt: skip
        self.pdf = generate_pdf(document, None, 1, **options)
        root = self.pdf.objects[object_number(self.pdf.catalog["StructTreeRoot"])]
        self.top = self.pdf.objects[object_number(root["K"][0])]
        self.parents = self.pdf.objects[object_number(root["ParentTree"])]
        del self.parents["Nums"]
        resources = next(o for o in self.pdf.objects if isinstance(o, dict) and "ExtGState" in o)
        self.font_dictionary = self.pdf.objects[object_number(resources["Font"])]
        self.shared: dict[str, int] = {
            "pages": self.pdf.pages.number,
            "document": self.top.number,
            "fonts": self.font_dictionary.number,
            "colours": object_number(resources["ColorSpace"]),
            "profile": object_number(document.color_profiles["srgb"].pdf_reference),
        }

    # -- parts

    def bundles(self, cache: Cache, run_jobs: RunJobs | None) -> list[ObjectTemplate]:
        """All parts with their numbers in the book, from the cache where they are as they were."""
        bookmarks = sum(len(side.bookmarks) for quire in self.quires for side in quire.sides)
        pictures = pictures_in_several(self.quires, self.add_stream)
        first, key = room(len(self.pdf.objects) + bookmarks + 2), 0
        shared_by = f"{self.shared} {self.pdf.objects[self.shared['fonts']].data.decode('latin-1')} {pictures}"
        shapes: list[tuple[str, ...]] = []
        found: dict[int, bytes] = {}
        jobs: list[BundleJob] = []
        for number, (quire, margins) in enumerate(zip(self.quires, self.margins, strict=True)):
            others = self.other_meanings(quire, margins)
            shapes.append((quire.digest, margins.digest, f"{first} {key}", shared_by, repr(others)))
            held = cache.get("bundle", shapes[-1])
            if held is not None:
                found[number] = held
            elif others:  # with copies of the book's fonts, which are here
                own = bundle(quire, margins, first, key, self.shared, others, pictures, self.pdf.objects)
                found[number] = own.data()
                cache.put("bundle", shapes[-1], found[number])
            else:
                jobs.append(BundleJob(number, quire.raw, margins, first, key, self.shared, others, pictures))
            first += room(numbers_in(quire, margins, others, pictures))
            key += spared(keys_in(quire))
        with ThreadPoolExecutor(1) as thread:
            making = thread.submit(run_jobs, jobs) if jobs and run_jobs else None
            self.write_fonts()
            made = {number: ObjectTemplate.of(data) for number, data in found.items()}
            new = making.result() if making else {job.number: job.run() for job in jobs}
        for number, data in new.items():
            cache.put("bundle", shapes[number], data)
            made[number] = ObjectTemplate.of(data)
        return [bundled for _, bundled in sorted(made.items())]

    def write_fonts(self) -> None:
        """Write down the streams of the fonts: what is compressed here isn't waited for later."""
        for item in self.pdf.objects:
            if isinstance(item, pydyf.Stream) and item.extra.get("Type") != "/Metadata":  # which is completed at last
                item.data  # noqa: B018 -- it is remembered

    def add_stream(self, head: bytes, stream: bytes) -> int:
        """Put in a stream; its number is told."""
        made = RawStream(head, stream)
        self.pdf.add_object(made)
        return int(made.number)

    def other_meanings(self, quire: SectionRecord, margins: RunningHeadSet) -> dict[int, Glyphs]:
        """By side, the fonts whose glyphs stand for something else there than in the rest of the book."""
        found: dict[int, Glyphs] = {}
        if not quire.mixed and all(map(self.says, (*quire.all_glyphs, *margins.all_glyphs))):
            return found
        for number, (side, margin) in enumerate(zip(quire.sides, margins.margins, strict=True)):
            here, _ = merge_glyphs((side.glyphs, margin.glyphs))  # its own font has to say all that is on the page
            other = {name: used for name, used in here.items() if not used.items() <= self.meanings[name].items()}
            if other:
                found[number] = other
        return found

    def says(self, glyphs: Glyphs) -> bool:
        """Whether the book's fonts say the same of glyphs."""
        return all(used.items() <= self.meanings[name].items() for name, used in glyphs.items())

    def add_pages(self, bundles: Sequence[ObjectTemplate]) -> None:
        """Let the page tree, the structure tree and the outline lead to the parts."""
        limits = pydyf.Array()
        for made in bundles:
            for page in made.pages:
                self.pdf.pages["Kids"].extend([page, 0, "R"])
            self.pdf.pages["Count"] += len(made.pages)
            self.top["K"].append(made.kids)
            limits.append(f"{made.parents} 0 R")
        self.parents["Kids"] = limits
        pages = [
            SimpleNamespace(
                bookmarks=[(*about, (x + side.aside / SCALE, y), state) for *about, (x, y), state in side.bookmarks],
                height=side.height,
            )
            for quire in self.quires
            for side in quire.sides
        ]
        add_outlines(self.pdf, Document.make_bookmark_tree(SimpleNamespace(pages=pages), SCALE, transform_pages=True))

    def add_names(self, bundles: Sequence[ObjectTemplate]) -> None:
        """Where the names lead that links lead to. Raises WholeBookError where a link leads nowhere."""
        names: dict[str, bytes] = {}
        for made in bundles:
            for name, place in made.names:
                names.setdefault(name, place)
        lost = {target for quire in self.quires for side in quire.sides for target in side.links} - names.keys()
        if lost:
            raise NotSplittableError(f"nothing is called {min(lost)}")
        pairs = pydyf.Array()
        for name in sorted(names):
            pairs += [pydyf.String(name), names[name]]
        if pairs:
            self.pdf.catalog["Names"] = pydyf.Dictionary({"Dests": pydyf.Dictionary({"Names": pairs})})
