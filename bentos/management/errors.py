"""What can go wrong in managing models, by name; the statuses are in bentos.errors."""

from models.base.exceptions import LinguaNexusError


class UnknownModelError(LinguaNexusError):
    """No model of the catalogue, and no weights of the store, have this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no model {name!r} in the catalogue.", model=name)


class UnknownQuantizationError(LinguaNexusError):
    """The model is not offered in this quantization."""

    def __init__(self, model: str, name: str, offered: list[str]) -> None:
        message = f"{model} has no quantization {name!r}; there are {', '.join(offered)}."
        super().__init__(message, model=model, quantization=name, offered=list(offered))


class NotServableError(LinguaNexusError):
    """The catalogue knows the model, but no Bento serves it, or this one does not."""


class NotInstalledError(LinguaNexusError):
    """No weights of the model are in the store, or not the version named."""


class ModelInUseError(LinguaNexusError):
    """Weights that are chosen or loaded are not removed unless forced."""


class PullFailedError(LinguaNexusError):
    """The weights could not be had; the store is as it was."""


class InvalidBundleError(LinguaNexusError):
    """What is to be imported is no export of ours, or was changed."""


class StoreError(LinguaNexusError):
    """The model store, the catalogue's file or the state file cannot be read or written."""
