"""Pagination: the page loop, page state, and reuse of pages after an edit."""
