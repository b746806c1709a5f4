"""Facts about languages, scripts and the book trade: pure functions without files.

Han characters and marks, heading labels, pinyin, sort keys, ISBN, trim sizes, the words that templates add.
"""
