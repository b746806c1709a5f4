"""``dingben check``: doubts about ``source/``, by rules and by checks over the whole book.

In: a book. Out: diagnostics. It changes nothing.
"""
