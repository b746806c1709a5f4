"""Structural corrections: codes of what the stages change, which needs more of the book than one paragraph."""

from dataclasses import dataclass

from dingben.rules.rule import Confidence


@dataclass(frozen=True, slots=True)
class Act:
    """A structural correction, recorded in the ledger under a code like a rule."""

    code: str
    name: str
    confidence: Confidence
    explanation: str

    @property
    def summary(self) -> str:
        """The first sentence of the explanation."""
        return self.explanation.split("\n\n")[0].replace("\n", " ")


ACTS = (
    Act("H501", "heading-form", Confidence.CERTAIN, "Set a heading in its standard form: number, one space, title."),
    Act(
        "H502",
        "heading-by-contents",
        Confidence.PROBABLE,
        "Correct a heading by the printed contents.\n\n"
        "Title, neighbouring headings and page must agree; the evidence is in the ledger.",
    ),
    Act("N601", "note-call", Confidence.CERTAIN, "Convert the sign of a note to a call that refers to it."),
    Act("L403", "word-over-lines", Confidence.PROBABLE, "Join a word that was divided at the end of a line."),
    Act("line-end", "line-end", Confidence.CERTAIN, "Remove the end of a printed line within a paragraph."),
    Act(
        "emendation", "emendation", Confidence.CERTAIN, "Apply a reading of an editor from ``source/emendations.toml``."
    ),
)
