"""The text of a book as pandoc reads it.

In: chapters in Markdown. Out: a `Fragment` for each division: blocks of pandoc's AST, headings, notes, pictures, all
checked. It knows no output format and does no layout.
"""
