"""HTML and CSS to PDF through WeasyPrint: the only package that imports it.

In: a page of HTML, style sheets, options. Out: PDF objects, page records and warnings (`TypesetResult`). It sets
paragraphs itself (CLREQ), lays a book out in sections by several processes, and reuses what has not changed. It must
not know books, formats or templates.
"""
