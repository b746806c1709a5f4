"""Speed and memory of dingben, measured as whole processes."""
