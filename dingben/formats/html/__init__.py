"""HTML for browsers: the website and the single file.

In: a book and its parsed divisions as HTML. Out: pages, style sheets, pictures. No script is needed to read them.
"""
