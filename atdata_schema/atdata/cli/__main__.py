"""`python -m atdata.cli`: the `atdata` command where its script is not on the path."""

from __future__ import annotations

import sys

from atdata.cli import main

sys.exit(main())
