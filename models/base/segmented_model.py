"""What models that translate segment by segment have in common around their engines.

Nothing of how a text is cut or computed: that is the model's.
"""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Generic, ParamSpec, Protocol, TypeVar

from typing_extensions import override

from models.base.exceptions import ModelNotReadyError, UnsupportedLanguageError
from models.base.manifest import Manifest
from models.base.order import Order, demo_lacks
from models.base.serving import Pace, RunningTexts
from models.base.translation_model import (
    SegmentTranslation,
    TranslationModel,
    TranslationOptions,
)

# A shorter text is cut on the event loop: that takes less than handing it to a thread.
_CUT_INLINE_CHARS = 2000
_NO_OPTIONS = TranslationOptions()

Asked = TypeVar("Asked", bound=Order)
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class LoadedWeights(Protocol):
    """What loading left behind."""

    @property
    def weights(self) -> Manifest: ...


Loaded = TypeVar("Loaded", bound=LoadedWeights)


class SegmentedModel(TranslationModel, Generic[Asked, Loaded]):
    """A model that sets `_loaded` when it is, and then gives the segments of any order.

    `make_order` builds what a caller asked for, `pull` is the command that gets the full weights,
    and `languages` are those that they speak.
    """

    def __init__(
        self,
        make_order: Callable[[str, str, str, TranslationOptions], Asked],
        pull: str,
        languages: Sequence[str],
        drain_s: float,
    ) -> None:
        self._make_order = make_order
        self._pull, self._languages, self._drain_s = pull, languages, drain_s
        self._loaded: Loaded | None = None
        self._closing = False
        self._texts = RunningTexts()
        self._pace = Pace()

    @abstractmethod
    def _segments(self, loaded: Loaded, order: Asked) -> AsyncGenerator[SegmentTranslation, None]:
        """The segments of an order that was checked, in place."""

    @abstractmethod
    async def _free(self, loaded: Loaded | None) -> None:
        """Ends what still runs and frees what was loaded; None: nothing was, or all is freed."""

    @override
    async def translate(self, text: str, source_lang: str, target_lang: str) -> str:
        return (await self.translate_in_detail(text, source_lang, target_lang)).text

    @override
    async def stream(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions = _NO_OPTIONS,
    ) -> AsyncGenerator[SegmentTranslation, None]:
        loaded = self._ready()
        order = self._make_order(text, source_lang, target_lang, options)
        order.check(self)
        with self._texts.one():
            async with aclosing(self._segments(loaded, order)) as segments:
                async for segment in segments:
                    yield segment

    async def _cut(
        self,
        cut: Callable[Parameters, Result],
        text: str,
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """Runs what cuts `text`, off the event loop where that takes long."""
        if len(text) <= _CUT_INLINE_CHARS:
            return cut(*args, **kwargs)
        return await asyncio.to_thread(cut, *args, **kwargs)

    def _ready(self) -> Loaded:
        if self._closing:
            raise ModelNotReadyError("The model is shutting down.")
        if self._loaded is None:
            raise ModelNotReadyError("The model is not loaded yet.")
        return self._loaded

    @override
    async def health_check(self) -> bool:
        return self._loaded is not None and not self._closing

    @override
    def get_manifest(self) -> Manifest | None:
        return self._loaded.weights if self._loaded else None

    @override
    def unsupported_language(self, language: str) -> UnsupportedLanguageError:
        weights = self._loaded.weights if self._loaded else None
        if weights is None or not weights.demo or language not in self._languages:
            return super().unsupported_language(language)
        return demo_lacks(language, weights.languages, self._pull)

    @override
    async def cleanup(self) -> None:
        self._closing = True
        await self._texts.drain(self._drain_s)
        loaded, self._loaded = self._loaded, None
        await self._free(loaded)
