"""NLLB as a Bento; what it does is in `bentos.base` and `models.nllb`."""

import bentoml
from typing_extensions import override

from bentos import store
from bentos.base import TranslationServiceBase, publish
from bentos.config import CONFIG
from models.nllb import NLLBModel


@bentoml.service(name="nllb", **CONFIG)
class NLLBService(TranslationServiceBase):
    """Translates between the 202 languages of NLLB-200."""

    @override
    def create_model(self) -> NLLBModel:
        return NLLBModel(weights=store.serving("nllb"))


publish(NLLBService)
