"""dingben: from the raw text of a scanned book to a clean edition.

The modules read in the order of the data's path: ``ocr`` to ``restore`` (raw text
to ``source/``), ``source`` (the border), then ``pandoc`` to ``web`` (``source/`` to
the outputs). ``docs/architecture.md`` tells the path in numbered steps.
"""

__version__ = "0.1.0"
