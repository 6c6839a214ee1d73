"""`python -m atdata_codegen` is `atdata-gen`."""

import sys

from atdata_codegen.cli import main

if __name__ == "__main__":
    sys.exit(main())
