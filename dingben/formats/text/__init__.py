"""Plain text: UTF-8 without markup.

In: a book and its parsed divisions. Out: one text file, and the text read back out of it.
"""
