"""Checks from outside: validators, the audit and rebuild of an archive, and what is installed.

In: finished outputs (EPUB, PDF, TEI, bags) or the machine. Out: reports and diagnostics. It reads what the builder
wrote and never changes it.
"""
