"""Pages of the printed book: which lines are their running heads and folios, and where each page begins."""
