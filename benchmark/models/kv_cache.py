"""Keys and values of prompts of different lengths in one batch, with room for what is written after them.

It does not do what transformers does. Prompts read as one batch pay for padding and for a mask, which cost a CPU more
than the prompts themselves, and a DynamicCache copies everything in it with every token. A StaticCache has room too,
but attention goes over all of it, written or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import pad
from transformers.cache_utils import DynamicCache, DynamicLayer
from transformers.modeling_outputs import CausalLMOutputWithPast

# the name of the cache as an argument and in what models return; it changed in transformers 5.24
NAME = "cache" if "cache" in CausalLMOutputWithPast.__dataclass_fields__ else "past_key_values"
ROOM = 64  # tokens; when they are used up, what is there is copied once, with as much room again


def is_plain(model: Any) -> bool:
    """Whether every layer of the model keeps the keys and values of all tokens: no sliding windows, no other state."""
    return all(type(layer) is DynamicLayer for layer in DynamicCache(config=model.config).layers)


def merge(caches: Sequence[DynamicCache], rows: Sequence[int]) -> DynamicCache:
    """One cache whose row i is that of the single row in caches[rows[i]], padded on the left; empties `caches`."""
    merged = DynamicCache()
    merged.layers = [_RoomyLayer(layers, rows) for layers in zip(*(cache.layers for cache in caches), strict=True)]
    return merged


class _RoomyLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """`keys` and `values`, B x heads x T x D, are views of the front of longer tensors; their D may differ."""

    def __init__(self, layers: Sequence[DynamicLayer], rows: Sequence[int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        width = max(layer.get_seq_length() for layer in layers)

        def stack(states: list[Any]) -> torch.Tensor:
            return torch.cat([pad(states[i], (0, 0, width - states[i].shape[-2], ROOM)) for i in rows])

        self._states = [stack([layer.keys for layer in layers]), stack([layer.values for layer in layers])]
        self.dtype, self.device, self.is_initialized = self._states[0].dtype, self._states[0].device, True
        # else everything would be in memory twice; `reset` only fills it with zeros, in transformers 5.15 and 5.17
        for layer in layers:
            layer.keys, layer.values, layer.is_initialized = None, None, False
        self._show(width)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        start, stop = self._n_tokens, self._n_tokens + key_states.shape[-2]
        lacking = stop - self._states[0].shape[-2]
        if lacking > 0:
            self._states = [pad(states, (0, 0, 0, lacking + ROOM)) for states in self._states]
        for states, new in zip(self._states, (key_states, value_states), strict=True):
            states[..., start:stop, :] = new
        return self._show(stop)

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        self._states = [states[indices] for states in self._states]
        self._show(self._n_tokens)

    def _show(self, n_tokens: int) -> tuple[torch.Tensor, torch.Tensor]:
        self._n_tokens = n_tokens
        keys, values = (states[..., :n_tokens, :] for states in self._states)
        self.keys, self.values = keys, values
        return keys, values
