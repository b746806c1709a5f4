"""What the cleaning does beside the rules: acts that need more of the book than a run of text."""

from dataclasses import dataclass

from dingben.rules.rule import Confidence


@dataclass(frozen=True, slots=True)
class Act:
    """An act of the cleaning that is entered in the ledger under a code, like a rule."""

    code: str
    name: str
    confidence: Confidence
    explanation: str

    @property
    def summary(self) -> str:
        """The first sentence of the explanation."""
        return self.explanation.split("\n\n")[0].replace("\n", " ")


ACTS = (
    Act("H501", "heading-form", Confidence.CERTAIN, "A heading in its right form: label, one blank, title."),
    Act(
        "H502",
        "heading-by-contents",
        Confidence.PROBABLE,
        "A heading corrected on the evidence of the printed contents.\n\n"
        "Title, neighbours and page must agree; the evidence stands in the ledger.",
    ),
    Act("N601", "note-call", Confidence.CERTAIN, "A note's sign becomes a call; the note hangs on it."),
    Act("L403", "word-over-lines", Confidence.PROBABLE, "A word that was divided at a line's end."),
    Act("line-end", "line-end", Confidence.CERTAIN, "A printed line's end within a paragraph."),
    Act("emendation", "emendation", Confidence.CERTAIN, "A person's reading, from ``source/emendations.toml``."),
)
