"""The command behind `make build:<name>`: loads one Bento's model, as serving does; serves nothing.

python -m bentos.check bentos.nllb:NLLBService
"""

import asyncio
import importlib
import sys
from collections.abc import Sequence

from bentos.base import TranslationServiceBase
from bentos.lifecycle import Status
from models.base.exceptions import InitializationError


async def check(service: TranslationServiceBase) -> str:
    """What was loaded and translated with, in a line.

    Raises:
        InitializationError: it does not load, or does not translate.
    """
    service.lifecycle.start()
    await service.lifecycle.loaded()
    try:
        if service.lifecycle.status is not Status.OK:
            raise InitializationError(service.lifecycle.reason or "It does not load.")
        info, details = service.model.get_model_info(), service.model.get_model_details()
        kind = "demo, " if details.demo else ""
        return f"{info.name} {info.version}: {kind}{len(info.supported_languages)} languages"
    finally:
        await service.lifecycle.stop()


def load(path: str) -> TranslationServiceBase:
    """The service of a bentofile's `service:` line, as a plain object."""
    module, _, name = path.partition(":")
    service: TranslationServiceBase = getattr(importlib.import_module(module), name).inner()
    return service


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where it passes, 1 with the reason on stderr where not."""
    [path] = sys.argv[1:] if arguments is None else arguments
    try:
        sys.stdout.write(f"{asyncio.run(check(load(path)))}\n")
    except InitializationError as error:
        sys.stderr.write(f"error: {error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
