"""Files for the press: block (PDF/X-4), cover sheet, booklet, and the preflight report.

In: the finished screen PDF. Out: PDFs in the inks of a printing condition, with boxes and printer's marks. Nothing is
laid out again here except the cover sheet.
"""
