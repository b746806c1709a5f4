"""``python -m dingben``, and the command ``dingben``."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command line, and exit with its code."""
    try:
        from dingben.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # before the command line handles it
        sys.exit(130)


if __name__ == "__main__":
    run()
