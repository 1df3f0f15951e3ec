"""A stand-in for the predecessor's server as a process of its own; translates nothing."""

import sys
from pathlib import Path

from aiohttp import web
from typing_extensions import override

from load_tests.server import ServerProcess
from tests.bentos.gateway.switched import answer


class OldServer(ServerProcess):
    """Knows one key, `KEY` of the module that answers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(log=folder / "old.log")

    @property
    @override
    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.e2e.old_server", str(self.port)]

    @property
    @override
    def probe(self) -> str:
        return "/health"


if __name__ == "__main__":
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]))
