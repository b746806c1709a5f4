"""A book in independent sections: split, schedule on worker processes, lay out."""
