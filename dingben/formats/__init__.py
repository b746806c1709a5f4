"""The output formats: one module or package for each edition.

In: a book that has been read, and its parsed divisions. Out: the bytes of a file, or of the files of a folder. Formats
do not know each other, nor how a book was restored; what several share stands in the modules at this level.
"""
