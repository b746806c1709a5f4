"""Speed, memory and typographic quality of dingben, side by side with its peers."""
