"""A llama.cpp context: computes the steps it is given and reads their scores; decides nothing."""

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.cores import usable_cores
from models.engines.llamacpp.contract import CacheType, EngineLoadError, EngineSettings, Sampling
from models.engines.llamacpp.library import complaints, library
from models.engines.llamacpp.model import LoadedModel
from models.engines.llamacpp.scheduler import Step

_SEED_BITS = 0xFFFF_FFFF
_F16, _Q8_0, _BF16 = 1, 8, 30
"""ggml's numbers for them; llama-cpp-python does not name the last."""
_Q8_0_BLOCK = 32
"""Values that share a scale: a head must have a multiple of it."""


class DecodeError(RuntimeError):
    """A step was not computed; the context is not to be used any more."""


class _Batch:
    """llama.cpp's batch laid over arrays of ours: filled without a call, freed with them."""

    def __init__(self, rows: int) -> None:
        self.token = np.zeros(rows, np.int32)
        self.position = np.zeros(rows, np.int32)
        self.sequence = np.zeros(rows, np.int32)
        self.wanted = np.zeros(rows, np.int8)
        self._ones = np.ones(rows, np.int32)
        # One sequence a row: the rows' lists of sequences are the elements of one array.
        stride, first = self.sequence.itemsize, self.sequence.ctypes.data
        self._lists = np.arange(first, first + rows * stride, stride, dtype=np.uintp)
        self.struct = library().llama_batch()
        for name, values in (
            ("token", self.token),
            ("pos", self.position),
            ("n_seq_id", self._ones),
            ("seq_id", self._lists),
            ("logits", self.wanted),
        ):
            kind = type(getattr(self.struct, name))
            setattr(self.struct, name, ctypes.cast(values.ctypes.data, kind))

    def fill(self, step: Step) -> None:
        rows = len(step.tokens)
        self.token[:rows] = step.tokens
        self.position[:rows] = step.positions
        self.sequence[:rows] = step.sequences
        self.wanted[:rows] = 0
        self.wanted[step.outputs] = 1
        self.struct.n_tokens = rows


class Context:
    """The cells and the buffers for `settings`; used by one thread at a time.

    Raises:
        EngineLoadError: There is no room for them.
    """

    def __init__(self, model: LoadedModel, settings: EngineSettings) -> None:
        self._library, self._tokens = library(), model.tokens
        complaints()
        params = self._params(model, settings)
        self._pointer = self._library.llama_init_from_model(model.pointer, params)
        if not self._pointer:
            raise EngineLoadError(f"llama.cpp makes no context: {complaints()}")
        self._memory = self._library.llama_get_memory(self._pointer)
        self._batch = _Batch(settings.rows)

    def run(self, step: Step) -> None:
        """Computes a step; `likeliest` and `sample` then read its outputs.

        Raises:
            DecodeError: llama.cpp refuses the step.
        """
        for sequence in step.removals:
            self._library.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        for copy in step.copies:
            self._library.llama_memory_seq_cp(
                self._memory, copy.source, copy.target, 0, copy.length
            )
        if not step.tokens:
            return
        self._batch.fill(step)
        status = self._library.llama_decode(self._pointer, self._batch.struct)
        if status:
            rows = len(step.tokens)
            raise DecodeError(f"llama_decode gave {status} for {rows} rows: {complaints()}")

    def likeliest(self, outputs: int) -> list[int]:
        """The token with the highest score of each output, the lower one of equals."""
        tokens: list[int] = self.scores(outputs).argmax(axis=1).tolist()
        return tokens

    def scores(self, outputs: int) -> NDArray[np.float32]:
        """The scores of all tokens for each output, not copied: the next step overwrites them."""
        pointer = self._library.llama_get_logits(self._pointer)
        return np.ctypeslib.as_array(pointer, (outputs, self._tokens))

    def sampler(self, sampling: Sampling) -> "Sampler":
        """What chooses one request's tokens, where `likeliest` does not."""
        return Sampler(sampling, self._tokens)

    def sample(self, sampler: "Sampler", row: int) -> int:
        """The token that a sampler chooses for a row of the step, which it remembers."""
        return int(self._library.llama_sampler_sample(sampler.pointer, self._pointer, row))

    def close(self) -> None:
        if self._pointer:
            self._library.llama_free(self._pointer)
        self._pointer = None

    def _params(self, model: LoadedModel, settings: EngineSettings) -> Any:  # noqa: ANN401  # llama.cpp's structure, made at run time
        params = self._library.llama_context_default_params()
        params.n_ctx = settings.cells
        params.n_batch = params.n_ubatch = settings.rows
        params.n_seq_max = params.n_outputs_max = settings.sequences
        params.n_threads = params.n_threads_batch = settings.threads or usable_cores()
        # One buffer for all sequences: a shared prefix is then the same cells under another
        # sequence, not a copy of them, and prompts and outputs are computed in one pass.
        params.kv_unified = True
        params.type_k, params.type_v = _cache_types(model, settings.cache_type)
        return params


class Sampler:
    """llama.cpp's chain for one request; `close` frees it."""

    def __init__(self, sampling: Sampling, tokens: int) -> None:
        self._library = library()
        params = self._library.llama_sampler_chain_default_params()
        self.pointer = self._library.llama_sampler_chain_init(params)
        for link in self._links(sampling, tokens):
            self._library.llama_sampler_chain_add(self.pointer, link)

    def close(self) -> None:
        if self.pointer:
            self._library.llama_sampler_free(self.pointer)
        self.pointer = None

    def _links(self, sampling: Sampling, tokens: int) -> Iterator[Any]:
        if sampling.repeat_penalty != 1:
            yield self._library.llama_sampler_init_penalties(
                tokens, sampling.repeat_last, sampling.repeat_penalty, 0, 0
            )
        if sampling.temperature <= 0:
            yield self._library.llama_sampler_init_greedy()
            return
        if sampling.top_k > 0:
            yield self._library.llama_sampler_init_top_k(sampling.top_k)
        if sampling.top_p < 1:
            yield self._library.llama_sampler_init_top_p(sampling.top_p, 1)
        if sampling.min_p > 0:
            yield self._library.llama_sampler_init_min_p(sampling.min_p, 1)
        yield self._library.llama_sampler_init_temp(sampling.temperature)
        yield self._library.llama_sampler_init_dist(sampling.seed & _SEED_BITS)


def _cache_types(model: LoadedModel, name: CacheType | None) -> tuple[int, int]:
    """Of keys and of values."""
    usual = "f16" if model.on_gpu or model.head_size % _Q8_0_BLOCK else "q8_0"
    if (name or usual) == "q8_0":
        return _Q8_0, _Q8_0
    # On CPU llama.cpp sums F16 values up in F16, in the order of cells, which is another among
    # others than alone: one output in ten differed. Others it sums up in F32: one in 200.
    return _F16, _F16 if model.on_gpu else _BF16
