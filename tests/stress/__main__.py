"""Runs soak.py: ``python tests/stress``."""

import os
import sys

# The folder's modules are parts of the package ``stress``, not modules of their own.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from stress import soak  # noqa: E402

sys.exit(soak.main())
