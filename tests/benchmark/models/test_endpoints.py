"""Servers that refuse a parameter, a key or an address: scored all the same, or answered in one sentence."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_openai import Answer, Server, as_json, chat

from debugarena.benchmark import Bug
from debugarena.benchmark.cli import main
from debugarena.benchmark.errors import ModelError, UsageError
from debugarena.benchmark.grading.prompts import PromptFormat, make_prompt
from debugarena.benchmark.models.answers import Answer as ModelAnswer
from debugarena.benchmark.models.base import Request, Sampling
from debugarena.benchmark.models.open import open_model
from debugarena.benchmark.models.openai_model import Endpoint, OpenAIModel

GREEDY = Sampling()
SAMPLED = Sampling(temperature=0.8, top_p=0.9)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, no_pictures: None) -> Iterator[Server]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def requests_of(flip: Bug, prompt: PromptFormat = "chat-v1", n: int = 4) -> list[Request]:
    return [Request(replace(flip, bug_id=f"python/c{i}"), make_prompt(flip, (), prompt), 0, 1) for i in range(n)]


def texts(model: OpenAIModel, requests: list[Request], sampling: Sampling = GREEDY) -> list[str]:
    return [answer.text for _, answer in model.complete(requests, sampling)]


def failure(model: Any, requests: list[Request]) -> str:
    with pytest.raises(ModelError) as caught:
        list(model.complete(requests, GREEDY))
    return str(caught.value)


def refusing(wrong: Callable[[dict[str, Any]], bool], body: dict[str, Any], status: int = 400) -> Any:
    return lambda n, path, sent: as_json(body, status) if wrong(sent) else chat("fine")


def has(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda sent: name in sent


def error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


def test_greedy_requests_carry_neither_a_seed_nor_a_top_p_of_one(server: Server, flip: Bug) -> None:
    texts(server.model(), requests_of(flip, n=1))
    texts(server.model(), requests_of(flip, n=1), Sampling(temperature=0.8))
    texts(server.model(), requests_of(flip, n=1), SAMPLED)
    sent = [{*body} - {"model", "messages", "max_tokens"} for _, body, _ in server.calls]
    assert sent == [{"temperature"}, {"temperature", "seed"}, {"temperature", "seed", "top_p"}]


REFUSALS: dict[str, tuple[Callable[[dict[str, Any]], bool], dict[str, Any], int, str]] = {
    "max_completion_tokens": (
        has("max_tokens"),
        error(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        ),
        400,
        "max_tokens sent as max_completion_tokens",
    ),
    "temperature and top_p": (
        lambda sent: {"temperature", "top_p"} <= {*sent},
        error("`temperature` and `top_p` cannot both be specified for this model. Please use only one."),
        400,
        "top_p not sent",
    ),
    "a default temperature": (
        has("temperature"),
        error(
            "Unsupported value: 'temperature' does not support 0.8 with this model. Only the default (1) value is supported.",
            param="temperature",
            code="unsupported_value",
        ),
        400,
        "temperature not sent",
    ),
    "an extra seed": (
        has("seed"),
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]},
        422,
        "seed not sent",
    ),
    "a system role": (
        lambda sent: sent["messages"][0]["role"] == "system",
        error("System role not supported"),
        400,
        "system message sent as part of the user's",
    ),
    "a system value": (
        lambda sent: sent["messages"][0]["role"] == "system",
        error("Unsupported value: 'messages[0].role' does not support 'system' with this model."),
        400,
        "system message sent as part of the user's",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refused_parameter_is_changed_once_for_the_whole_run(server: Server, flip: Bug, name: str) -> None:
    wrong, body, status, words = REFUSALS[name]
    server.behaviour = refusing(wrong, body, status)
    model = server.model(n_parallel=1)
    assert texts(model, requests_of(flip), SAMPLED) == ["fine"] * 4
    assert [wrong(sent) for _, sent, _ in server.calls] == [True, False, False, False, False]
    assert model.changes_in_words() == words


def test_requests_under_way_together_agree_on_the_change(server: Server, flip: Bug) -> None:
    server.behaviour = refusing(has("seed"), error("unknown parameter: seed"))
    model = server.model(n_parallel=8)
    assert texts(model, requests_of(flip, n=20), SAMPLED) == ["fine"] * 20
    assert model.changes_in_words() == "seed not sent"


def test_a_renamed_limit_keeps_its_number_and_a_merged_prompt_its_words(server: Server, flip: Bug) -> None:
    def picky(n: int, path: str, sent: dict[str, Any]) -> Answer:
        if "max_tokens" in sent:
            return as_json(error("please use max_completion_tokens"), 400)
        if sent["messages"][0]["role"] == "system":
            return as_json(error("Conversation roles must alternate user/assistant/user/assistant/..."), 400)
        return chat("fine")

    server.behaviour = picky
    [request] = requests_of(flip, n=1)
    assert texts(server.model(), [request], Sampling(max_new_tokens=77)) == ["fine"]
    sent = server.calls[-1][1]
    assert sent["max_completion_tokens"] == 77
    system, user = (message["content"] for message in request.prompt.messages)
    assert sent["messages"] == [{"role": "user", "content": f"{system}\n\n{user}"}]


def test_a_document_without_stop_still_ends_at_its_fence(server: Server, flip: Bug) -> None:
    choice = {"index": 0, "finish_reason": "length", "text": "def f(): pass\n```\nand more"}
    answer = as_json({"id": "1", "object": "text_completion", "choices": [choice]})
    refusal = as_json(error("'stop' is not supported with this model", param="stop"), 400)
    server.behaviour = lambda n, path, sent: refusal if "stop" in sent else answer
    assert texts(server.model(), requests_of(flip, "complete-v1", 1)) == ["def f(): pass\n```"]


@pytest.mark.parametrize(
    "body",
    [
        error("max_tokens is too large: 512. This model supports at most 256 completion tokens."),
        error("the server stops at weekends"),
        {"detail": [{"type": "missing", "loc": ["body", "user"], "msg": "Field required", "input": {"seed": 1}}]},
    ],
)
def test_a_refusal_that_no_change_mends_is_asked_once(server: Server, flip: Bug, body: dict[str, Any]) -> None:
    server.behaviour = lambda n, path, sent: as_json(body, 400)
    assert "HTTP 400" in failure(server.model(n_parallel=1), requests_of(flip, n=1))
    assert len(server.calls) == 1


def test_a_parameter_refused_again_after_its_change_is_an_error(server: Server, flip: Bug) -> None:
    server.behaviour = lambda n, path, sent: as_json(error("temperature is not supported"), 400)
    assert "temperature is not supported" in failure(server.model(n_parallel=1), requests_of(flip, n=1))
    assert len(server.calls) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_its_variable(
    server: Server, flip: Bug, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-something-secret"
    server.behaviour = lambda n, path, sent: as_json(error(f"Incorrect API key provided: {key}"), status)
    message = failure(server.model(), requests_of(flip, n=1))
    assert "the variable OPENAI_API_KEY, which is not set; --api-key-env" in message
    monkeypatch.setenv("THEIR_KEY", key)
    message = failure(server.model(api_key_env="THEIR_KEY"), requests_of(flip, n=1))
    assert "does not accept the key that the variable THEIR_KEY holds" in message
    assert key not in message
    assert [sent for *_, sent in server.calls] == ["Bearer none", f"Bearer {key}"]


def test_what_is_not_found_names_model_and_address(server: Server, flip: Bug) -> None:
    server.behaviour = lambda n, path, sent: as_json({"detail": "Not Found"}, 404)
    message = failure(server.model(), requests_of(flip, n=1))
    assert f"check the model 'm' and the address {server.url}/chat/completions" in message
    assert "--prompt complete-v1" in message
    message = failure(server.model(), requests_of(flip, "complete-v1", 1))
    assert f"{server.url}/completions" in message
    assert "can only chat takes --prompt chat-v1" in message


def test_a_model_without_a_chat_template_is_told_of_documents(server: Server, flip: Bug) -> None:
    server.behaviour = lambda n, path, sent: as_json(error("you must provide a chat template"), 400)
    assert "takes --prompt complete-v1" in failure(server.model(), requests_of(flip, n=1))


def test_no_connection_names_the_address_without_its_password(flip: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    model = OpenAIModel("http://user:secret@127.0.0.1:9/v1", "m", Endpoint(max_retries=0))
    message = failure(model, requests_of(flip, n=1))
    assert "no connection to http://127.0.0.1:9/v1 (" in message
    assert "secret" not in message


def test_the_own_fields_of_a_request_go_with_it(server: Server, flip: Bug) -> None:
    model = server.model(extra_body={"top_k": 20, "max_tokens": 9}, reasoning_effort="low")
    assert texts(model, requests_of(flip, n=1)) == ["hello"]
    sent = server.calls[0][1]
    assert (sent["top_k"], sent["max_tokens"], sent["reasoning_effort"]) == (20, 9, "low")
    assert model.info()["extra_body"] == {"top_k": 20, "max_tokens": 9}
    assert model.info()["reasoning_effort"] == "low"
    with pytest.raises(UsageError, match="cannot set 'stream'"):
        Endpoint(extra_body={"stream": True})


def test_one_request_at_a_time_where_that_is_wanted(server: Server, flip: Bug) -> None:
    under_way, most = [0], [0]

    def count(n: int, path: str, sent: dict[str, Any]) -> Answer:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        time.sleep(0.02)
        under_way[0] -= 1
        return chat("x")

    server.behaviour = count
    texts(server.model(n_parallel=1), requests_of(flip, n=6))
    assert most == [1]


# answers that are no whole ones


def filtered(code: str) -> Answer:
    return as_json(error("The response was filtered due to the prompt triggering our policy.", code=code), 400)


def refusal(text: str | None) -> Answer:
    message = {"role": "assistant", "content": None, "refusal": text}
    return as_json({"id": "1", "object": "chat.completion", "choices": [{"finish_reason": "stop", "message": message}]})


UNWHOLE: dict[str, tuple[Answer, ModelAnswer]] = {
    "thought alone": (chat(None), ModelAnswer("", "missing")),
    "an empty text": (chat(" \n"), ModelAnswer(" \n", "missing")),
    "a filter": (chat(None, "content_filter"), ModelAnswer("", "refused")),
    "a filter of prompts": (filtered("content_filter"), ModelAnswer("", "refused")),
    "a refusal": (refusal("I will not."), ModelAnswer("", "refused")),
    "thought up to the limit": (chat(None, "length"), ModelAnswer("", "cut")),
    "half an answer": (chat("def f(", "length"), ModelAnswer("def f(", "cut")),
    "an unclosed thought": (chat("<think>so, let me"), ModelAnswer("<think>so, let me", "cut")),
    "a closed thought": (chat("<think>so</think>x"), ModelAnswer("<think>so</think>x")),
    "OpenAI's context": (
        as_json(error("Your input exceeds the context window of this model.", code="context_length_exceeded"), 400),
        ModelAnswer("", "too-long"),
    ),
    "vLLM's context": (
        as_json(
            error(
                "'max_tokens' or 'max_completion_tokens' is too large: 512. This model's maximum context length is "
                "2048 tokens and your request has 1900 input tokens (512 > 2048 - 1900)."
            ),
            400,
        ),
        ModelAnswer("", "too-long"),
    ),
    "llama.cpp's context": (
        as_json(error("the request exceeds the available context size, try increasing it"), 400),
        ModelAnswer("", "too-long"),
    ),
    "a vendor's context": (
        as_json(error("prompt is too long: 208310 tokens > 200000 maximum"), 400),
        ModelAnswer("", "too-long"),
    ),
}


@pytest.mark.parametrize("name", UNWHOLE)
def test_an_answer_that_is_none_ends_nothing_and_says_why(server: Server, flip: Bug, name: str) -> None:
    answer, expected = UNWHOLE[name]
    server.behaviour = lambda n, path, sent: answer if n == 1 else chat("fine")
    model = server.model(n_parallel=1)
    assert [a for _, a in model.complete(requests_of(flip, n=2), SAMPLED)] == [expected, ModelAnswer("fine")]
    assert len(server.calls) == 2
    assert model.changes_in_words() == ""


# the command


def score(server: Server, *flags: str, name: str = "m") -> int:
    address = server.url.replace("http://", "http://user:secret@")
    return main(["score", "--model", f"openai:{address}#{name}", "--limit", "3", *flags])


def test_a_score_leaves_no_password_and_no_address_anywhere(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert score(server) == 0
    assert server.calls[0][2].startswith("Basic ")
    [folder] = (tmp_path / "runs").iterdir()
    assert folder.name == "openai-m-chat-v1"
    report = json.loads((folder / "report.json").read_text())
    assert report["model"]["name"] == "openai:m"
    assert len(report["model"]["endpoint_sha256"]) == 64
    server.behaviour = lambda n, path, sent: as_json(error("no"), 400)
    assert score(server, "--out", "other") == 2
    files = [path.read_text() for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".png"]
    shown = "".join([*capsys.readouterr(), *files, *map(str, folder.iterdir())])
    port = server.url.rpartition(":")[2].removesuffix("/v1")
    assert not [word for word in (":secret", "user:", "127.0.0.1", f":{port}") if word in shown]


def test_a_folder_goes_on_with_its_own_endpoint_alone(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("--out", str(tmp_path / "run"))
    assert score(server, *out) == 0
    server.url = server.url.replace("127.0.0.1", "localhost")
    assert score(server, *out) == 2
    said = capsys.readouterr().err
    assert "holds another run" in said
    assert "localhost" not in said


def test_a_report_says_what_was_changed_and_a_resumed_run_says_it_too(server: Server, tmp_path: Path) -> None:
    server.behaviour = refusing(has("max_tokens"), error("Use 'max_completion_tokens' instead of 'max_tokens'"))
    out = ("--out", str(tmp_path))
    assert score(server, *out) == 0
    first = (tmp_path / "report.json").read_bytes()
    assert json.loads(first)["model"]["request_changes"] == "max_tokens sent as max_completion_tokens"
    assert "max_tokens sent as max_completion_tokens" in (tmp_path / "report.md").read_text()
    n = len(server.calls)
    assert score(server, *out) == 0
    assert (tmp_path / "report.json").read_bytes() == first
    assert len(server.calls) == n
    lines = (tmp_path / "completions.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "completions.jsonl").write_text(lines[0])
    assert score(server, *out) == 0
    assert all("max_tokens" not in sent for _, sent, _ in server.calls[n:])


def test_unwhole_answers_are_counted_printed_and_kept(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [chat("<think>on and on", "length"), chat(None), chat("def f(): pass")]
    server.behaviour = lambda n, path, sent: answers[n - 1]
    out = ("--out", str(tmp_path / "run"), "--concurrency", "1")
    assert score(server, *out) == 0
    counts = {"given": 1, "missing": 1, "refused": 0, "too_long": 0, "cut": 1}
    line = "answers: 1 of 3 whole, 1 missing, 1 cut by the limit of new tokens; raise --max-new-tokens"
    for _ in range(2):
        report = json.loads((tmp_path / "run" / "report.json").read_text())
        assert report["answers"] == counts
        assert line in capsys.readouterr().out
        assert f"- {line}" in (tmp_path / "run" / "report.md").read_text()
        assert score(server, *out) == 0  # resumed
    assert len(server.calls) == 3
    file = tmp_path / "run" / "completions.jsonl"
    assert main(["score", "--completions", str(file), "--limit", "3", "--out", str(tmp_path / "again")]) == 0
    assert json.loads((tmp_path / "again" / "report.json").read_text())["answers"] == counts


def test_a_k_that_cannot_be_is_refused_before_any_request(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for flags in (["--samples", "5", "--temperature", "1", "--k", "10"], ["--k", "0"]):
        assert score(server, *flags, "--out", str(tmp_path / "run")) == 2
    said = capsys.readouterr().err
    assert "asked for pass@10 but samples is 5" in said
    assert "k is 0" in said
    assert server.calls == []


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--model", "oracle", "--timeout", "3"], "are for a model behind a server"),
        (["--model", "oracle", "--concurrency", "3"], "are for a model behind a server"),
        (["--model", "hf:x", "--reasoning-effort", "low"], "are for a model behind a server"),
        (["--completions", "x.jsonl", "--api-key-env", "X"], "are for a model behind a server"),
        (["--model", "openai:http://h/v1#m", "--concurrency", "0"], "--concurrency is 0"),
        (["--model", "openai:http://h/v1#m", "--timeout", "0"], "--timeout is 0"),
        (["--model", "openai:http://h/v1#m", "--timeout", "nan"], "--timeout is nan"),
        (["--model", "openai:http://h/v1#m", "--extra-body", "{"], "not a JSON object"),
        (["--model", "openai:http://h/v1#m", "--extra-body", "[1]"], "not a JSON object"),
        (["--model", "openai:http://h/v1#m", "--extra-body", '{"n": 2}'], "cannot set 'n'"),
    ],
)
def test_flags_of_a_server_that_do_not_fit_get_a_sentence(
    flags: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", *flags, "--out", str(tmp_path / "out")]) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize("spec", ["openai:http://u:secret@h/v1", "opnai:http://u:secret@h/v1#m"])
def test_a_spec_that_is_refused_is_not_repeated_with_its_password(spec: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_model(spec)
    assert "secret" not in str(caught.value)
