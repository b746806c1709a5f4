"""The e-book: EPUB 3 written by pandoc and completed, and AZW3 made from it.

In: a book and its parsed divisions. Out: one ``.epub``. It knows nothing of print.
"""
