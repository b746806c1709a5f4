"""The draft of a book: everything the stages of an ingest find, before it is written to disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dingben.book.emendations import Emendation
from dingben.book.ledger import Doubt, Ledger
from dingben.book.raw_text import RawText
from dingben.diagnostics import Diagnostic, Severity
from dingben.language.script import joins_with_spaces
from dingben.restore.account import AccountItem
from dingben.restore.contents import Contents, Entry
from dingben.restore.footnotes import Notes
from dingben.restore.headings import Heading
from dingben.restore.inline_marks import InlineMarks
from dingben.restore.lines import Line
from dingben.restore.metadata.fields import MetadataFields
from dingben.restore.paragraphs import Block, Measure
from dingben.restore.source_writer import Chapter
from dingben.rules.rule import Script, script_of
from dingben.scan.raw_lines import LineRecord


@dataclass(slots=True)
class Draft:
    """State of an ingest: each stage reads what the stages before it found, and adds its own."""

    raw: RawText
    emendations: list[Emendation] = field(default_factory=list)
    language: str = ""
    """BCP 47 tag: ``zh-Hans``, ``zh-Hant``, ``en``, ``ja`` …"""
    raw_lines: list[Line] = field(default_factory=list)
    """All lines of the raw text that are not blank."""
    markup: list[tuple[int, int, str]] = field(default_factory=list)
    """(start, end, rule): markup of the input format."""
    marks: InlineMarks = field(default_factory=InlineMarks)
    """Markup inside the lines."""
    pictures: Mapping[str, str] = field(default_factory=dict)
    """Target of a picture in the raw text -> its file in ``source/``."""
    layout: Sequence[LineRecord] = ()
    """Lines of the page layout files that the raw text was made of."""
    contents: Contents | None = None
    """The printed contents: which lines they take."""
    entries: list[Entry] = field(default_factory=list)
    """Entries of the printed contents, corrected by the headings."""
    metadata_lines: list[Line] = field(default_factory=list)
    """Lines of the title pages before the text and of the imprint after it."""
    metadata: MetadataFields = field(default_factory=MetadataFields)
    lines: list[Line] = field(default_factory=list)
    """Lines of the text in reading order, without contents and title pages."""
    measure: Measure | None = None
    headings: list[Heading] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    blocks: list[Block] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    contents_after: int | None = None
    """Number of front texts before the contents; None if the book has no printed contents."""
    ledger: Ledger = field(default_factory=Ledger)
    counts: dict[str, int] = field(default_factory=dict)
    account: tuple[AccountItem, ...] = ()
    """What became of the characters of the raw text, in sums."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    """The same for the ledger, by their raw offsets."""

    @property
    def english(self) -> bool:
        """Whether the text is set like English: its lines are joined with spaces."""
        return joins_with_spaces(self.language)

    @property
    def script(self) -> Script:
        """Whose rules of punctuation hold for the text."""
        return script_of(self.language)

    def report(self, offset: int, code: str, message: str, hint: str, severity: Severity = "warning") -> None:
        """Add a diagnostic about the character at ``offset`` of the raw text."""
        self.diagnostics.append(Diagnostic(message, hint, self.raw.place(offset), code, severity))
        self.doubts.append(Doubt(offset, code, severity, message, hint))
