"""Read the metadata of a book from its title pages, CIP data and imprint."""
