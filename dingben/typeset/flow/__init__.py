"""Block layout beyond WeasyPrint's: footnotes and tables that continue over pages."""
