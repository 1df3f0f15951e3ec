"""The command line, `lingua-nexus`; every decision is the manager's."""

from bentos.cli.command import main

__all__ = ["main"]
