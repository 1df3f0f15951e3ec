"""Models as an operator sees them, for the command line and over HTTP."""
