"""Aya as a Bento; what it does is in `bentos.base` and `models.aya`."""

import bentoml
from typing_extensions import override

from bentos import store
from bentos.base import TranslationServiceBase, publish
from bentos.config import CONFIG
from models.aya import AyaModel


@bentoml.service(name="aya", **CONFIG)
class AyaService(TranslationServiceBase):
    """Translates between the 23 languages of Aya Expanse."""

    @override
    def create_model(self) -> AyaModel:
        return AyaModel(weights=store.serving("aya"))


publish(AyaService)
