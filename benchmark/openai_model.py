"""A model behind a server that speaks OpenAI's protocol: vLLM, llama.cpp, ollama and the vendors' own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from debugarena.benchmark.errors import ModelError, UsageError
from debugarena.benchmark.models import Model, Request, Sampling
from debugarena.benchmark.prompts import FENCE

if TYPE_CHECKING:
    import openai


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


def open_openai(name: str, target: str) -> Model:
    base_url, _, model = target.partition("#")
    if not base_url.startswith(("http://", "https://")) or not model:
        raise UsageError(f"{name} is not openai:<base url>#<model>, as in openai:http://127.0.0.1:8000/v1#my-model")
    return OpenAIModel(name, base_url, model)
