"""Where completions come from: no model, a tiny real transformers model, a real local server, the small model."""

import hashlib
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_openai import FAILED, Answer, Server, as_json, chat
from tiny_models import save_random_model, save_scripted_model

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.errors import ModelError, UsageError
from debugarena.benchmark.grading.grade import grade_completions
from debugarena.benchmark.grading.prompts import PROMPT_FORMATS, Prompt, PromptFormat, make_prompt
from debugarena.benchmark.models.answers import Answer as ModelAnswer
from debugarena.benchmark.models.base import Model, Request, Sampling
from debugarena.benchmark.models.decoding import choose
from debugarena.benchmark.models.fetch_model import RECORD_FILE, model_folder
from debugarena.benchmark.models.open import open_model
from debugarena.benchmark.models.transformers_model import TransformersModel, _batches, _Row


def complete(model: Model, requests: list[Request], **sampling: Any) -> dict[tuple[str, int, int], str]:
    pairs = list(model.complete(requests, Sampling(**sampling)))
    found = {(r.bug.bug_id, r.sample, r.attempt): answer.text for r, answer in pairs}
    assert len(found) == len(pairs)
    return found


def document(flip: Bug, text: str, sample: int = 0) -> Request:
    return Request(flip, Prompt("complete-v1", text=text), sample, 1)


def requests_for(bugs: list[Bug], prompt_format: PromptFormat) -> list[Request]:
    return [Request(bug, make_prompt(bug, (), prompt_format), 0, 1) for bug in bugs]


# the spec, the settings, the doors without a model


def test_a_folder_that_is_not_there_is_not_taken_for_a_name_on_the_hub(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none: no such folder; name one with a model in it"):
        open_model(f"hf:{tmp_path / 'none'}")


@pytest.mark.parametrize("spec", ["", "gpt", "hf:", "gguf:", "openai:", "oracle:1", "local:x"])
def test_an_unknown_model_is_answered_with_the_forms_there_are(spec: str) -> None:
    with pytest.raises(UsageError, match=r"oracle, noop, smollm2, hf:<id or folder>, gguf:<file> or openai:"):
        open_model(spec)


@pytest.mark.parametrize("spec", ["openai:http://localhost:8000/v1", "openai:localhost#m", "openai:http://h/v1#"])
def test_a_server_needs_an_address_and_a_model(spec: str) -> None:
    with pytest.raises(UsageError, match="<base url>#<model>"):
        open_model(spec)


@pytest.mark.parametrize("spec", ["hf:./no/such/folder", "gguf:no-such-file.gguf"])
def test_weights_that_are_not_there_are_named(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UsageError, match=spec.partition(":")[2]):
        open_model(spec)


def test_smollm2_says_how_to_bring_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUGARENA_CACHE", str(tmp_path))
    with pytest.raises(UsageError, match="debugarena fetch-model smollm2"):
        open_model("smollm2")


@pytest.mark.parametrize(
    "wrong", [{"temperature": -0.1}, {"top_p": 0.0}, {"top_p": 1.1}, {"max_new_tokens": 0}, {"batch_size": 0}]
)
def test_impossible_sampling_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        Sampling(**wrong)


@pytest.mark.parametrize("prompt_format", PROMPT_FORMATS)
def test_oracle_solves_and_noop_echoes_every_bug(
    prompt_format: PromptFormat, bugs: list[Bug], sandbox: Sandbox
) -> None:
    some = bugs[::4]
    requests = requests_for(some, prompt_format)
    for name in ("oracle", "noop"):
        texts = [answer.text for _, answer in open_model(name).complete(requests, Sampling())]
        assert all(text.endswith("\n```") for text in texts)
        assert all(text.startswith("```python\n") == (prompt_format == "chat-v1") for text in texts)
        opened_fence = requests[0].prompt.opened_fence
        grades = list(grade_completions(sandbox, zip(some, texts, strict=True), opened_fence))
        assert [g.solved for g in grades] == [name == "oracle"] * len(some)
        assert [g.echo for g in grades] == [name == "noop"] * len(some)


def test_importing_the_modules_imports_nothing_heavy() -> None:
    code = (
        "import sys, debugarena.benchmark.models.transformers_model, debugarena.benchmark.models.openai_model\n"
        "print({'torch', 'transformers', 'openai', 'huggingface_hub'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


# transformers: tiny models, made here


@pytest.fixture(scope="module")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return open_model(f"hf:{save_random_model(tmp_path_factory.mktemp('tiny') / 'model', 'llama')}")


@pytest.fixture(scope="module")
def many(flip: Bug) -> list[Request]:
    """Six prompts of different lengths, two samples each."""
    return [
        Request(replace(flip, bug_id=f"python/b{n}"), Prompt("complete-v1", text="def " * n + "\n"), sample, 1)
        for n in range(1, 7)
        for sample in range(2)
    ]


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
def test_greedy_is_what_transformers_generates_by_itself(kind: str, flip: Bug, tmp_path: Path) -> None:
    model = open_model(f"hf:{save_random_model(tmp_path, kind)}")
    assert isinstance(model, TransformersModel)
    tokenizer = model._tokenizer
    for prompt_format in PROMPT_FORMATS:
        prompt = make_prompt(flip, (), prompt_format)
        chat = "".join(f"<|start|>{m['role']}\n{m['content']}<|end|>" for m in prompt.messages)
        inputs = tokenizer(prompt.text or f"{chat}<|start|>assistant\n", return_tensors="pt")
        ids = model._model.generate(**inputs, max_new_tokens=24, do_sample=False)[0, inputs.input_ids.shape[1] :]
        theirs = tokenizer.decode(ids, skip_special_tokens=True)
        assert theirs
        assert "```" not in theirs
        assert list(complete(model, [Request(flip, prompt, 0, 1)], max_new_tokens=24).values()) == [theirs]


@pytest.mark.parametrize(("temperature", "n_tokens"), [(0.0, 16), (1.5, 80)])
def test_a_completion_depends_neither_on_its_batch_nor_on_the_order(
    random_model: Model, many: list[Request], temperature: float, n_tokens: int
) -> None:
    options = {"temperature": temperature, "max_new_tokens": n_tokens}
    together = complete(random_model, many, batch_size=12, **options)
    assert complete(random_model, many[::-1], batch_size=5, **options) == together
    assert complete(random_model, many[3:6], batch_size=1, **options).items() <= together.items()
    if temperature:
        assert len({len(text) for text in together.values()}) >= 4  # else no row left the batch before the others


def test_a_long_prompt_does_not_pad_short_ones(flip: Bug) -> None:
    lengths = [3, 90, 10, 40, 4, 21, 20, 11, 9, 2]
    rows = [_Row([0] * length, random.Random(), request=document(flip, "", n)) for n, length in enumerate(lengths)]
    batches = [[len(row.prompt_ids) for row in batch] for batch in _batches(rows, batch_size=3)]
    assert batches == [[90], [40, 21, 20], [11, 10, 9], [4, 3, 2]]
    assert list(_batches([], batch_size=3)) == []


def test_samples_differ_by_sample_attempt_bug_and_seed(random_model: Model, flip: Bug) -> None:
    base = Request(flip, Prompt("complete-v1", text="def f\n"), 0, 1)
    others = [
        replace(base, sample=1),
        replace(base, attempt=2),
        replace(base, bug=replace(flip, bug_id="python/other")),
    ]
    texts = list(complete(random_model, [base, *others], temperature=1.0, max_new_tokens=20).values())
    texts += complete(random_model, [base], temperature=1.0, max_new_tokens=20, seed=1).values()
    assert len(set(texts)) == 5


def test_sampling_leaves_the_global_generators_alone(random_model: Model, flip: Bug) -> None:
    import torch

    before = torch.random.get_rng_state(), random.getstate()
    complete(random_model, [document(flip, "x\n")], temperature=1.0, max_new_tokens=5)
    assert torch.equal(torch.random.get_rng_state(), before[0])
    assert random.getstate() == before[1]


def test_samples_follow_the_distribution_and_the_nucleus() -> None:
    import torch

    n = 4000
    probs = torch.tensor([0.1, 0.5, 0.15, 0.25])
    rngs = [random.Random(f"rows:{i}") for i in range(n)]
    logits = probs.log().repeat(n, 1)

    def shares(**sampling: Any) -> list[float]:
        counts = torch.bincount(choose(logits, rngs, Sampling(**sampling)), minlength=4)
        return [round(c / n, 2) for c in counts.tolist()]

    assert shares(temperature=1.0) == pytest.approx([0.1, 0.5, 0.15, 0.25], abs=0.03)
    assert shares(temperature=1.0, top_p=0.7) == pytest.approx([0, 2 / 3, 0, 1 / 3], abs=0.03)
    assert shares(temperature=1.0, top_p=0.5) == [0, 1, 0, 0]
    assert shares(temperature=0.5) == pytest.approx([0.029, 0.725, 0.065, 0.181], abs=0.03)
    assert shares(temperature=1e-9) == [0, 1, 0, 0]


def test_a_document_stops_at_a_fence_even_one_spread_over_tokens(flip: Bug, tmp_path: Path) -> None:
    model = open_model(f"hf:{save_scripted_model(tmp_path, ['x', 'y', 'Ċ', '`', '``,', 'z', 'w'])}")
    requests = [document(flip, "aw"), document(flip, "abcdef`", 1), document(flip, "z", 2)]
    assert complete(model, requests, max_new_tokens=20) == {
        ("python/flip", 0, 1): "xy\n```",
        ("python/flip", 1, 1): "``,zwxy\n```",  # the prompt's own backtick is no part of a fence in the new text
        ("python/flip", 2, 1): "wxy\n```",
    }


def test_a_chat_goes_on_after_a_fence(flip: Bug, tmp_path: Path) -> None:
    model = open_model(f"hf:{save_scripted_model(tmp_path, ['Ċ', 'x', '`', '``', 'z', '<|end|>'])}")
    assert list(complete(model, requests_for([flip], "chat-v1")).values()) == ["x```z"]


def test_special_tokens_are_not_part_of_a_completion(flip: Bug, tmp_path: Path) -> None:
    model = open_model(f"hf:{save_scripted_model(tmp_path, ['Ċ', 'x', '<|odd|>', 'y', '<|start|>', 'z', '<|end|>'])}")
    assert complete(model, [document(flip, "a\n")]) == {("python/flip", 0, 1): "xyz"}


def test_a_completion_is_at_most_max_new_tokens_long(flip: Bug, tmp_path: Path) -> None:
    model = open_model(f"hf:{save_scripted_model(tmp_path, ['Ċ', 'x', 'y'])}")
    assert complete(model, [document(flip, "a\n")], max_new_tokens=7) == {("python/flip", 0, 1): "xy\nxy\nx"}


def test_a_prompt_beyond_the_context_is_too_long_and_ends_nothing(random_model: Model, flip: Bug) -> None:
    fits, too_long = document(flip, "x"), document(flip, "x" * 2000, sample=1)
    (first, answer), (second, other) = random_model.complete([fits, too_long], Sampling(max_new_tokens=49))
    assert (first.sample, answer) == (1, ModelAnswer("", "too-long"))
    assert (second.sample, other.why) == (0, "cut")
    [(_, answer)] = random_model.complete([too_long], Sampling(max_new_tokens=48))
    assert answer.why == "cut"
    with pytest.raises(UsageError, match="2048 new tokens leave no room"):
        next(random_model.complete([fits], Sampling(max_new_tokens=2048)))


def test_an_answer_without_an_end_within_the_limit_is_cut(flip: Bug, tmp_path: Path) -> None:
    model = open_model(f"hf:{save_scripted_model(tmp_path, ['Ċ', 'x', 'y', '<|end|>'])}")
    for limit, answer in ((2, ModelAnswer("xy", "cut")), (3, ModelAnswer("xy"))):
        assert [a for _, a in model.complete([document(flip, "a\n")], Sampling(max_new_tokens=limit))] == [answer]


def test_a_model_without_a_chat_template_says_what_to_do(flip: Bug, tmp_path: Path) -> None:
    model = open_model(f"hf:{save_random_model(tmp_path, 'llama', chat_template=None)}")
    with pytest.raises(UsageError, match=r"no chat template.*complete-v1"):
        complete(model, requests_for([flip], "chat-v1"))


def test_a_chat_template_that_refuses_says_why(flip: Bug, tmp_path: Path) -> None:
    template = "{{ raise_exception('System role not supported') }}"
    model = open_model(f"hf:{save_random_model(tmp_path, 'llama', chat_template=template)}")
    with pytest.raises(UsageError, match=r"System role not supported.*complete-v1"):
        complete(model, requests_for([flip], "chat-v1"))


def test_info_is_plain_and_knows_no_path_of_this_machine(random_model: Model) -> None:
    info = random_model.info()
    folder = Path(random_model.name.removeprefix("hf:"))
    assert json.loads(json.dumps(info)) == info
    assert str(folder.parent) not in json.dumps(info)
    assert info["id"] == folder.name
    assert info["kind"] == "hf"
    assert info["weights_sha256"] == hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


# a server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def chats(flip: Bug) -> list[Request]:
    return [Request(replace(flip, bug_id=f"python/c{n}"), make_prompt(flip, (), "chat-v1"), 0, 1) for n in range(20)]


def texts_then_error(model: Model, requests: list[Request]) -> tuple[list[str], str]:
    """What was yielded and the message of the ModelError after it ("" if there was none)."""
    texts = []
    try:
        for _, answer in model.complete(requests, Sampling()):
            texts.append(answer.text)
    except ModelError as error:
        return texts, str(error)
    return texts, ""


def test_a_chat_prompt_is_sent_as_messages(server: Server, chats: list[Request]) -> None:
    model = open_model(f"openai:{server.url}#my/model")
    sampling = {"temperature": 0.5, "top_p": 0.9, "max_new_tokens": 77, "seed": 3}
    assert complete(model, chats[:1], **sampling) == {("python/c0", 0, 1): "hello"}
    path, body, key = server.calls[0]
    assert path == "/v1/chat/completions"
    assert body["messages"] == list(chats[0].prompt.messages)
    assert (body["model"], body["temperature"], body["top_p"], body["max_tokens"]) == ("my/model", 0.5, 0.9, 77)
    assert key == "Bearer none"


def test_a_document_is_sent_as_text_that_stops_at_the_fence(
    server: Server, flip: Bug, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    choice = {"index": 0, "finish_reason": "stop", "text": "def f(): pass\n"}
    server.behaviour = lambda n, path, body: as_json({"id": "1", "object": "text_completion", "choices": [choice]})
    model = open_model(f"openai:{server.url}#m")
    assert list(complete(model, requests_for([flip], "complete-v1")).values()) == ["def f(): pass\n"]
    path, body, key = server.calls[0]
    assert (path, body["stop"], key) == ("/v1/completions", ["\n```"], "Bearer secret")
    assert body["prompt"].endswith("```python\n")
    assert "secret" not in json.dumps(model.info())


def test_each_request_has_its_own_seed_the_same_every_time(server: Server, chats: list[Request]) -> None:
    for _ in range(2):
        complete(server.model(), chats, temperature=0.8)
    seeds = sorted(body["seed"] for _, body, _ in server.calls)
    assert len(set(seeds)) == len(chats)
    assert seeds[::2] == seeds[1::2]


def test_requests_run_in_parallel(server: Server, chats: list[Request]) -> None:
    together = threading.Barrier(8)  # passed only when eight requests are under way at once

    def wait(n: int, path: str, body: dict[str, Any]) -> Answer:
        together.wait(timeout=10)
        return chat("x")

    server.behaviour = wait
    assert len(complete(server.model(), chats[:16])) == 16


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_a_passing_failure_is_tried_again(server: Server, chats: list[Request], status: int) -> None:
    server.behaviour = lambda n, path, body: as_json({"error": {}}, status) if n <= 2 else chat("ok")
    assert texts_then_error(server.model(), chats[:1]) == (["ok"], "")
    assert len(server.calls) == 3


def test_a_lasting_failure_names_server_bug_reason_and_remedy(server: Server, chats: list[Request]) -> None:
    server.behaviour = lambda n, path, body: FAILED
    texts, message = texts_then_error(server.model(), chats[:1])
    assert texts == []
    for part in ("openai:m", "python/c0", "HTTP 500", "overloaded", "same command resumes"):
        assert part in message
    assert len(server.calls) == 3


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_refusal_is_not_tried_again(server: Server, chats: list[Request], status: int) -> None:
    server.behaviour = lambda n, path, body: as_json({"error": {"message": "no"}}, status)
    assert f"HTTP {status}" in texts_then_error(server.model(), chats[:1])[1]
    assert len(server.calls) == 1


def test_a_server_that_hangs_is_given_up_after_the_timeout(server: Server, chats: list[Request]) -> None:
    release = threading.Event()

    def hang(n: int, path: str, body: dict[str, Any]) -> Answer:
        release.wait(10)
        return chat("late")

    server.behaviour = hang
    try:
        texts, message = texts_then_error(server.model(timeout_s=0.2, max_retries=1), chats[:1])
    finally:
        release.set()
    assert texts == []
    assert "no answer within 0.2 s" in message
    assert len(server.calls) == 2


def test_a_closed_port_is_no_connection(server: Server, chats: list[Request]) -> None:
    server.http.shutdown()
    server.http.server_close()
    message = texts_then_error(server.model(max_retries=1), chats[:1])[1]
    assert "no connection" in message
    assert "refused" in message


MALFORMED: dict[str, Answer] = {
    "broken JSON": (200, {"content-type": "application/json"}, b'{"choices": ['),
    "not JSON at all": (200, {"content-type": "text/html"}, b"<html>hello</html>"),
    "empty choices": as_json({"choices": []}),
    "no choices": as_json({"error": "odd"}),
    "a list": (200, {"content-type": "application/json"}, b"[]"),
    "null": (200, {"content-type": "application/json"}, b"null"),
    "an empty choice": as_json({"choices": [{}]}),
    "a null choice": as_json({"choices": [None]}),
    "choices of another type": as_json({"choices": 3}),
    "content of another type": as_json({"choices": [{"message": {"content": 7}}]}),
}


@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_answer_is_tried_again_and_then_reported(
    server: Server, chats: list[Request], answer: Answer
) -> None:
    server.behaviour = lambda n, path, body: answer if n <= 2 else chat("ok")
    assert texts_then_error(server.model(), chats[:1]) == (["ok"], "")
    server.behaviour = lambda n, path, body: answer
    texts, message = texts_then_error(server.model(), chats[:1])
    assert texts == []
    assert "the answer" in message
    assert len(server.calls) == 3 + 3


@pytest.mark.parametrize("finish_reason", ["length", "content_filter"])
def test_an_answer_that_never_came_to_its_text_is_an_empty_completion(
    server: Server, chats: list[Request], finish_reason: str
) -> None:
    server.behaviour = lambda n, path, body: chat(None, finish_reason)  # all thought, no answer: the model's failure
    assert texts_then_error(server.model(), chats[:1]) == ([""], "")
    assert len(server.calls) == 1


def test_everything_that_worked_comes_before_the_error(server: Server, chats: list[Request]) -> None:
    doomed = {3, 11}
    for n, request in enumerate(chats):
        messages = ({"role": "user", "content": f"number {n}"},)
        chats[n] = replace(request, prompt=Prompt("chat-v1", messages=messages))  # type: ignore[arg-type]

    def fail_some(n: int, path: str, body: dict[str, Any]) -> Answer:
        number = int(body["messages"][0]["content"].split()[1])
        return FAILED if number in doomed else chat(str(number))

    server.behaviour = fail_some
    texts, message = texts_then_error(server.model(), chats)
    assert sorted(map(int, texts)) == sorted(set(range(20)) - doomed)
    assert "2 of 20 requests failed" in message
    server.behaviour = lambda n, path, body: chat("again")
    assert texts_then_error(server.model(), [chats[n] for n in doomed]) == (["again", "again"], "")


def test_a_server_that_is_down_is_not_asked_for_everything(server: Server, flip: Bug) -> None:
    requests = [Request(flip, make_prompt(flip, (), "chat-v1"), n, 1) for n in range(300)]
    server.behaviour = lambda n, path, body: FAILED
    assert "300 requests failed" in texts_then_error(server.model(n_parallel=4, max_retries=0), requests)[1]
    assert len(server.calls) < 60


def test_giving_up_halfway_does_not_wait_for_the_rest(server: Server, chats: list[Request]) -> None:
    release = threading.Event()

    def slow(n: int, path: str, body: dict[str, Any]) -> Answer:
        if n > 1:
            release.wait(20)
        return chat(str(n))

    server.behaviour = slow
    completions = iter(server.model().complete(chats, Sampling()))
    assert next(completions)[1].text == "1"
    start = time.monotonic()
    try:
        completions.close()  # type: ignore[attr-defined]
        assert time.monotonic() - start < 5
    finally:
        release.set()


# the small model itself


def test_smollm2_continues_a_document_with_code(bugs: list[Bug], monkeypatch: pytest.MonkeyPatch) -> None:
    home = os.environ.get("DEBUGARENA_CACHE") or str(Path.home() / ".cache" / "debugarena")
    monkeypatch.setenv("DEBUGARENA_CACHE", home)  # the tests' XDG_CACHE_HOME is an empty one
    if not (model_folder("smollm2") / RECORD_FILE).is_file():
        pytest.skip("smollm2 is not on this machine; debugarena fetch-model smollm2 brings it")
    model = open_model("smollm2")
    bug = next(b for b in bugs if b.bug_id == "python/add-subtracts")
    [text] = complete(model, requests_for([bug], "complete-v1"), max_new_tokens=60).values()
    assert f"def {bug.entry_point}(" in text
    assert text.endswith("```")
    assert model.info()["gguf_sha256"].startswith("b179c952")
