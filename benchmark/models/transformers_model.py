"""A causal language model that runs here: a hub id, a folder or a GGUF file.

Heavy packages are imported where they are used, so that importing this module costs nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.prompts import Prompt, document_end
from debugarena.benchmark.models.answers import Answer, why_of
from debugarena.benchmark.models.base import Model, Request, Sampling
from debugarena.benchmark.models.decoding import Row, decode
from debugarena.benchmark.models.fetch_model import RECORD_FILE, fetched_folder

WEIGHT_SUFFIXES = (".safetensors", ".bin", ".gguf")
INSTALL = 'pip install "debugarena[train]"'


@dataclass
class _Row(Row):
    request: Request
    answer: Answer | None = None  # once it has ended


class TransformersModel:
    """A causal language model run here: float32 on a CPU, bfloat16 (float16 where the GPU lacks it) on CUDA.

    Up to the rounding of matrix products, which can differ with the batch's shape, a completion depends only on its own
    request.
    """

    def __init__(self, name: str, target: str, gguf_file: str = "", facts: dict[str, Any] | None = None) -> None:
        """target: a hub id or a folder; gguf_file: a file's name in that folder. facts: more lines for `info`."""
        self.name = name
        torch, transformers = import_libraries(name)
        self._device, dtype = device_and_dtype(torch)
        loaded, self._tokenizer = load_pretrained(name, target, gguf_file, dtype=dtype)
        self._model = loaded.to(self._device).eval()
        self._n_context = getattr(loaded.config.get_text_config(), "max_position_embeddings", None) or sys.maxsize
        self._end_ids = self._find_end_ids()
        self._backtick_ids = {i for t, i in self._tokenizer.get_vocab().items() if "`" in str(t) or t == "<0x60>"}
        revision = getattr(loaded.config, "_commit_hash", None)
        is_local = Path(target).is_dir()
        self._info = {
            "kind": "gguf" if gguf_file else "hf",
            "id": gguf_file or (Path(target).resolve().name if is_local else target),
            "weights_sha256": weights_sha256(target, revision, gguf_file),
            "dtype": str(dtype).removeprefix("torch."),
            "device": self._device,
            "libraries": {"torch": torch.__version__, "transformers": transformers.__version__},
        }
        self._info |= {"revision": revision} if revision and not is_local else {}
        self._info |= facts or {}

    def info(self) -> dict[str, Any]:
        return dict(self._info)

    def complete(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[tuple[Request, Answer]]:
        """A prompt that does not fit the model's context together with max_new_tokens gets no answer, as too long.

        UsageError, before any work, if even max_new_tokens do not fit.
        """
        n_left = self._n_context - sampling.max_new_tokens
        if n_left < 1:
            raise UsageError(
                f"{sampling.max_new_tokens} new tokens leave no room for a prompt in the context of {self.name}, "
                f"{self._n_context} tokens; allow fewer with --max-new-tokens"
            )
        rows = []
        for request in requests:
            row = _Row(self._prompt_ids(request), request.rng(sampling.seed), request=request)
            if len(row.prompt_ids) > n_left:
                yield request, Answer("", "too-long")
            else:
                rows.append(row)
        for batch in _batches(rows, sampling.batch_size):
            yield from self._complete_batch(batch, sampling)

    def _find_end_ids(self) -> set[int]:
        stated = self._model.generation_config.eos_token_id
        ids = {self._tokenizer.eos_token_id, *(stated if isinstance(stated, list) else [stated])}
        # chat models end a plain document the way their base model did, which their settings no longer mention
        ids.add(self._tokenizer.get_vocab().get("<|endoftext|>"))
        return {i for i in ids if i is not None}

    def _prompt_ids(self, request: Request) -> list[int]:
        prompt = request.prompt
        if prompt.opened_fence:
            ids = self._tokenizer(prompt.text).input_ids
        else:
            ids = self._tokenizer(self._chat_text(prompt), add_special_tokens=False).input_ids
        return list(ids)

    def _chat_text(self, prompt: Prompt) -> str:
        import jinja2

        if not self._tokenizer.chat_template:
            raise UsageError(f"{self.name} has no chat template; ask it with --prompt complete-v1")
        try:
            messages: Any = list(prompt.messages)
            text = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        except jinja2.TemplateError as error:
            message = f"the chat template of {self.name} refuses the prompt ({error}); use --prompt complete-v1"
            raise UsageError(message) from None
        return str(text)

    def _complete_batch(self, rows: list[_Row], sampling: Sampling) -> Iterator[tuple[Request, Answer]]:
        def is_over(row: _Row) -> bool:
            row.answer = self._finished(row, sampling.max_new_tokens)
            return row.answer is not None

        for row in decode(self._model, rows, sampling, is_over):
            assert row.answer is not None
            yield row.request, row.answer

    def _finished(self, row: _Row, max_new_tokens: int) -> Answer | None:
        """The completion if its newest token ends it, else None."""
        token_id = row.new_ids[-1]
        # a fence can be spread over tokens or hide in one like "```,": each token that ends one has a backtick
        may_close = row.request.prompt.opened_fence and token_id in self._backtick_ids
        has_ended = token_id in self._end_ids
        is_over = has_ended or len(row.new_ids) >= max_new_tokens
        if not may_close and not is_over:
            return None
        text = str(self._tokenizer.decode(row.new_ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))
        if may_close and (end := document_end(text)):
            return Answer(text[:end])
        return Answer(text, why_of(text) if has_ended else "cut") if is_over else None


def _batches(rows: Sequence[_Row], batch_size: int) -> Iterator[list[_Row]]:
    """Longest prompts first, so that a batch that does not fit in memory fails at once.

    No prompt shares a batch with one more than twice as long: the padding would cost more time than another batch.
    """
    batch: list[_Row] = []
    for row in sorted(rows, key=lambda row: -len(row.prompt_ids)):
        if batch and (len(batch) == batch_size or 2 * len(row.prompt_ids) < len(batch[0].prompt_ids)):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def import_libraries(name: str) -> tuple[Any, Any]:
    """(torch, transformers). UsageError, with the model's name, if they are not installed."""
    # threads that spin while they wait make a model ten times slower as soon as another program wants a core
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        import torch
        import transformers
    except ImportError as error:
        raise UsageError(f"the model {name} needs {error.name}; {INSTALL}") from None
    return torch, transformers


def load_pretrained(name: str, target: str, gguf_file: str = "", **model_options: Any) -> tuple[Any, Any]:
    """(model, tokenizer) of a hub id or a folder, or of a GGUF file in that folder.

    UsageError, with the model's name, if it cannot be loaded.
    """
    _, transformers = import_libraries(name)
    both = {"gguf_file": gguf_file} if gguf_file else {}
    with _loading(name):
        tokenizer = transformers.AutoTokenizer.from_pretrained(target, **both)
        return transformers.AutoModelForCausalLM.from_pretrained(target, **both, **model_options), tokenizer


def load_tokenizer(name: str, target: str) -> Any:
    """Only the tokenizer of a hub id or a folder. UsageError, with the model's name, if it cannot be loaded."""
    _, transformers = import_libraries(name)
    with _loading(name):
        return transformers.AutoTokenizer.from_pretrained(target)


@contextmanager
def _loading(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, ImportError, KeyError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise UsageError(f"the model {name} cannot be loaded: {lines[0]}") from error


def device_and_dtype(torch: Any) -> tuple[str, Any]:
    """The device and dtype of a model: float32 on a CPU, bfloat16 on CUDA, float16 where the GPU lacks that."""
    if not torch.cuda.is_available():
        return "cpu", torch.float32
    # a T4 emulates bfloat16, slowly, and calls that supported
    return "cuda", torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16


def _weight_files(target: str, revision: str | None, gguf_file: str) -> list[Path]:
    if gguf_file:
        return [Path(target) / gguf_file]
    folder = Path(target)
    if not folder.is_dir():
        from huggingface_hub import snapshot_download

        folder = Path(snapshot_download(target, revision=revision, local_files_only=True))
    files = [p for p in folder.iterdir() if p.suffix in WEIGHT_SUFFIXES]
    safe = [p for p in files if p.suffix == ".safetensors"]  # if there are both kinds, these were loaded
    return sorted(safe or files)


def weights_sha256(target: str, revision: str | None = None, gguf_file: str = "") -> str:
    """SHA-256, in hex, of a model's weight files one after another; for a single file, what sha256sum prints."""
    digest = hashlib.sha256()
    for path in _weight_files(target, revision, gguf_file):
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def open_smollm2(target: str) -> Model:
    folder = fetched_folder("smollm2")
    record = json.loads((folder / RECORD_FILE).read_text())
    facts = {"kind": "smollm2", "id": "smollm2", "source": record["source"], "gguf_sha256": record["gguf_sha256"]}
    return TransformersModel("smollm2", str(folder), facts=facts)


def open_gguf(target: str) -> Model:
    name = f"gguf:{target}"
    path = Path(target).expanduser()
    if not path.is_file():
        raise UsageError(f"{name}: there is no such file")
    return TransformersModel(name, str(path.parent), gguf_file=path.name)


def open_hf(target: str) -> Model:
    folder = Path(target).expanduser()
    if target.startswith(("/", ".", "~")) and not folder.is_dir():
        raise UsageError(f"{target}: no such folder; name one with a model in it, or an id such as org/name")
    return TransformersModel(f"hf:{target}", str(folder) if folder.is_dir() else target)
