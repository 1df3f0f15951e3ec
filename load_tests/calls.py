"""What the load test asks and what it expects to hear; nothing of who asks or how often."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

_SENTENCES = {
    "en": [
        "Where is the train station?",
        "I would like a cup of coffee, please.",
        "She has lived in this town for ten years.",
        "We will leave as soon as it stops raining.",
        "Nobody knew what had happened to the old bridge.",
        "Could you tell me how much this book costs?",
    ],
    "fr": [
        "Je ne sais pas où il habite.",
        "Le restaurant est fermé le lundi.",
        "Nous avons attendu le bus pendant une heure.",
        "Elle lit le journal tous les matins.",
    ],
    "de": [
        "Ich habe heute keine Zeit.",
        "Der Zug nach Berlin fährt um acht Uhr ab.",
        "Kannst du mir bitte das Salz geben?",
        "Wir haben gestern einen langen Spaziergang gemacht.",
    ],
    "es": [
        "Mi hermano trabaja en un hospital.",
        "No me gusta el frío.",
        "Mañana vamos a la playa con los niños.",
        "El libro que me prestaste es muy interesante.",
    ],
}
LANGUAGES = tuple(_SENTENCES)
_PARAGRAPHS = 4
_SENTENCES_A_PARAGRAPH = 5
_BATCH_ITEMS = 8


@dataclass(frozen=True)
class Call:
    """A request and the status it must be answered with; `error` is the code of an error body."""

    path: str
    body: str
    status: int = 200
    error: str | None = None
    method: str = "POST"


def short(random: Random) -> Call:
    """One sentence, its language given."""
    return _ask(_item(random))


def long(random: Random) -> Call:
    """A text of some paragraphs, with blank lines between them."""
    source, target = _pair(random)
    paragraphs = [
        " ".join(random.choices(_SENTENCES[source], k=_SENTENCES_A_PARAGRAPH))
        for _ in range(_PARAGRAPHS)
    ]
    return _ask({"text": "\n\n".join(paragraphs), "source_lang": source, "target_lang": target})


def batch(random: Random) -> Call:
    """Some texts in one call, each of its own languages."""
    items = [_item(random) for _ in range(_BATCH_ITEMS)]
    return Call("/translate/batch", _json(items))


def mixed(random: Random) -> Call:
    """One sentence of any language, which the service has to detect."""
    return _ask({**_item(random), "source_lang": "auto"})


def by(model: str, random: Random) -> Call:
    """One sentence for one of a gateway's models."""
    return _ask({**_item(random), "model": model})


def wrong(random: Random) -> Call:
    """One of the mistakes that callers make."""
    return random.choice(WRONG)


KINDS: dict[str, Callable[[Random], Call]] = {
    "short": short,
    "long": long,
    "batch": batch,
    "mixed": mixed,
    "wrong": wrong,
}


def fault_of(call: Call, status: int, body: bytes, *, model: str | None = None) -> str | None:
    """What is wrong with an answer; None when it is the one expected, and `model`'s if given."""
    if status != call.status:
        return f"status {status} instead of {call.status}"
    try:
        answer = json.loads(body)
    except ValueError:
        return "the body is not JSON"
    if call.error is not None:
        return _fault_of_error(answer, call.error)
    if call.path == "/translate/batch":
        return _fault_of_batch(answer, len(json.loads(call.body)))
    fault = _fault_of_translation(answer)
    return fault if fault is not None or model is None else _fault_of_routing(answer, model)


def _fault_of_error(answer: object, code: str) -> str | None:
    match answer:
        case {"error": {"code": found, "message": str(), "details": dict(), "request_id": _}}:
            return None if found == code else f"error {found!r} instead of {code!r}"
        case _:
            return "not the one error body"


def _fault_of_batch(answer: object, expected: int) -> str | None:
    match answer:
        case {"results": list(results)} if len(results) == expected:
            faults = (_fault_of_translation(item.get("result")) for item in results)
            return next((fault for fault in faults if fault is not None), None)
        case _:
            return f"not {expected} results"


def _fault_of_translation(answer: object) -> str | None:
    match answer:
        case {"translated_text": str(text)} if text.strip():
            return None
        case _:
            return "no translated text"


def _fault_of_routing(answer: object, model: str) -> str | None:
    match answer:
        case {"routing": {"model": str(spoke)}}:
            return None if spoke == model else f"model {spoke!r} spoke instead of {model!r}"
        case _:
            return "the model that spoke is not named"


def _item(random: Random) -> dict[str, str]:
    source, target = _pair(random)
    text = random.choice(_SENTENCES[source])
    return {"text": text, "source_lang": source, "target_lang": target}


def _pair(random: Random) -> tuple[str, str]:
    source, target = random.sample(LANGUAGES, 2)
    return source, target


def _ask(request: object) -> Call:
    return Call("/translate", _json(request))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


_RIGHT = {"text": "Good morning.", "source_lang": "en", "target_lang": "fr"}
WRONG = (
    Call("/translate", _json({**_RIGHT, "text": " \n"}), 400, "empty_text"),
    Call("/translate", _json({**_RIGHT, "target_lang": "tlh"}), 400, "unsupported_language"),
    Call("/translate", _json({**_RIGHT, "target_lang": "eng_Latn"}), 400, "same_language"),
    Call("/translate", _json({"text": "Good morning."}), 422, "invalid_request"),
    Call("/translate", _json({**_RIGHT, "options": {"tone": "warm"}}), 422, "invalid_request"),
    Call("/translate", '{"text": "Good mor', 422, "invalid_request"),
    Call("/translations", _json(_RIGHT), 404, "not_found"),
    Call("/translate", "", 405, "method_not_allowed", method="GET"),
)
