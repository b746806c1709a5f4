"""From laid-out pages to PDF objects, and from sections to one file."""
