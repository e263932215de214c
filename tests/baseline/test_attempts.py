"""TRL plays over a live server with a tiny model; what the model says is scripted where it matters."""

import json
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flaky_sandbox import FlakySandbox
from live_server import client_of, serving
from tiny_models import save_random_model

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.environment.arena import Arena
from debugarena.benchmark.environment.task_sets import TaskSet
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.grading.rewards import SIGNALS

os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
pytest.importorskip("trl", reason="the extra `train` is not installed")

from debugarena.baseline.plain_head import use_without_gpu

FIX = "def flip(text):\n    return text[::-1]\n"
WRONG = "def flip(text):\n    return text.upper()\n"
PROMPT = [{"role": "user", "content": "Repair flip."}]


@pytest.fixture(scope="module")
def url(sandbox: Sandbox, flip: Bug) -> Iterator[str]:
    with Arena(TaskSet({"test": [flip]}), sandbox) as arena, serving(arena) as address:
        yield address


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("tiny") / "model"
    return save_random_model(target, "qwen2", more_tokens=("<|im_start|>", "<|im_end|>"), eos="<|im_end|>")


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> Any:
    import transformers

    from debugarena.baseline.attempts import use_fences

    auto: Any = transformers.AutoTokenizer
    made = use_fences(auto.from_pretrained(folder))
    made.pad_token = "<|end|>"  # else TRL adds one, and the model has no row for it
    return made


def parse(tokenizer: Any, text: str) -> dict[str, Any]:
    from trl.chat_template_utils import parse_response

    prefix = tokenizer.apply_chat_template(PROMPT, add_generation_prompt=True, tokenize=True, return_dict=False)
    ids = tokenizer.encode(text, add_special_tokens=False)
    parsed: dict[str, Any] = parse_response(tokenizer, ids, prefix=prefix)
    return parsed


@pytest.mark.parametrize(
    "turn",
    [
        f"```python\n{FIX}```",
        f"It turns:\n```python\n{WRONG}```\nNo:\n```python\n{FIX}```\nDone.",
        f"```python\n{FIX}",
        f"```\n{FIX}```",
    ],
)
def test_a_turn_with_fences_is_one_call_with_all_of_it(tokenizer: Any, turn: str) -> None:
    for ending in ("<|im_end|>", ""):
        (call,) = parse(tokenizer, turn + ending)["tool_calls"]
        assert call["function"] == {"name": "submit_fix", "arguments": {"completion": turn}}


def test_a_turn_without_a_fence_is_no_call(tokenizer: Any) -> None:
    assert parse(tokenizer, "I give up.<|im_end|>") == {"role": "assistant", "content": "I give up."}


def test_a_call_is_rendered_as_it_was_said(tokenizer: Any) -> None:
    from trl.chat_template_utils import is_chat_template_prefix_preserving, supports_tool_calling

    assert supports_tool_calling(tokenizer)
    assert is_chat_template_prefix_preserving(tokenizer)
    turn = f"So:\n```python\n{FIX}```"
    said = {"role": "assistant", **parse(tokenizer, turn + "<|im_end|>")}
    heard = {"role": "tool", "name": "submit_fix", "content": "Solved."}
    text = tokenizer.apply_chat_template([*PROMPT, said, heard], tokenize=False, add_generation_prompt=True)
    assert text == (
        "<|im_start|>user\nRepair flip.<|im_end|>\n"
        f"<|im_start|>assistant\n{turn}<|im_end|>\n"
        "<|im_start|>user\nSolved.<|im_end|>\n<|im_start|>assistant\n"
    )


def test_the_templates_survive_saving(tokenizer: Any, tmp_path: Path) -> None:
    import transformers

    tokenizer.save_pretrained(tmp_path)
    auto: Any = transformers.AutoTokenizer
    again = auto.from_pretrained(tmp_path)
    assert again.chat_template == tokenizer.chat_template
    assert parse(again, f"```python\n{FIX}```<|im_end|>")["tool_calls"]


def test_a_session_is_worth_its_last_attempt(url: str) -> None:
    from debugarena.baseline.attempts import NO_ATTEMPT, RepairSession

    session = RepairSession(client_of(url))
    session.reset(bug_id="python/flip", prompt=PROMPT, difficulty="easy")
    assert session.signals == NO_ATTEMPT
    assert "4 attempts left" in session.submit_fix(f"```python\n{WRONG}```\n```python\n{WRONG}```")
    assert sum(session.signals.values()) == pytest.approx(1 / 6 + 0.2)  # though the step has paid 0.0 so far
    assert session.submit_fix(f"```python\n{WRONG}```\n```python\n{FIX}```").startswith("Solved")
    assert sum(session.signals.values()) == 3.2
    assert session.submit_fix("```python\nimport os\n```") == "The episode is over."
    assert sum(session.signals.values()) == 3.2
    session.reset(bug_id="python/flip")
    assert session.signals == NO_ATTEMPT


def test_an_attempt_that_the_server_could_not_grade_is_no_reward(sandbox: Sandbox, flip: Bug) -> None:
    from debugarena.baseline.attempts import RepairSession

    flaky = FlakySandbox(sandbox)
    with Arena(TaskSet({"test": [flip]}), flaky.as_sandbox) as arena, serving(arena) as url:
        session = RepairSession(client_of(url))
        session.reset(bug_id="python/flip")
        flaky.failures = 1
        with pytest.raises(SandboxError):
            session.submit_fix(f"```python\n{FIX}```")
        assert (session.signals, session.n_not_graded) == (None, 1)


def make_trainer(url: str, folder: Path, tokenizer: Any, out: Path, max_tokens: int) -> Any:
    import datasets
    import transformers
    from trl import GRPOConfig, GRPOTrainer

    from debugarena.baseline.attempts import RepairSession, end_at_last_attempt, signal_rewards

    use_without_gpu()
    config = GRPOConfig(
        output_dir=str(out),
        max_steps=2,
        per_device_train_batch_size=4,
        num_generations=4,
        max_completion_length=max_tokens,
        max_tool_calling_iterations=5,
        learning_rate=1e-3,
        bf16=False,
        use_cpu=True,
        gradient_checkpointing=False,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
    )
    auto: Any = transformers.AutoModelForCausalLM
    rows = datasets.Dataset.from_list([{"prompt": PROMPT, "bug_id": "python/flip"}] * 4)
    return end_at_last_attempt(GRPOTrainer)(
        model=auto.from_pretrained(folder),
        reward_funcs=signal_rewards(),
        args=config,
        train_dataset=rows,
        processing_class=tokenizer,
        environment_factory=lambda: RepairSession(client_of(url)),
    )


@pytest.fixture
def calm() -> Iterator[None]:
    """What torch and TRL warn of on a machine without a GPU is theirs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_two_steps_of_training_over_the_live_server(
    url: str, folder: Path, tokenizer: Any, tmp_path: Path, calm: None
) -> None:
    trainer = make_trainer(url, folder, tokenizer, tmp_path, max_tokens=1600)  # of a byte each
    scripts = iter(
        [
            # step one: solved at once, solved at the second attempt with two fences in the turn, never, no fence at all
            [f"```python\n{FIX}```", f"```python\n{WRONG}```", f"```python\n{WRONG}```", "I give up."],
            ["done", f"```python\n{WRONG}```\n```python\n{FIX}```", "```python\nimport os\n```"],
            ["done", "done"],
            # step two
            ["no", f"```python\n{FIX}```", "no", f"```python\n{WRONG}```"],
            ["done", "done"],
        ]
    )

    def say(prompt_ids: list[list[int]], *args: Any, **kwargs: Any) -> tuple[list[list[int]], None]:
        turns = list(next(scripts))
        n = kwargs.get("num_generations", 4)
        assert len(turns) == len(prompt_ids) * (n if len(prompt_ids) * n == len(turns) else 1)
        return [tokenizer.encode(turn + "<|im_end|>", add_special_tokens=False) for turn in turns], None

    trainer._generate_single_turn = say
    trained: list[str] = []
    real_loop = trainer._tool_call_loop

    def watched(*arguments: Any, **options: Any) -> Any:
        found = real_loop(*arguments, **options)
        trained.extend(
            tokenizer.decode([token for token, counts in zip(ids, mask, strict=True) if counts])
            for ids, mask in zip(found[2], found[0], strict=True)
        )
        return found

    trainer._tool_call_loop = watched
    before = {name: weight.detach().clone() for name, weight in trainer.model.named_parameters()}
    trainer.train()
    steps = [entry for entry in trainer.state.log_history if f"rewards/{next(iter(SIGNALS))}/mean" in entry]
    assert len(steps) == 2
    assert next(scripts, None) is None
    # what was said after a solve does not count, and what was said after giving up was never asked for
    assert trained[:4] == [
        f"```python\n{FIX}```<|im_end|>",
        f"```python\n{WRONG}```<|im_end|>```python\n{WRONG}```\n```python\n{FIX}```<|im_end|>",
        f"```python\n{WRONG}```<|im_end|>```python\nimport os\n```<|im_end|>done<|im_end|>",
        "I give up.<|im_end|>",
    ]
    # of 4 rollouts: 3.2, 3.2, forbidden at last (-1.3 if the code defines nothing), nothing said (-0.3)
    assert steps[0]["reward"] == pytest.approx((3.2 + 3.2 - 1.3 - 0.3) / 4)
    assert steps[0]["rewards/full_solve_bonus/mean"] == pytest.approx(1.0)
    assert steps[1]["rewards/full_solve_bonus/mean"] == pytest.approx(0.5)
    assert all(0 < step["scoring_s"] < step["step_time"] for step in steps)
    assert any((weight.detach() != before[name]).any() for name, weight in trainer.model.named_parameters())
    assert json.dumps(steps)


def test_a_random_model_trains_too(url: str, folder: Path, tokenizer: Any, tmp_path: Path, calm: None) -> None:
    trainer = make_trainer(url, folder, tokenizer, tmp_path, max_tokens=60)
    trainer.train()
    steps = [entry for entry in trainer.state.log_history if "reward" in entry]
    assert [entry["reward"] for entry in steps] == [pytest.approx(-0.3)] * 2 or all(
        -1.3 <= entry["reward"] <= 3.2 for entry in steps
    )
