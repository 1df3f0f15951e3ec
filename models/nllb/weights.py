"""The weights on disk: which folder is served, what it says of itself, and how it is converted.

A folder holds CTranslate2's files, `tokenizer.json`, and `lingua-nexus.json`, which says where they
come from.
"""

import importlib
import importlib.util
import json
import re
import shutil
from pathlib import Path
from typing import Any, Literal, get_args

from models.base import manifest as base
from models.base.exceptions import InitializationError
from models.base.weights import WeightsError

Quantization = Literal[
    "int8",
    "int8_float16",
    "int8_float32",
    "int8_bfloat16",
    "int16",
    "float16",
    "bfloat16",
    "float32",
]
QUANTIZATIONS: tuple[str, ...] = get_args(Quantization)

DEMO = Path(__file__).parent / "demo" / "weights"
MANIFEST = base.MANIFEST
FILES = ("model.bin", "config.json", "shared_vocabulary.json", "tokenizer.json")
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
CODE = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")
"""A FLORES-200 language code, as NLLB's vocabulary holds it."""

_TOOLS = ("torch", "transformers", "ctranslate2")
_REQUIREMENTS = "requirements-convert.txt"


class Manifest(base.Manifest):
    """The content of `lingua-nexus.json`."""

    shortlist: tuple[str, ...] = ()
    """Target languages that `vmap.txt` was made for; it holds what is needed for no other."""


class Weights(Manifest):
    """A folder of weights that is complete."""

    path: Path


def resolve(explicit: Path | None, stored: Path | None) -> Weights:
    """The weights to serve: the path that was set, else the store's, else the embedded demo.

    Raises:
        InitializationError: where the first of them that is given is not usable; none is skipped.
    """
    return read(explicit or stored or DEMO)


def read(folder: Path) -> Weights:
    """What `folder` holds.

    Raises:
        InitializationError: naming the file that is missing, broken or cut short.
    """
    missing = [name for name in (MANIFEST, *FILES) if not (folder / name).is_file()]
    if missing:
        raise InitializationError(
            f"No NLLB weights in {folder}: {', '.join(missing)} missing. {_remedy(folder)}"
        )
    manifest = base.read_manifest(folder, Manifest, _remedy(folder))
    return Weights(path=folder, **manifest.model_dump())


def _remedy(folder: Path) -> str:
    if folder == DEMO:
        return "The installation is incomplete; install again."
    return "Delete it and run `make pull:nllb` again."


def languages_of(tokenizer_file: Path) -> tuple[str, ...]:
    """The languages whose codes the tokenizer holds, sorted.

    Raises:
        WeightsError: where it holds none, or is no tokenizer.
    """
    try:
        tokens = [
            token["content"] for token in json.loads(tokenizer_file.read_bytes())["added_tokens"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{tokenizer_file.name} is not a tokenizer in the format of `tokenizers`."
        ) from error
    codes = tuple(sorted(token for token in tokens if CODE.fullmatch(token)))
    if len(codes) < 2:  # noqa: PLR2004 - translating takes two
        raise WeightsError(
            f"{tokenizer_file.name} has no FLORES-200 language codes: not an NLLB-200 model."
        )
    return codes


def check_architecture(config_file: Path) -> dict[str, Any]:
    """The configuration, if it is NLLB-200's.

    Raises:
        WeightsError: naming the architecture found.
    """
    try:
        config: dict[str, Any] = dict(json.loads(config_file.read_bytes()))
    except (ValueError, TypeError) as error:
        raise WeightsError(f"{config_file.name} is not a model configuration.") from error
    found = config.get("model_type")
    if found != "m2m_100":
        message = f"The model's architecture is {found!r}; the dense NLLB-200 models are 'm2m_100'."
        raise WeightsError(message)
    return config


def check_tools() -> None:
    """Raises `WeightsError` where a library that converts is missing; serving needs no torch."""
    missing = [name for name in _TOOLS if importlib.util.find_spec(name) is None]
    if missing:
        message = f"Converting needs {', '.join(missing)}: pip install -r {_REQUIREMENTS}"
        raise WeightsError(message)


def convert(source: Path, target: Path, quantization: str) -> None:
    """Makes what is served, in `target`, of a model in transformers' format.

    Raises:
        WeightsError: where the files cannot be read.
    """
    check_tools()
    transformers: Any = importlib.import_module("transformers")
    converters: Any = importlib.import_module("ctranslate2.converters")
    transformers.utils.logging.disable_progress_bar()

    def load_tokenizer(*_: object, **__: object) -> object:
        # tokenizer.json as it is served: its ids are the rows of the model's embedding.
        bos, pad, eos, unk = SPECIALS
        return transformers.PreTrainedTokenizerFast(
            tokenizer_file=str(source / "tokenizer.json"),
            bos_token=bos,
            pad_token=pad,
            eos_token=eos,
            unk_token=unk,
        )

    converter = converters.TransformersConverter(str(source))
    converter.load_tokenizer = load_tokenizer
    try:
        converter.convert(str(target), quantization=quantization, force=True)
    except Exception as error:
        # pickle, torch, safetensors and CTranslate2 share no base class for a broken file.
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise WeightsError(f"The weights cannot be converted: {reason[0][:200]}") from error
    shutil.copyfile(source / "tokenizer.json", target / "tokenizer.json")


def vocabulary(folder: Path) -> list[str]:
    """The pieces of converted weights, by id."""
    pieces: list[str] = json.loads((folder / "shared_vocabulary.json").read_bytes())
    return pieces


def check(folder: Path) -> None:
    """Loads converted weights and translates a sentence.

    Raises:
        WeightsError: where tokenizer and weights do not fit, or nothing comes out.
    """
    tokenizers: Any = importlib.import_module("tokenizers")
    ctranslate2: Any = importlib.import_module("ctranslate2")
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    pieces = vocabulary(folder)
    for piece, index in tokenizer.get_vocab().items():
        if index >= len(pieces) or pieces[index] != piece:
            raise WeightsError(f"Tokenizer and weights do not fit: they disagree on piece {index}.")
    codes = languages_of(folder / "tokenizer.json")
    source, target = (code if code in codes else codes[0] for code in ("eng_Latn", "fra_Latn"))
    sentence = tokenizer.encode("This is a test.", add_special_tokens=False).tokens
    try:
        translator = ctranslate2.Translator(str(folder), device="cpu")
        result = translator.translate_batch(
            [[source, *sentence, "</s>"]],
            target_prefix=[[target]],
            max_decoding_length=16,
            min_decoding_length=2,
            use_vmap=(folder / "vmap.txt").exists(),
        )
    except (RuntimeError, ValueError) as error:
        raise WeightsError(f"The converted weights cannot be loaded: {error}") from error
    if len(result[0].hypotheses[0]) < 2:  # noqa: PLR2004 - the language code and one piece
        raise WeightsError("The converted weights translate a sentence to nothing.")
