"""Where completions come from. Not covered: a file of completions (score reads it), training, vLLM (use its server).

Heavy packages are imported where they are used, so that importing this module costs nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from debugarena.benchmark.errors import ModelError, UsageError
from debugarena.benchmark.fetch_model import RECORD_FILE, model_folder
from debugarena.benchmark.prompts import FENCE, MAX_NEW_TOKENS, Prompt
from debugarena.benchmark.schema import Bug

if TYPE_CHECKING:
    import openai
    import torch

WEIGHT_SUFFIXES = (".safetensors", ".bin", ".gguf")
INSTALL = 'pip install "debugarena[train]"'


@dataclass(frozen=True)
class Sampling:
    """How tokens are chosen. temperature 0 is greedy; a higher one samples, seeded for each request by itself.

    max_new_tokens: the budget of one completion. batch_size: rows at once in a transformers model; it changes the
    speed, not the random numbers.
    """

    temperature: float = 0.0
    max_new_tokens: int = MAX_NEW_TOKENS
    top_p: float = 1.0
    seed: int = 0
    batch_size: int = 16

    def __post_init__(self) -> None:
        if self.temperature < 0 or not 0 < self.top_p <= 1 or self.max_new_tokens < 1 or self.batch_size < 1:
            raise UsageError(f"{self}: temperature is at least 0, top_p in (0, 1], the counts at least 1")


@dataclass(frozen=True)
class Request:
    """One completion wanted. `sample` counts from 0, `attempt` from 1."""

    bug: Bug
    prompt: Prompt
    sample: int
    attempt: int

    def rng(self, seed: int) -> random.Random:
        """This request's own randomness: the same whatever else is asked, and in whatever order."""
        return random.Random(f"{seed}:{self.bug.bug_id}:{self.sample}:{self.attempt}")


class Model(Protocol):
    """`name` is the spec as given. `info` is plain JSON for a report: no clocks, no paths of this machine.

    `complete` yields each request once, as completions come, in any order; after a complete-v1 prompt a completion ends
    at or just before the first closing fence.
    """

    name: str

    def info(self) -> dict[str, Any]: ...

    def complete(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[tuple[Request, str]]: ...


def open_model(spec: str) -> Model:
    """The model behind a `score --model` spec, its weights loaded. UsageError if there is none."""
    door, _, target = spec.partition(":")
    if spec in FIXED_ANSWERS:
        return FixedAnswers(spec)
    if spec == "smollm2":
        return _open_smollm2()
    if door in DOORS and target:
        return DOORS[door](spec, target)
    forms = "oracle, noop, smollm2, hf:<id or folder>, gguf:<file> or openai:<base url>#<model>"
    raise UsageError(f"unknown model {spec!r}; a model is {forms}")


# --- no model at all -----------------------------------------------------------------

FIXED_ANSWERS: dict[str, Callable[[Bug], str]] = {
    "oracle": lambda bug: bug.fixed_code,
    "noop": lambda bug: bug.buggy_code,
}


class FixedAnswers:
    """The oracle answers with the reference fix, the no-op with the buggy code: a score's upper and lower reference."""

    def __init__(self, name: str) -> None:
        self.name = name

    def info(self) -> dict[str, Any]:
        return {"kind": self.name, "id": self.name}

    def complete(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[tuple[Request, str]]:
        for request in requests:
            opening = "" if request.prompt.opened_fence else f"{FENCE}{request.bug.language}\n"
            yield request, f"{opening}{FIXED_ANSWERS[self.name](request.bug).rstrip()}\n{FENCE}"


# --- transformers: a hub id, a folder or a GGUF file ---------------------------------


@dataclass
class _Row:
    """One completion in the making."""

    request: Request
    prompt_ids: list[int]
    rng: random.Random
    new_ids: list[int] = field(default_factory=list)


class TransformersModel:
    """A causal language model run here: float32 on a CPU, bfloat16 (float16 where the GPU lacks it) on CUDA.

    It has its own loop of generation, because `generate` keeps paying for finished rows until the longest one ends, and
    samples from one generator, so that a completion would depend on its neighbours. Up to the rounding of matrix
    products, which can differ with the batch's shape, a completion here depends on its own request alone.
    """

    def __init__(self, name: str, target: str, gguf_file: str = "", facts: dict[str, Any] | None = None) -> None:
        """target: a hub id or a folder; gguf_file: a file's name in that folder. facts: more lines for `info`."""
        # threads that spin while they wait make a model ten times slower as soon as another program wants a core
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        try:
            import torch
            import transformers
        except ImportError as error:
            raise UsageError(f"the model {name} needs {error.name}; {INSTALL}") from None
        self.name = name
        self._device, dtype = _device_and_dtype(torch)
        options = {"gguf_file": gguf_file} if gguf_file else {}
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(target, **options)
            loaded: Any = transformers.AutoModelForCausalLM.from_pretrained(target, dtype=dtype, **options)
        except (OSError, ValueError, ImportError, KeyError) as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise UsageError(f"the model {name} cannot be loaded: {lines[0]}") from error
        self._model: Any = loaded.to(self._device).eval()
        self._end_ids = self._find_end_ids()
        self._backtick_ids = {i for t, i in self._tokenizer.get_vocab().items() if "`" in str(t) or t == "<0x60>"}
        revision = getattr(loaded.config, "_commit_hash", None)
        is_local = Path(target).is_dir()
        self._info = {
            "kind": "gguf" if gguf_file else "hf",
            "id": gguf_file or (Path(target).resolve().name if is_local else target),
            "weights_sha256": _weights_sha256(_weight_files(target, revision, gguf_file)),
            "dtype": str(dtype).removeprefix("torch."),
            "device": self._device,
            "libraries": {"torch": torch.__version__, "transformers": transformers.__version__},
        }
        self._info |= {"revision": revision} if revision and not is_local else {}
        self._info |= facts or {}

    def info(self) -> dict[str, Any]:
        return dict(self._info)

    def complete(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[tuple[Request, str]]:
        """UsageError, before any work, if a prompt does not fit the model's context together with max_new_tokens."""
        rows = [_Row(r, self._prompt_ids(r, sampling), r.rng(sampling.seed)) for r in requests]
        rows.sort(key=lambda row: -len(row.prompt_ids))  # little padding; and what may not fit in memory comes first
        for start in range(0, len(rows), sampling.batch_size):
            yield from self._complete_batch(rows[start : start + sampling.batch_size], sampling)

    def _find_end_ids(self) -> set[int]:
        stated = self._model.generation_config.eos_token_id
        ids = {self._tokenizer.eos_token_id, *(stated if isinstance(stated, list) else [stated])}
        # chat models end a plain document the way their base model did, which their settings no longer mention
        ids.add(self._tokenizer.get_vocab().get("<|endoftext|>"))
        return {i for i in ids if i is not None}

    def _prompt_ids(self, request: Request, sampling: Sampling) -> list[int]:
        prompt = request.prompt
        if prompt.opened_fence:
            ids = self._tokenizer(prompt.text).input_ids
        else:
            ids = self._tokenizer(self._chat_text(prompt), add_special_tokens=False).input_ids
        n_context = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
        if n_context and len(ids) + sampling.max_new_tokens > n_context:
            raise UsageError(
                f"{request.bug.bug_id}: its prompt of {len(ids)} tokens and {sampling.max_new_tokens} new ones do not "
                f"fit the context of {self.name}, {n_context} tokens; allow fewer new tokens or fewer attempts"
            )
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

    def _complete_batch(self, rows: list[_Row], sampling: Sampling) -> Iterator[tuple[Request, str]]:
        """Rows leave the batch, and its cache, as they finish. Shapes: B rows, T tokens with padding, V vocabulary."""
        import torch

        width = max(len(row.prompt_ids) for row in rows)
        padding = [width - len(row.prompt_ids) for row in rows]
        ids = torch.tensor([[0] * n + row.prompt_ids for n, row in zip(padding, rows, strict=True)])  # B, T
        mask = torch.tensor([[0] * n + [1] * (width - n) for n in padding])  # B, T
        ids, mask = ids.to(self._device), mask.to(self._device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        cache = None
        while rows:
            with torch.inference_mode():
                output = self._model(
                    input_ids=ids,
                    attention_mask=mask,
                    position_ids=positions,
                    past_key_values=cache,
                    use_cache=True,
                    logits_to_keep=1,  # without it a prefill holds T times V logits a row, gigabytes
                )
            cache = output.past_key_values
            chosen = _choose(output.logits[:, -1], [row.rng for row in rows], sampling)  # B
            going = []
            for i, token_id in enumerate(chosen.tolist()):
                rows[i].new_ids.append(token_id)
                text = self._finished_text(rows[i], sampling.max_new_tokens)
                if text is None:
                    going.append(i)
                else:
                    yield rows[i].request, text
            if len(going) < len(rows):
                rows = [rows[i] for i in going]
                kept = torch.tensor(going, dtype=torch.long, device=self._device)
                cache.batch_select_indices(kept)
                mask, chosen = mask[kept], chosen[kept]
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=-1)
            ids, positions = chosen[:, None], mask.sum(-1, keepdim=True) - 1

    def _finished_text(self, row: _Row, max_new_tokens: int) -> str | None:
        """The completion if its newest token ends it, else None."""
        token_id = row.new_ids[-1]
        # a fence can be spread over tokens or hide in one like "```,": every one of them that ends it has a backtick
        may_close = row.request.prompt.opened_fence and token_id in self._backtick_ids
        is_over = token_id in self._end_ids or len(row.new_ids) >= max_new_tokens
        if not may_close and not is_over:
            return None
        text = str(self._tokenizer.decode(row.new_ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))
        if may_close and FENCE in text:
            return text[: text.index(FENCE) + len(FENCE)]
        return text if is_over else None


def _choose(logits: torch.Tensor, rngs: Sequence[random.Random], sampling: Sampling) -> torch.Tensor:
    """B, V logits -> B token ids. One number from its own generator decides each row, by the inverse of the CDF."""
    import torch

    if sampling.temperature == 0:
        return logits.argmax(-1)
    probs = torch.softmax(logits.double() / sampling.temperature, dim=-1)
    order = None
    if sampling.top_p < 1:
        probs, order = probs.sort(dim=-1, descending=True, stable=True)
    totals = probs.cumsum(-1)  # B, V
    last = totals.shape[-1] - 1
    nucleus = torch.searchsorted(totals, torch.full_like(totals[:, :1], sampling.top_p)).clamp(max=last)  # B, 1
    draws = totals.new_tensor([[rng.random()] for rng in rngs]) * totals.gather(-1, nucleus)
    chosen = torch.searchsorted(totals, draws, right=True).clamp(max=last)
    return (chosen if order is None else order.gather(-1, chosen))[:, 0]


def _device_and_dtype(torch: Any) -> tuple[str, Any]:
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
    safe = [p for p in files if p.suffix == ".safetensors"]  # where there are both, these were loaded
    return sorted(safe or files)


def _weights_sha256(files: Iterable[Path]) -> str:
    """SHA-256, in hex, of the files one after another; of a single file it is what sha256sum prints."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _open_smollm2() -> Model:
    folder = model_folder("smollm2")
    if not (folder / RECORD_FILE).is_file():
        raise UsageError("smollm2 is not on this machine; bring it once with: debugarena fetch-model smollm2")
    record = json.loads((folder / RECORD_FILE).read_text())
    facts = {"kind": "smollm2", "id": "smollm2", "source": record["source"], "gguf_sha256": record["gguf_sha256"]}
    return TransformersModel("smollm2", str(folder), facts=facts)


def _open_gguf(name: str, target: str) -> Model:
    path = Path(target).expanduser()
    if not path.is_file():
        raise UsageError(f"{name}: there is no such file")
    return TransformersModel(name, str(path.parent), gguf_file=path.name)


def _open_hf(name: str, target: str) -> Model:
    folder = Path(target).expanduser()
    return TransformersModel(name, str(folder) if folder.is_dir() else target)


# --- a server that speaks OpenAI's protocol ------------------------------------------


class _Malformed(Exception):
    """The server answered, but there is no completion in the answer."""


class OpenAIModel:
    """chat-v1 goes to /chat/completions, complete-v1 to /completions. The key is OPENAI_API_KEY, or "none".

    timeout_s is for one try of one request. Lost connections, timeouts, 429 and 5xx are tried again max_retries times,
    with growing pauses; an answer without a completion MALFORMED_TRIES times in all.
    """

    MALFORMED_TRIES = 3

    def __init__(
        self, name: str, base_url: str, model: str, timeout_s: float = 300.0, max_retries: int = 5, n_parallel: int = 8
    ) -> None:
        self.name = name
        self._base_url, self._model = base_url, model
        self._timeout_s, self._max_retries, self._n_parallel = timeout_s, max_retries, n_parallel

    def info(self) -> dict[str, Any]:
        return {"kind": "openai", "id": self._model, "base_url": _without_password(self._base_url)}

    def complete(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[tuple[Request, str]]:
        """ModelError, after everything that did succeed, if a request failed for good.

        After n_parallel failures in a row nothing new is asked: the server is down, and each would use up its retries.
        """
        import openai

        failures: list[tuple[Request, Exception]] = []
        in_a_row = 0
        client = self._client()
        executor = ThreadPoolExecutor(self._n_parallel)
        try:
            futures: dict[Future[str], Request] = {executor.submit(self._ask, client, r, sampling): r for r in requests}
            for future in as_completed(futures):
                try:
                    text = future.result()
                except CancelledError:
                    continue
                except (openai.OpenAIError, _Malformed) as error:
                    failures.append((futures[future], error))
                    in_a_row += 1
                    if in_a_row >= self._n_parallel:
                        for waiting in futures:
                            waiting.cancel()
                else:
                    in_a_row = 0
                    yield futures[future], text
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
            client.close()
        if failures:
            request, reason = failures[0]
            url = _without_password(self._base_url)
            raise ModelError(
                f"{url}: no completion for {request.bug.bug_id}: {self._describe(reason)}. {len(failures)} of "
                f"{len(requests)} requests failed for good; the rest is kept, run the same command again to resume"
            )

    def _client(self) -> openai.OpenAI:
        import openai

        key = os.environ.get("OPENAI_API_KEY") or "none"
        return openai.OpenAI(
            base_url=self._base_url, api_key=key, timeout=self._timeout_s, max_retries=self._max_retries
        )

    def _ask(self, client: openai.OpenAI, request: Request, sampling: Sampling) -> str:
        options: dict[str, Any] = {
            "model": self._model,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_new_tokens,
            "seed": request.rng(sampling.seed).getrandbits(31),
        }
        problem = ""
        for _ in range(self.MALFORMED_TRIES):
            try:
                if request.prompt.opened_fence:
                    answer = client.completions.create(prompt=request.prompt.text, stop=[FENCE], **options)
                else:
                    messages: Any = list(request.prompt.messages)
                    answer = client.chat.completions.create(messages=messages, **options)
            except ValueError as error:
                problem = f"the answer is not JSON ({error})"
                continue
            text = _text_of(answer)
            if text is not None:
                return text
            problem = f"the answer holds no completion ({str(answer)[:200]})"
        raise _Malformed(problem)

    def _describe(self, error: Exception) -> str:
        import openai

        if isinstance(error, openai.APITimeoutError):
            return f"no answer within {self._timeout_s:g} s"
        if isinstance(error, openai.APIConnectionError):
            return f"no connection ({error.__cause__ or error})"
        if isinstance(error, openai.APIStatusError):
            return f"HTTP {error.status_code} ({str(error.message)[:200]})"
        return str(error)[:300]


def _text_of(answer: Any) -> str | None:
    """The completion in an answer, None if it holds none. One that thought or refused instead of answering gave ""."""
    choices = getattr(answer, "choices", None)
    if not isinstance(choices, list) or not choices:
        return None
    choice = choices[0]
    message = getattr(choice, "message", choice)
    text = getattr(message, "content", None) if message is not choice else getattr(choice, "text", None)
    if isinstance(text, str):
        return text
    ended_early = getattr(choice, "finish_reason", None) in ("length", "content_filter")
    return "" if ended_early or getattr(message, "refusal", None) else None


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _open_openai(name: str, target: str) -> Model:
    base_url, _, model = target.partition("#")
    if not base_url.startswith(("http://", "https://")) or not model:
        raise UsageError(f"{name} is not openai:<base url>#<model>, as in openai:http://127.0.0.1:8000/v1#my-model")
    return OpenAIModel(name, base_url, model)


DOORS: dict[str, Callable[[str, str], Model]] = {"hf": _open_hf, "gguf": _open_gguf, "openai": _open_openai}
