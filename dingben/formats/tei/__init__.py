"""The scholarly text: TEI P5, with emendations and gaps.

In: a book, its parsed divisions and its ledger. Out: one XML document.
"""
