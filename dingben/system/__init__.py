"""Files, processes, caches and fonts of the machine; nothing about books."""
