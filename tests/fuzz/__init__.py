"""Fuzzing: random inputs of each kind, run through the command line (``make fuzz``)."""
