"""``dingben watch``: rebuild a book on every save and show it in a browser.

In: the folder of a book, and saves seen by polling. Out: pages served on loopback, outputs rebuilt on disk. It calls
the builder as the command line does; it must not know how any single output is made.
"""
