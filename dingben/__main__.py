"""``python -m dingben``."""

import sys

try:
    from dingben.cli import main

    sys.exit(main())
except KeyboardInterrupt:  # before the command line could see to it
    sys.exit(130)
