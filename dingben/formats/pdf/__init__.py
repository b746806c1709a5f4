"""The screen PDF: tagged, PDF/A-2a and PDF/UA-1.

In: a book and its parsed divisions. Out: one PDF, and the text read back out of it. Layout itself is the work of
``typeset``; this package writes the HTML for print, completes the file and proves its text.
"""
