"""Paragraph setting: collect, shape, break, justify and draw lines (CLREQ, GB/T 15834)."""
