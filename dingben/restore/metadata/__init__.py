"""Metadata of a book from its front leaves: title page, CIP block, imprint."""
