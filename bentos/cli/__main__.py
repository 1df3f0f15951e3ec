"""`python -m bentos.cli`: the console script where it is not installed."""

import sys

from bentos.cli.command import main

if __name__ == "__main__":
    sys.exit(main())
