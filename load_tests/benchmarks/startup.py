"""How long a service takes to become ready, beside a BentoML service that does nothing."""

import tempfile
from pathlib import Path

from load_tests.server import Server

_TRIVIAL = """
import bentoml


@bentoml.service
class Trivial:
    @bentoml.api
    def echo(self, text: str) -> str:
        return text
"""


def trivial(folder: Path) -> Server:
    """The service to compare with; writes its module into `folder`."""
    (folder / "trivial.py").write_text(_TRIVIAL)
    return Server("trivial:Trivial", log=folder / "log", home=folder / "home", cwd=folder)


def differences_s(service: str, rounds: int) -> list[float]:
    """Seconds the service took longer than the trivial one, a pair a round."""
    found = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            pair = [Server(service, log=folder / "log", home=folder / "ours"), trivial(folder)]
            for server in pair if number % 2 else reversed(pair):
                with server:
                    pass
            found.append(pair[0].ready_after_s - pair[1].ready_after_s)
    return found
