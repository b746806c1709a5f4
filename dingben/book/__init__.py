"""The border between restoring and publishing: ``source/`` as data.

In: the files of ``source/``. Out: frozen records (`Book`, `Division`, emendations, ledger). It knows neither how they
came about nor what is made of them.
"""
