"""The commands, one module each: ``run(options)`` runs the command and returns its exit code."""
