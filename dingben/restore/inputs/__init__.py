"""Input formats: which raw texts an ingest can read, and their lines.

In: a decoded `RawText`. Out: its lines. ``base`` is the contract, ``registry`` finds the format of a text.
"""
