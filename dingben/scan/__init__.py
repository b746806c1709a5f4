"""Page layout files: from what an OCR engine wrote of a page to pages, regions, lines and characters with boxes.

In: files of ALTO, PAGE, hOCR, ABBYY XML, and PDF with a text layer, told by their content. Out: the pages in
reading order; its raw text, one line of text for each printed line and a form feed for each page; and the map from that
text back to the boxes on the page (`source/facsimile.jsonl`). It knows nothing of cleaning: whether a region is a
running head is what the file says, not what the text is like.
"""
