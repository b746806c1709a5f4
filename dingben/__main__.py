"""``python -m dingben``."""

import sys

from dingben.cli import main

sys.exit(main())
