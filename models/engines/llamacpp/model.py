"""A GGUF file in memory: its weights, its tokens and what it says of itself; computes nothing."""

import ctypes
from pathlib import Path
from threading import Lock

from models.engines.llamacpp.contract import EngineFailedError, EngineLoadError, ModelFacts
from models.engines.llamacpp.library import complaints, library

_TEXT_BYTES = 1 << 16
_PIECE_BYTES = 256
_TURN = "<|"
_ADD_NO_BEGIN = _NO_SPECIALS = False


class LoadedModel:
    """The weights. `tokenize` may be called from any thread, the others from one.

    Raises:
        EngineLoadError: llama.cpp refuses the file, or there is no room for it.
    """

    def __init__(self, path: Path, gpu_layers: int) -> None:
        self._library = library()
        complaints()
        params = self._library.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        self.on_gpu = gpu_layers > 0 and self._library.llama_supports_gpu_offload()
        # Read, not mapped: repacked weights would be held beside the mapped file. On an 8B Q4_K
        # 4.95 GB stay resident so, and 8.7 GB with both.
        params.load_mode = self._library.LLAMA_LOAD_MODE_NONE
        params.use_extra_bufts = True
        self.pointer = self._library.llama_model_load_from_file(str(path).encode(), params)
        if not self.pointer:
            raise EngineLoadError(f"llama.cpp cannot load {path.name}: {complaints()}")
        self._vocabulary = self._library.llama_model_get_vocab(self.pointer)
        self.tokens = self._library.llama_vocab_n_tokens(self._vocabulary)
        self._pieces: dict[int, tuple[bytes, bool]] = {}
        self._turns: dict[int, bool] = {}
        self._lock = Lock()
        self.facts = self._read_facts(gpu_layers)
        self.head_size = self._read_head_size()

    def tokenize(self, text: str, *, special: bool) -> tuple[int, ...]:
        """Token ids; a text may become special tokens only with `special`.

        Raises:
            EngineFailedError: after `close`.
        """
        tokens = self._tokenize(text, special=special)
        if special or not any(self._is_turn(token) for token in tokens):
            return tokens
        # Some files have turn tokens for ordinary ones: cut in two, their text is text.
        first, *others = text.split(_TURN)
        pieces = [first, *(f"{_TURN[1:]}{other}" for other in others)]
        cut = [f"{piece}{_TURN[:1]}" for piece in pieces[:-1]] + pieces[-1:]
        return tuple(token for piece in cut for token in self._tokenize(piece, special=False))

    def piece(self, token: int) -> tuple[bytes, bool]:
        """What a token adds to a text (special ones nothing), and whether it ends the output."""
        known = self._pieces.get(token)
        if known is None:
            ends = bool(self._library.llama_vocab_is_eog(self._vocabulary, token))
            known = self._pieces[token] = (self._read_piece(token), ends)
        return known

    def close(self) -> None:
        """Frees the weights; no context of theirs may be left."""
        with self._lock:
            if self.pointer:
                self._library.llama_model_free(self.pointer)
            self.pointer = None

    def _tokenize(self, text: str, *, special: bool) -> tuple[int, ...]:
        data = text.encode()
        room = len(data) + 8
        with self._lock:
            if not self.pointer:
                raise EngineFailedError("The model is closed.")
            while True:
                tokens = (self._library.llama_token * room)()
                count = self._library.llama_tokenize(
                    self._vocabulary, data, len(data), tokens, room, _ADD_NO_BEGIN, special
                )
                if count >= 0:
                    return tuple(tokens[:count])
                room = -count

    def _is_turn(self, token: int) -> bool:
        known = self._turns.get(token)
        if known is None:
            text = self._library.llama_vocab_get_text(self._vocabulary, token)
            known = self._turns[token] = text.startswith(b"<|") and text.endswith(b"|>")
        return known

    def _read_piece(self, token: int) -> bytes:
        size = _PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = self._library.llama_token_to_piece(
                self._vocabulary, token, buffer, size, 0, _NO_SPECIALS
            )
            if count >= 0:
                return buffer.raw[:count]
            size = -count

    def _read_facts(self, gpu_layers: int) -> ModelFacts:
        template = self._library.llama_model_chat_template(self.pointer, None)
        return ModelFacts(
            architecture=self._read_text(b"general.architecture"),
            name=self._read_text(b"general.name"),
            context_length=self._library.llama_model_n_ctx_train(self.pointer),
            chat_template=template.decode() if template else None,
            parameters=self._library.llama_model_n_params(self.pointer),
            size_bytes=self._library.llama_model_size(self.pointer),
            vocabulary=self.tokens,
            gpu_layers=gpu_layers if self._library.llama_supports_gpu_offload() else 0,
        )

    def _read_head_size(self) -> int:
        """Numbers that a head's key has: those named, or its share of the width."""
        named = self._read_text(f"{self.facts.architecture}.attention.key_length".encode())
        width = self._library.llama_model_n_embd(self.pointer)
        return int(named or width // self._library.llama_model_n_head(self.pointer))

    def _read_text(self, key: bytes) -> str:
        buffer = ctypes.create_string_buffer(_TEXT_BYTES)
        self._library.llama_model_meta_val_str(self.pointer, key, buffer, _TEXT_BYTES)
        return buffer.value.decode("utf-8", "replace")
