"""The formats ``bag`` (a folder) and ``archive`` (the same as a ZIP file)."""

from __future__ import annotations

from dingben.formats.base import Context, Files, OutputFormat


def build_bag(context: Context) -> Files:
    """Build the archive as a folder, with the formats that it requires."""
    from dingben.book.dates import edition_date, epoch, modified, slug_of
    from dingben.formats.archive.writer import Deposit, make_archive

    book = context.book
    editions = {name: context.output_files(name) for name in BAG.requires}
    former = BAG.output_path(book).parent
    return make_archive(Deposit(book, slug_of(book), editions, former, edition_date(), epoch(), modified(book)))


def build_zip(context: Context) -> bytes:
    """Build the archive as one file."""
    from dingben.book.dates import modified
    from dingben.formats.archive.container import make_zip

    top = context.output_path("bag").parent.name
    files = {name.removeprefix(f"{top}/"): data for name, data in context.output_files("bag").items()}
    return make_zip(files, top, modified(context.book))


BAG = OutputFormat(
    "bag",
    "{slug}-archive/tagmanifest-sha512.txt",  # whose digest stands for every other file of the bag
    build_bag,
    requires=("pdf", "epub", "html", "txt", "tei", "web"),
)
ARCHIVE = OutputFormat("archive", "{slug}-archive.zip", build_zip, requires=("bag",))
