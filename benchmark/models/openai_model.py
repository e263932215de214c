"""A model behind a server that speaks OpenAI's protocol: vLLM, llama.cpp, ollama and the vendors' own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from debugarena.benchmark.errors import ModelError, UsageError
from debugarena.benchmark.files import read_json, write_whole
from debugarena.benchmark.grading.prompts import FENCE, document_end
from debugarena.benchmark.models.answers import Answer, Why, why_of
from debugarena.benchmark.models.base import Model, Request, Sampling
from debugarena.benchmark.models.request_changes import (
    CHANGES,
    REFUSED_STATUSES,
    change_wanted,
    changed,
    complaint,
    in_words,
    names_sent,
    unanswerable,
)

if TYPE_CHECKING:
    import openai

OURS = ("model", "messages", "prompt", "stream", "n")  # of a request; --extra-body cannot set them


@dataclass(frozen=True)
class Endpoint:
    """How a server is asked. timeout_s: for one try of one request. api_key_env: the variable that holds the key.

    extra_body: JSON that is added to each request and overrides what is sent otherwise.
    """

    timeout_s: float = 300.0
    n_parallel: int = 8
    api_key_env: str = "OPENAI_API_KEY"
    extra_body: Mapping[str, Any] | None = None
    reasoning_effort: str | None = None
    max_retries: int = 5

    def __post_init__(self) -> None:
        if self.timeout_s <= 0 or self.n_parallel < 1:
            raise UsageError(f"{self.n_parallel} requests of {self.timeout_s:g} s; both must be above 0")
        if taken := [name for name in self.extra_body or () if name in OURS]:
            raise UsageError(f"an extra body cannot set {taken[0]!r}, which DebugArena sets itself; leave it out")


class _Malformed(Exception):
    """The server answered, but there is no completion in the answer."""


class OpenAIModel:
    """chat-v1 goes to /chat/completions, complete-v1 to /completions. Without a key in the environment, it sends
    "none".

    Lost connections, timeouts, 429 and 5xx are tried again max_retries times, with growing pauses; an answer without a
    completion MALFORMED_TRIES times in all. Where the server refuses a parameter, the request is changed once for the
    whole run: see request_changes.
    """

    MALFORMED_TRIES = 3
    GIVE_UP_AFTER = 8

    def __init__(self, base_url: str, model: str, endpoint: Endpoint | None = None) -> None:
        self.name = f"openai:{model}"
        self._base_url, self._model = base_url, model
        self._endpoint = endpoint or Endpoint()
        self._changes: set[str] = set()
        self._changes_file: Path | None = None
        self._lock = threading.Lock()

    def info(self) -> dict[str, Any]:
        """Without the address, which may be an internal one; its SHA-256 tells it from others."""
        address = hashlib.sha256(_without_password(self._base_url).encode()).hexdigest()
        asked = {"extra_body": self._endpoint.extra_body, "reasoning_effort": self._endpoint.reasoning_effort}
        stated = {name: value for name, value in asked.items() if value}
        return {"kind": "openai", "id": self._model, "endpoint_sha256": address, **stated}

    def keep_changes(self, path: Path) -> None:
        """Loads earlier changes of requests from this file, if it exists, and saves later ones to it."""
        self._changes_file = path
        held: list[str] = []
        if path.exists():
            held = read_json(path, lambda found: set(found["changes"]), "remove it", "damaged; remove it")["changes"]
        self._changes = set(held) & set(CHANGES)

    def changes_in_words(self) -> str:
        """What the server made us change in each request; "" if nothing."""
        return in_words(self._changes)

    def complete(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[tuple[Request, Answer]]:
        """ModelError, after everything that did succeed, if a request failed for good.

        After GIVE_UP_AFTER failures in a row, or n_parallel if that is more, no new request is sent: the server is
        down, and each would use up its retries.
        """
        import openai

        failures: list[tuple[Request, Exception]] = []
        in_a_row = 0
        client = self._client()
        executor = ThreadPoolExecutor(self._endpoint.n_parallel)
        try:
            futures: dict[Future[Answer], Request] = {
                executor.submit(self._ask, client, r, sampling): r for r in requests
            }
            for future in as_completed(futures):
                try:
                    answer = future.result()
                except CancelledError:
                    continue
                except (openai.OpenAIError, _Malformed) as error:
                    failures.append((futures[future], error))
                    in_a_row += 1
                    if in_a_row >= max(self._endpoint.n_parallel, self.GIVE_UP_AFTER):
                        for waiting in futures:
                            waiting.cancel()
                else:
                    in_a_row = 0
                    yield futures[future], answer
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
            client.close()
        if failures:
            request, reason = failures[0]
            raise ModelError(
                f"{self.name}: no completion for {request.bug.bug_id}: {self._describe(reason, request)}. "
                f"{len(failures)} of {len(requests)} requests failed for good; the rest is kept, and the same command "
                "resumes from there"
            )

    def _client(self) -> openai.OpenAI:
        import openai

        return openai.OpenAI(
            base_url=self._base_url,
            api_key=self._key() or "none",
            timeout=self._endpoint.timeout_s,
            max_retries=self._endpoint.max_retries,
        )

    def _key(self) -> str:
        return os.environ.get(self._endpoint.api_key_env, "")

    def _ask(self, client: openai.OpenAI, request: Request, sampling: Sampling) -> Answer:
        import openai

        problem = ""
        for _ in range(self.MALFORMED_TRIES):
            try:
                answer = self._send(client, self._body(request, sampling))
            except openai.APIStatusError as error:
                if why := _unanswerable(error):
                    return Answer("", why)
                raise
            except ValueError as error:
                problem = f"the answer is not JSON ({error})"
                continue
            if found := _answer_in(answer, request.prompt.opened_fence):
                return found
            problem = f"the answer holds no completion ({str(answer)[:200]})"
        raise _Malformed(problem)

    def _body(self, request: Request, sampling: Sampling) -> dict[str, Any]:
        body: dict[str, Any] = {"max_tokens": sampling.max_new_tokens, "temperature": sampling.temperature}
        if sampling.top_p < 1:
            body["top_p"] = sampling.top_p
        if sampling.temperature > 0:
            body["seed"] = request.rng(sampling.seed).getrandbits(31)
        if self._endpoint.reasoning_effort:
            body["reasoning_effort"] = self._endpoint.reasoning_effort
        if request.prompt.opened_fence:
            return body | {"prompt": request.prompt.text, "stop": [f"\n{FENCE}"]}
        return body | {"messages": list(request.prompt.messages)}

    def _send(self, client: openai.OpenAI, body: Mapping[str, Any]) -> Any:
        """The server's answer; a parameter that it refuses is changed, for later requests too."""
        import openai

        while True:
            changes = frozenset(self._changes)
            ready = changed(body, changes)
            try:
                answer = self._create(client, ready | dict(self._endpoint.extra_body or {}))
            except openai.APIStatusError as error:
                change = None
                if error.status_code in REFUSED_STATUSES and not _unanswerable(error):
                    change = change_wanted(complaint(error.body or error.message), names_sent(ready))
                if change is None or change in changes:
                    raise
                with self._lock:
                    self._changes.add(change)
            else:
                if changes and self._changes_file:
                    self._write_changes(self._changes_file)
                return answer

    def _create(self, client: openai.OpenAI, body: Mapping[str, Any]) -> Any:
        # all in extra_body: the package's own parameters are not the same for both kinds of request
        rest = {name: value for name, value in body.items() if name not in ("prompt", "messages")}
        if "prompt" in body:
            return client.completions.create(model=self._model, prompt=body["prompt"], extra_body=rest)
        return client.chat.completions.create(model=self._model, messages=body["messages"], extra_body=rest)

    def _write_changes(self, path: Path) -> None:
        with self._lock:
            text = json.dumps({"changes": sorted(self._changes)}) + "\n"
            if not path.exists() or path.read_text() != text:
                write_whole(path, text)

    def _describe(self, error: Exception, request: Request) -> str:
        import openai

        if isinstance(error, openai.APITimeoutError):
            return f"no answer within {self._endpoint.timeout_s:g} s; give it longer with --timeout"
        if isinstance(error, openai.APIConnectionError):
            url = _without_password(self._base_url)
            return f"no connection to {url} ({error.__cause__ or error}); is the server running there?"
        if isinstance(error, openai.APIStatusError):
            return self._describe_status(error, request)
        return self._public(str(error)[:300])

    def _describe_status(self, error: openai.APIStatusError, request: Request) -> str:
        words = complaint(error.body or error.message)
        status = f"HTTP {error.status_code} ({self._public(words)[:200] or 'without a message'})"
        if error.status_code in (401, 403):
            return f"{status}; {self._key_advice()}"
        chats = not request.prompt.opened_fence
        if error.status_code in (404, 405, 501):
            url = _without_password(self._base_url).rstrip("/") + ("/chat/completions" if chats else "/completions")
            status = f"{status}; check the model {self._model!r} and the address {url}"
        elif error.status_code not in REFUSED_STATUSES or not _speaks_of_kind(words):
            return status
        hint = "cannot chat takes --prompt complete-v1" if chats else "can only chat takes --prompt chat-v1"
        return f"{status}; a model that {hint}"

    def _key_advice(self) -> str:
        variable = self._endpoint.api_key_env
        if urlsplit(self._base_url).username is not None:
            return "the server does not accept the user and password in the address of the model"
        if self._key():
            return f"the server does not accept the key that the variable {variable} holds"
        return f"the key comes from the variable {variable}, which is not set; --api-key-env names another one"

    def _public(self, text: str) -> str:
        """A server's words without the key, the password and the address, should it repeat them."""
        parts = urlsplit(self._base_url)
        for secret in (self._key(), parts.password, parts.netloc, parts.hostname):
            text = text.replace(secret, "...") if secret and len(secret) > 3 else text
        return text


def _speaks_of_kind(text: str) -> bool:
    """Whether a refusal is about chats and documents, as for a model without a chat template."""
    return (
        re.search(r"chat[ -]?template|chat[ /]?completion|chat model|v1/completions", text, re.IGNORECASE) is not None
    )


def _unanswerable(error: openai.APIStatusError) -> Why | None:
    if error.status_code not in REFUSED_STATUSES:
        return None
    return unanswerable(complaint(error.body or error.message))


def _answer_in(reply: Any, opened_fence: bool) -> Answer | None:
    """The first choice of a server's reply, None if it holds none. A choice without a text is a missing answer."""
    choices = getattr(reply, "choices", None)
    if not isinstance(choices, list) or not choices:
        return None
    choice = choices[0]
    message, finish = getattr(choice, "message", None), getattr(choice, "finish_reason", None)
    text = getattr(choice, "text", None) if message is None else getattr(message, "content", None)
    if text is None and (message is not None or finish is not None):
        text = ""
    if not isinstance(text, str):
        return None
    if opened_fence and (end := document_end(text)):  # a server may not know `stop`
        return Answer(text[:end])
    if finish == "content_filter" or getattr(message, "refusal", None):
        return Answer(text, "refused")
    return Answer(text, "cut" if finish == "length" else why_of(text))


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def open_openai(target: str, endpoint: Endpoint | None = None) -> Model:
    """target: `<base url>#<model>`. The refusal does not repeat it, as it may hold a password."""
    base_url, _, model = target.partition("#")
    if not base_url.startswith(("http://", "https://")) or not model:
        raise UsageError(
            "a model of this kind is openai:<base url>#<model>, as in openai:http://127.0.0.1:8000/v1#my-model"
        )
    return OpenAIModel(base_url, model, endpoint)
