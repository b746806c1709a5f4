"""Speed, memory and typographic quality of dingben, beside other programs."""
