"""Spec -> model, with one row for each door. A new door is a file next to this one and a row of DOORS.

Not covered: a file of completions (`score` reads it), training, vLLM in this process (use its server).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.models.base import Model

if TYPE_CHECKING:
    from debugarena.benchmark.models.openai_model import Endpoint


class Door(NamedTuple):
    """How models of a kind are opened: `opener`, in a module next to this one, takes what follows the colon.

    form: how a spec is written. is_server: the opener takes an Endpoint too.
    """

    form: str
    module: str
    opener: str
    is_server: bool = False


DOORS = {
    "oracle": Door("oracle", "fixed", "open_oracle"),
    "noop": Door("noop", "fixed", "open_noop"),
    "smollm2": Door("smollm2", "transformers_model", "open_smollm2"),
    "hf": Door("hf:<id or folder>", "transformers_model", "open_hf"),
    "gguf": Door("gguf:<file>", "transformers_model", "open_gguf"),
    "openai": Door("openai:<base url>#<model>", "openai_model", "open_openai", is_server=True),
}


def open_model(spec: str, endpoint: Endpoint | None = None) -> Model:
    """The model behind a `score --model` spec, its weights loaded.

        model = open_model("hf:Qwen/Qwen2.5-Coder-0.5B-Instruct")

    spec: oracle, noop, smollm2, hf:<id or folder>, gguf:<file> or openai:<base url>#<model>. endpoint: how a server is
    asked, only for openai:. UsageError if there is no such model, or its packages are not installed.
    """
    name, colon, target = spec.partition(":")
    door = DOORS.get(name)
    if endpoint and not (door and door.is_server):
        raise UsageError(f"{spec} is not a server, so it takes no settings for one; leave them out")
    if door is None or (":" in door.form) != bool(target) or bool(colon) != bool(target):
        *forms, last = [door.form for door in DOORS.values()]
        shown = f"{name}:..." if "//" in spec else spec  # an address may hold a password
        raise UsageError(f"unknown model {shown!r}; a model is {', '.join(forms)} or {last}")
    module = importlib.import_module(f"{__package__}.{door.module}")
    opener: Callable[..., Model] = getattr(module, door.opener)
    settings: dict[str, Any] = {"endpoint": endpoint} if door.is_server else {}
    return opener(target, **settings)
