"""From raw OCR text to ``source/``, with nothing lost.

In: raw text files and a person's emendations. Out: chapters, ``book.toml``, contents, a ledger that accounts for every
raw character, and doubts. It must not know how a book is published.
"""
