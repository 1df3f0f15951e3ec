"""How a conversation becomes a prompt: by the chat template of the weights, or Command-R's own.

A template never sees what was said: it places marks, and what stands between them is ours.
"""

import logging
import re
import secrets
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from models.aya.prompt import BEGIN, CHATBOT, END_OF_TURN, SYSTEM, TURN, USER, Part, Piece
from models.base.chat_model import ChatMessage, InvalidChatError, Role

if TYPE_CHECKING:
    from jinja2 import Template

logger = logging.getLogger(__name__)

_TURNS = {Role.SYSTEM: SYSTEM, Role.USER: USER, Role.ASSISTANT: CHATBOT}
_MOST_CHARACTERS = 65_536


class ChatTemplate:
    """`source` is what the weights say; None: they say nothing. Compiled when first asked for."""

    def __init__(self, source: str | None) -> None:
        self._source = source

    def render(self, messages: Sequence[ChatMessage]) -> Part:
        """The conversation, and the turn that the model is to fill.

        Raises:
            InvalidChatError: The template refuses it, and says why.
        """
        if self._template is None:
            return known(messages)
        return self._rendered(self._template, messages) or known(messages)

    @cached_property
    def _template(self) -> "Template | None":
        if self._source is None or len(self._source) > _MOST_CHARACTERS:
            return None
        # Takes 0.15 s to import, and only those who chat need it.
        from jinja2 import TemplateError  # noqa: PLC0415
        from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

        sandbox = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        try:
            return sandbox.from_string(self._source)
        except TemplateError as error:
            logger.warning("The weights' chat template cannot be read: %s", error)
            return None

    def _rendered(self, template: "Template", messages: Sequence[ChatMessage]) -> Part | None:
        """None: it does not say everything that was said, each once and in order."""
        nonce = secrets.token_hex(8)
        marks = [f"[{nonce}:{place}]" for place in range(len(messages))]
        turns = [
            {"role": str(one.role), "content": mark}
            for one, mark in zip(messages, marks, strict=True)
        ]
        try:
            written = template.render(
                messages=turns,
                add_generation_prompt=True,
                bos_token=BEGIN,
                eos_token=END_OF_TURN,
                raise_exception=_refuse,
            )
        except InvalidChatError:
            raise
        except Exception as error:  # noqa: BLE001 - code that came with the weights raises anything
            logger.warning("The weights' chat template fails: %s", error)
            return None
        pieces = re.split(rf"\[{nonce}:(\d+)\]", written)
        if pieces[1::2] != [str(place) for place in range(len(messages))]:
            return None
        return tuple(_pieces(pieces[::2], messages))


def known(messages: Sequence[ChatMessage]) -> Part:
    """The conversation as Command-R's template writes it."""
    opened = [f"{END_OF_TURN}{TURN}{_TURNS[one.role]}" for one in messages]
    opened[0] = BEGIN + opened[0].removeprefix(END_OF_TURN)
    ours = [*opened, f"{END_OF_TURN}{TURN}{CHATBOT}"]
    return tuple(_pieces(ours, messages))


def _pieces(ours: Sequence[str], messages: Sequence[ChatMessage]) -> Iterator[Piece]:
    """What is ours before each message and after the last. Templates trim what is said."""
    for before, message in zip(ours, messages, strict=False):
        yield Piece(before, special=True)
        yield Piece(message.content.strip())
    yield Piece(ours[-1], special=True)


def _refuse(message: object) -> NoReturn:
    raise InvalidChatError(f"The model's chat template says: {str(message)[:200]}")
