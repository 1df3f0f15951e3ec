"""Services without weights for the tests beside them; one loads when its process gets SIGUSR1."""

import asyncio
import signal

import bentoml
from typing_extensions import override

from bentos.base import publish
from bentos.config import CONFIG
from tests.fakes import EchoModel, EchoService


@bentoml.service(name="echoing", **CONFIG)
class EchoingService(EchoService):
    """Ready at once."""


@bentoml.service(name="held", **CONFIG)
class HeldService(EchoService):
    """Loads no weights, and not before it is told to."""

    @override
    def create_model(self) -> EchoModel:
        model = super().create_model()
        model.gate.clear()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, model.gate.set)
        return model


publish(EchoingService)
publish(HeldService)
