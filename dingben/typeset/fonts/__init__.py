"""Fonts: metrics, the registry of opened faces, and subsetting."""
