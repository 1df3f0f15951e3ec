"""haproxy in front of one server: the least that going through something can cost."""

import shutil
from pathlib import Path

from typing_extensions import override

from load_tests.server import ServerProcess

_CONFIGURATION = """\
global
    maxconn 4096
defaults
    mode http
    option http-keep-alive
    timeout connect 5s
    timeout client 600s
    timeout server 600s
frontend here
    bind 127.0.0.1:{port}
    default_backend there
backend there
    server only {address}
"""


def program() -> str | None:
    """Where it is installed, if it is."""
    return shutil.which("haproxy")


class Haproxy(ServerProcess):
    """Passes everything on to `url`, with its defaults wherever it has some."""

    def __init__(self, program: str, url: str, folder: Path) -> None:
        super().__init__(log=folder / "haproxy.log")
        self._program = program
        self._file = folder / "haproxy.cfg"
        address = url.removeprefix("http://")
        self._file.write_text(_CONFIGURATION.format(port=self.port, address=address))

    @property
    @override
    def command(self) -> list[str]:
        return [self._program, "-db", "-f", str(self._file)]

    @property
    @override
    def probe(self) -> str:
        return "/readyz"
