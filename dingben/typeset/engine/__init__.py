"""How WeasyPrint is loaded, called and patched; caches of its style computation."""
