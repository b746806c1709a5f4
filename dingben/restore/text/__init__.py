"""Lines that mean something: verse, speeches, entries and blocks, found by the shape of the whole text."""
