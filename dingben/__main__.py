"""``python -m dingben``, and the command ``dingben``."""

from __future__ import annotations

import atexit
import os
import sys


def run() -> None:
    """Run the command line, and end the process.

    A build leaves a million objects, and to take leave of each takes Python a tenth of a second. So once all is
    written, the process just ends.
    """
    try:
        from dingben.cli import main

        code = main()
    except KeyboardInterrupt:  # before the command line could see to it
        sys.exit(130)
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads, or the disk is full: Python says so when it ends
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    run()
