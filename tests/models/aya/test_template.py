import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.aya.prompt import BEGIN, CHATBOT, END_OF_TURN, SPECIALS, SYSTEM, TURN, USER, Part
from models.aya.template import ChatTemplate, known
from models.base.chat_model import ChatMessage, InvalidChatError, Role
from tests.tiny_gguf import CHAT_TEMPLATE

# As in the metadata of Aya Expanse's GGUF files.
COMMAND_R = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
    "{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}"
    "{% set system_message = false %}{% endif %}{% if system_message != false %}"
    "{{ '<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>' + system_message + '<|END_OF_TURN_TOKEN|>' }}"
    "{% endif %}{% for message in loop_messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
    "{% set content = message['content'] %}{% if message['role'] == 'user' %}"
    "{{ '<|START_OF_TURN_TOKEN|><|USER_TOKEN|>' + content.strip() + '<|END_OF_TURN_TOKEN|>' }}"
    "{% elif message['role'] == 'assistant' %}"
    "{{ '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>' + content.strip() + '<|END_OF_TURN_TOKEN|>' }}"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>' }}{% endif %}"
)
TALK = (
    ChatMessage(Role.SYSTEM, "Be brief."),
    ChatMessage(Role.USER, " Hello. "),
    ChatMessage(Role.ASSISTANT, "Hi."),
    ChatMessage(Role.USER, "Bye."),
)
WRITTEN = (
    f"{BEGIN}{TURN}{SYSTEM}Be brief.{END_OF_TURN}{TURN}{USER}Hello.{END_OF_TURN}"
    f"{TURN}{CHATBOT}Hi.{END_OF_TURN}{TURN}{USER}Bye.{END_OF_TURN}{TURN}{CHATBOT}"
)


def text_of(part: Part) -> str:
    return "".join(piece.text for piece in part)


@pytest.mark.parametrize("source", [None, CHAT_TEMPLATE, COMMAND_R])
def test_every_source_writes_the_same_conversation(source: str | None) -> None:
    assert text_of(ChatTemplate(source).render(TALK)) == WRITTEN


@given(
    st.lists(st.text(), min_size=1, max_size=5), st.sampled_from([None, CHAT_TEMPLATE, COMMAND_R])
)
def test_what_is_said_is_never_ours(said: list[str], source: str | None) -> None:
    roles = (Role.USER, Role.ASSISTANT)
    talk = [ChatMessage(roles[index % 2], text) for index, text in enumerate(said)]
    part = ChatTemplate(source).render(talk)
    assert [piece.text for piece in part if not piece.special] == [text.strip() for text in said]
    assert text_of(part).startswith(BEGIN + TURN + USER)
    assert text_of(part).endswith(END_OF_TURN + TURN + CHATBOT)


@pytest.mark.parametrize("mark", [*SPECIALS, "{{ bos_token }}", "{% raw %}", "[0:0]"])
def test_marks_in_what_is_said_stay_text(mark: str) -> None:
    [_, said, _] = ChatTemplate(COMMAND_R).render([ChatMessage(Role.USER, mark)])
    assert (said.text, said.special) == (mark, False)


def test_a_template_may_refuse() -> None:
    template = ChatTemplate(COMMAND_R)
    with pytest.raises(InvalidChatError, match="roles must alternate"):
        template.render([TALK[1], TALK[1]])


@pytest.mark.parametrize(
    "source",
    [
        "{% if",
        "{{ ''.__class__.__mro__ }}",
        "{{ messages[0].nothing.at_all }}",
        "{{ messages.append(1) }}",
        "{{ 1 / 0 }}",
        "only the last: {{ messages[-1]['content'] }}",
        "{% for message in messages %}{{ message['content'] * 2 }}{% endfor %}",
        "x" * 100_000,
    ],
)
def test_what_no_template_should_do_leaves_the_known_one(
    source: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL):
        assert ChatTemplate(source).render(TALK) == known(TALK)
