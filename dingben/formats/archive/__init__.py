"""The package to archive: a BagIt bag with sources, editions, records and the program.

In: a book and the outputs made before. Out: a folder or ZIP file that can be audited and rebuilt.
"""
