"""The build graph: which outputs are out of date, why, and in which order they are made.

In: a folder with ``source/``. Out: files below ``build/``. It knows the output formats only by their contract
(``formats.base``) and nothing of the bytes they write.
"""
