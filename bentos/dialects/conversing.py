"""A text written by whichever model is named, as chat APIs ask for it; says nothing in any."""

import time
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request

from bentos.backing import Backing
from bentos.chat import AUTO, Writing, gathered, whole
from bentos.contract import Call
from bentos.dialects.wishes import TranslationWishes
from bentos.glossaries.resolving import with_glossary
from bentos.glossaries.viewing import viewer_of
from common.languages import find
from models.base.chat_model import ChatChunk, ChatRequest
from models.base.exceptions import LinguaNexusError
from models.base.request_models import TranslationRequest

Work = ChatRequest | TranslationRequest

_PAIR: Final = 2
STARTED: Final = int(time.time())
"""When this process began: what there is of a model's date."""


def backing_of(request: Request) -> Backing:
    """What stands behind this request's dialect."""
    backing: Backing = request.app.state.backing
    return backing


def call_of(request: Request, model: str) -> Call:
    """Who asks, and which model."""
    backing = backing_of(request)
    automatic = model == AUTO and all(one.name != AUTO for one in backing.models.states())
    return backing.call_of(request, None if automatic else model)


def spelled_out(backing: Backing, written: str) -> tuple[str, dict[str, str]]:
    """A model's name, and the languages that stand behind it, for clients that send nothing else.

    `nllb:fr` is `nllb` into French, `nllb:en:fr` from English.
    """
    name, *codes = written.split(":")
    is_name = any(state.name == written for state in backing.models.states())
    if is_name or not 0 < len(codes) <= _PAIR or not all(map(find, codes)):
        return written, {}
    *source, target = codes
    return name, {"target_lang": target} | ({"source_lang": source[0]} if source else {})


async def wished(
    request: Request, wishes: TranslationWishes, text: str
) -> TranslationRequest | None:
    """The text as it is to be translated, with the terms of a stored glossary; None: it is not.

    Raises:
        LinguaNexusError: It cannot be, or there is no such glossary.
    """
    asked = wishes.translation(text)
    if asked is None or wishes.glossary_id is None:
        return asked
    backing = backing_of(request)
    viewer = viewer_of(request, backing)
    return await with_glossary(backing.glossaries, viewer, wishes.glossary_id, asked)


async def opened(backing: Backing, work: Work, call: Call) -> Writing:
    """The text, once it has begun."""
    if isinstance(work, TranslationRequest):
        return await backing.chats.translate(work, call)
    return await backing.chats.chat(work, call)


async def written(backing: Backing, work: Work, call: Call) -> tuple[str, ChatChunk]:
    """The model that wrote, and the whole text."""
    if isinstance(work, TranslationRequest):
        answer = await backing.models.translate(work, call)
        return answer.model, whole(answer.response)
    return await gathered(backing.chats.chat(work, call), backing.settings.timeout_s)


async def all_written(
    backing: Backing, works: Sequence[Work], call: Call
) -> tuple[str, list[ChatChunk]]:
    """As `written`, for several that are one request: where one fails, all do."""
    model, done = "", []
    translations = [work for work in works if isinstance(work, TranslationRequest)]
    if len(translations) == len(works) > 1:
        for answer in await backing.models.translate_batch(translations, call):
            if isinstance(answer, LinguaNexusError):
                raise answer
            model = answer.model
            done.append(whole(answer.response))
        return model, done
    for work in works:
        model, chunk = await written(backing, work, call)
        done.append(chunk)
    return model, done
