"""The command line.

In: the arguments of a shell. Out: results on stdout, progress and diagnostics on stderr, an exit code. It parses,
calls one public function of another package, and prints; it knows nothing of how a book is restored or laid out.
No other package prints or imports it.
"""
