"""The path of training with a tiny random model: real TRL, real sandbox, real kills."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import as_row
from warm_python import WARM

pytest.importorskip("trl", reason="the extra `train` is not installed")

from debugarena.baseline.trainer import WHOLE, last_checkpoint
from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.adapters.trl import SignalRewards
from debugarena.benchmark.cli import main
from debugarena.benchmark.dataset.splits import split_of
from debugarena.benchmark.files import sole_writer
from debugarena.benchmark.grading.grade import Grade
from debugarena.benchmark.grading.rewards import SIGNALS

SMOKE = Path(__file__).parents[2] / "baseline" / "configs" / "smoke.yaml"
FIX = "```python\ndef flip(text):\n    return text[::-1]\n```"
WRONG = "```python\ndef flip(text):\n    return text\n```"
SHORT = {"max_new_tokens": 50}  # enough for the fixes of `dataset`


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory, bugs: list[Bug]) -> Path:
    """A folder of bugs as `debugarena generate` would leave them: eight of the two with the shortest fixes."""
    return save_bugs(tmp_path_factory.mktemp("bugs"), shortest(bugs)[:2] * 4)


@pytest.fixture(scope="module")
def various(tmp_path_factory: pytest.TempPathFactory, bugs: list[Bug]) -> Path:
    """One of eight bugs of different lengths."""
    return save_bugs(tmp_path_factory.mktemp("bugs"), shortest(bugs)[:8])


def shortest(bugs: list[Bug]) -> list[Bug]:
    return sorted(bugs, key=lambda bug: len(bug.fixed_code))


def save_bugs(folder: Path, bugs: list[Bug]) -> Path:
    programs = [f"made/p{i}" for i in range(60) if split_of(f"made/p{i}") == "train"]
    made = [
        replace(bug, bug_id=f"python/made-{i}", origin_kind="generated", level=1 + i % 4, program=programs[i])
        for i, bug in enumerate(bugs)
    ]
    (folder / "bugs-00000.jsonl").write_text("".join(json.dumps(as_row(bug)) + "\n" for bug in made))
    return folder


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke config with short completions: token after token, they are most of what a step takes."""
    return changed(tmp_path_factory.mktemp("config"), SHORT)


def start(config: Path, dataset: Path, out: Path, *flags: str) -> "subprocess.Popen[str]":
    command = [*WARM, "-m", "debugarena.benchmark.cli", "train", str(config), "--dataset", str(dataset)]
    return subprocess.Popen(
        [*command, "--out", str(out), *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: "subprocess.Popen[str]") -> str:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out


def weights(out: Path) -> Any:
    from safetensors.torch import load_file

    return flat(load_file(out / "model" / "model.safetensors"))


def flat(found: dict[str, Any]) -> Any:
    """The weights of the layers in one row."""
    import torch

    return torch.cat([found[name].detach().flatten() for name in sorted(found) if ".layers." in name])


# what a random model writes earns the same whatever it is; here one signal is a number that varies with the text
VARIED = """
import sys
from debugarena.benchmark.adapters import trl
from debugarena.benchmark.cli import main

real = trl.SignalRewards._function

def varied(self, name):
    reward = real(self, name)

    def other(completions, **columns):
        reward(completions=completions, **columns)
        return [sum(map(ord, completion)) % 97 / 97 for completion in completions]

    other.__name__ = name
    return other if name == "tests_passing" else reward

trl.SignalRewards._function = varied
sys.exit(main(sys.argv[1:]))
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(path: Path, process: "subprocess.Popen[str]") -> None:
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def kill_once_there(process: "subprocess.Popen[str]", path: Path) -> None:
    wait_for(path, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def logged(folder: Path, key: str) -> dict[int, dict[str, Any]]:
    """Step -> its line, of those lines of a log that have the key."""
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return {line["step"]: line for line in lines if key in line}


SAME = ("num_tokens", "completions/mean_length", "entropy", "reward", "reward_std", "grad_norm", "loss", "shares")


def test_a_run_that_was_killed_ends_as_if_it_had_not_been(smoke: Path, dataset: Path, tmp_path: Path) -> None:
    """With the curriculum, whose state has to come back too."""
    straight, broken = tmp_path / "straight", tmp_path / "broken"

    def begin(out: Path) -> "subprocess.Popen[str]":
        flags = ["--dataset", str(dataset), "--steps", "6", "--curriculum", "--seed", "5", "--out", str(out)]
        command = [*WARM, "-c", VARIED, "train", str(smoke), *flags]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)

    finish(begin(straight))
    kill_once_there(begin(broken), broken / "checkpoint-4" / WHOLE)  # the bandit has forgotten its beginning
    assert not (broken / "model").exists()
    assert "model/ are in" in finish(begin(broken))

    steps = [logged(folder, "reward") for folder in (straight, broken)]
    assert list(steps[0]) == list(steps[1]) == [1, 2, 3, 4, 5, 6]
    for step in steps[0]:
        assert {f"rewards/{name}/mean" for name in SIGNALS} <= set(steps[0][step])
        assert {key: steps[0][step][key] for key in SAME} == {key: steps[1][step][key] for key in SAME}
    assert (weights(straight) == weights(broken)).all()
    assert (weights(straight) != flat(untrained())).any()
    assert any(entry["grad_norm"] > 0 for entry in steps[0].values())

    shutil.rmtree(broken / "model")  # killed after its last step, or called once more
    finish(begin(broken))
    assert list(logged(broken, "reward")) == [1, 2, 3, 4, 5, 6]
    assert (weights(straight) == weights(broken)).all()


def test_a_warm_start_that_was_killed_goes_on_from_its_checkpoint(dataset: Path, tmp_path: Path) -> None:
    config = changed(tmp_path, {"steps": 0, "warm_start_steps": 4, "warm_start_learning_rate": 1e-2})
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    finish(start(config, dataset, straight))
    kill_once_there(start(config, dataset, broken), broken / "warm-start" / "checkpoint-2" / WHOLE)
    finish(start(config, dataset, broken))
    logs = [logged(folder / "warm-start", "loss") for folder in (straight, broken)]
    for step in (1, 2, 3, 4):
        assert logs[0][step]["loss"] == logs[1][step]["loss"]
        assert logs[0][step]["step_time"] > 0
    assert (weights(straight) == weights(broken)).all()

    (broken / "warm-start" / "adapter.safetensors").unlink()  # killed after its last step
    shutil.rmtree(broken / "model")
    finish(start(config, dataset, broken))
    assert list(logged(broken / "warm-start", "loss")) == [1, 2, 3, 4]
    assert (weights(straight) == weights(broken)).all()


def changed(folder: Path, change: dict[str, Any]) -> Path:
    """The smoke config with other values."""
    kept = [line for line in SMOKE.read_text().splitlines() if line.split(":")[0] not in change]
    config = folder / "run.yaml"
    config.write_text("\n".join([*kept, *(f"{key}: {value}" for key, value in change.items())]) + "\n")
    return config


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`")  # of peft
@pytest.mark.filterwarnings("ignore:Could not find a config file")  # of peft 0.18
def test_an_adapter_made_on_four_bits_goes_into_whole_weights(tmp_path: Path) -> None:
    """As far as that goes without a GPU: the adapter of one copy of a model, put into another."""
    import torch

    from debugarena.baseline import language_model
    from debugarena.baseline.config import read_config

    config = read_config(SMOKE, load_in_4bit=True)
    model, _ = language_model.load(config)
    adapted = language_model.add_lora(model, config, unsloth=False)
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_B" in name:
                weight.fill_(0.02)
    adapted.save_pretrained(tmp_path)
    ids = torch.arange(12)[None]
    expected = adapted(input_ids=ids).logits
    whole = language_model.load_adapter(config, tmp_path).merge_and_unload()
    torch.testing.assert_close(whole(input_ids=ids).logits, expected, atol=1e-4, rtol=1e-4)
    assert (language_model.load(config)[0](input_ids=ids).logits - expected).abs().max() > 0.01


def untrained() -> dict[str, Any]:
    from debugarena.baseline.random_model import make_random_model

    return dict(make_random_model()[0].named_parameters())


@pytest.mark.parametrize(
    "change",
    [
        {"warm_start_steps": 2, "warm_start_learning_rate": 1e-2, "steps": 0},
        {"prompt": "chat-v1", "attempts": 5, "steps": 1, "max_new_tokens": 300},
    ],
    ids=["supervised alone", "five attempts"],
)
def test_the_other_recipes_train_too(dataset: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    finish(start(changed(tmp_path, change), dataset, tmp_path / "run"))
    moved = (weights(tmp_path / "run") - flat(untrained())).abs().max()
    # completions of random bytes all earn the same, so that GRPO has no gradient here; a fix to copy has
    assert (moved > 0) == (change["steps"] == 0)


# what the extra `serve` brings, not there
WITHOUT_SERVE = """
import sys
sys.modules |= dict.fromkeys(("openenv", "fastapi", "starlette", "uvicorn", "gradio", "fastmcp", "mcp"))
from debugarena.benchmark.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ({"steps": 1, "generations": 2, **SHORT}, 0, ""),
        (
            {"prompt": "chat-v1", "attempts": 5},
            2,
            'this training needs openenv; pip install "debugarena[train,serve]"',
        ),
    ],
    ids=["one attempt", "five attempts"],
)
def test_only_several_attempts_need_openenv(
    change: dict[str, Any], code: int, sentence: str, dataset: Path, tmp_path: Path
) -> None:
    flags = ["--dataset", str(dataset), "--out", str(tmp_path / "run")]
    command = [*WARM, "-c", WITHOUT_SERVE, "train", str(changed(tmp_path, change)), *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr
    assert (tmp_path / "run" / "model" / "model.safetensors").exists() == (code == 0)


@pytest.mark.filterwarnings("ignore:`gradient_checkpointing`:FutureWarning")  # of transformers
def test_another_run_does_not_go_on_in_the_folder(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "run.json").write_text('{"seed": 1}\n')
    assert main(["train", str(SMOKE), "--dataset", str(dataset), "--out", str(out)]) == 2
    assert "holds another run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["nowhere.yaml"], "nowhere.yaml: cannot be read"),
        ([str(SMOKE), "--steps", "-1"], "steps is -1"),
        ([str(SMOKE), "--dataset", "nowhere"], "nowhere: no such folder or file"),
        ([str(SMOKE), "--seed", "-1"], "--seed is -1"),
    ],
)
def test_misuse_is_one_sentence(flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *flags]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


@pytest.mark.filterwarnings("ignore:`gradient_checkpointing`:FutureWarning")  # of transformers
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"prompts_per_step": 40, "micro_batch": 2}, "prompts_per_step is 40, but there are"),
        ({"log_to": "trackio"}, "this training needs trackio; pip install trackio"),
        ({"prompt": "chat-v1", "vllm": "true"}, "this training needs vllm"),
    ],
)
def test_a_run_that_is_refused_leaves_no_folder(
    change: dict[str, Any], sentence: str, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, out = changed(tmp_path, change), tmp_path / "run"
    assert main(["train", str(config), "--dataset", str(dataset), "--out", str(out)]) == 2
    assert sentence in capsys.readouterr().err.splitlines()[-1]
    assert not out.exists()


@pytest.mark.filterwarnings("ignore:`gradient_checkpointing`:FutureWarning")  # of transformers
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"context": 600},
            r"shortest prompt without its failing tests has (\d+) tokens and the median one (\d+), where context 600 leaves 100 "
            r"besides max_new_tokens; the shortest fix has (\d+) and the median one (\d+), where max_new_tokens is 500; "
            r"set context to (\d+) or more$",
        ),
        ({"max_new_tokens": 2}, r"the shortest fix has \d+ and .* is 2; set max_new_tokens to \d+ or more$"),
        ({"context": 64, "max_new_tokens": 2}, r"set context to \d+ or more and max_new_tokens to \d+ or more$"),
        ({"prompt": "chat-v1", "context": 600}, r"no bug fits: .* set context to \d+ or more$"),
    ],
)
def test_bugs_that_are_all_too_long_are_refused_before_any_work(
    change: dict[str, Any],
    sentence: str,
    various: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work(self: Sandbox, job: Any) -> Any:
        raise AssertionError("a job for the sandbox")

    monkeypatch.setattr(Sandbox, "submit", work)
    config = changed(tmp_path, change)
    assert main(["train", str(config), "--dataset", str(various), "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert re.search(sentence, said.strip())
    assert said.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.filterwarnings("ignore:`gradient_checkpointing`:FutureWarning")  # of transformers
def test_bugs_whose_failing_tests_make_them_too_long_are_refused_with_their_lengths(
    various: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is set as the sentence says is enough, or the next sentence says what is."""
    context = 600
    said = ""
    for _ in range(2):
        config = changed(tmp_path, {"context": context, "steps": 0, "warm_start_steps": 1, "prompts_per_step": 40})
        assert main(["train", str(config), "--dataset", str(various), "--out", str(tmp_path / "run")]) == 2
        said = capsys.readouterr().err
        if not (found := re.search(r"set context to (\d+)", said)):
            break
        context = int(found[1])
    assert "prompts_per_step is 40, but there " in said


def test_data_without_a_train_split_names_what_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["train", str(SMOKE), "--out", str(tmp_path / "run")]
    assert main(command) == 2
    assert "dist/debugarena: no such folder; `debugarena build` makes it" in capsys.readouterr().err
    (tmp_path / "dist" / "debugarena" / "data" / "handcrafted").mkdir(parents=True)
    (tmp_path / "dist" / "debugarena" / "data" / "handcrafted" / "test-00000-of-00001.parquet").touch()
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "dist/debugarena has no split train, but test; `debugarena build` makes it" in said
    assert "`debugarena generate --split train --out DIR`" in said
    assert said.count("\n") == 1


def test_two_trainings_do_not_share_a_folder(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sole_writer(tmp_path / "run"):
        assert main(["train", str(SMOKE), "--dataset", str(dataset), "--out", str(tmp_path / "run")]) == 2
    assert f"{tmp_path}/run is being written by another process; name another --out" in capsys.readouterr().err


def test_bugs_for_evaluation_are_not_trained_on(
    dataset: Path, tmp_path: Path, bugs: list[Bug], capsys: pytest.CaptureFixture[str]
) -> None:
    tested = next(name for name in (f"made/p{i}" for i in range(60)) if split_of(name) == "test")
    for bug in (bugs[0], replace(bugs[0], origin_kind="generated", level=1, program=tested)):
        (tmp_path / "bugs-00000.jsonl").write_text(json.dumps(as_row(bug)) + "\n")
        assert main(["train", str(SMOKE), "--dataset", str(tmp_path), "--out", str(tmp_path / "o")]) == 2
        assert f"{bug.bug_id} is for evaluation; train on bugs of the split train" in capsys.readouterr().err


def test_two_processes_train_together(smoke: Path, dataset: Path, tmp_path: Path) -> None:
    """On a CPU, over gloo; each has half of every step's completions, and one of them writes."""
    launcher = [
        "-m",
        "torch.distributed.run",
        "--nproc_per_node",
        "2",
        "--master_port",
        str(free_port()),
        "--no_python",
    ]
    flags = ["--dataset", str(dataset), "--steps", "2", "--seed", "5", "--out", str(tmp_path / "two")]
    command = [*WARM, *launcher, *WARM, "-c", VARIED, "train", str(smoke), *flags]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("model/ are in") == 1
    lines = [json.loads(line) for line in (tmp_path / "two" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "reward" in line] == [1, 2]
    assert (weights(tmp_path / "two") != flat(untrained())).any()
    assert (tmp_path / "two" / "checkpoint-2" / WHOLE).exists()
    assert len(list((tmp_path / "two" / "checkpoint-2").glob("rng_state_*.pth"))) == 2


@pytest.mark.parametrize(
    ("processes", "flags", "sentence"),
    [("2", ["--curriculum"], "curriculum needs a single process"), ("3", [], "3 processes cannot share")],
)
def test_what_several_processes_cannot_do_is_refused(
    processes: str,
    flags: list[str],
    sentence: str,
    dataset: Path,
    tmp_path: Path,
) -> None:
    """Said by each of them before they meet, here by one that waits for no other."""
    code = "from debugarena.baseline import processes; processes.main_first = __import__('contextlib').nullcontext\n"
    code += "from debugarena.benchmark.cli import main; import sys; sys.exit(main(sys.argv[1:]))"
    command = [*WARM, "-c", code, "train", str(SMOKE), "--dataset", str(dataset), "--out", str(tmp_path / "o")]
    done = subprocess.run(
        [*command, *flags], capture_output=True, text=True, timeout=300, env=os.environ | {"WORLD_SIZE": processes}
    )
    assert done.returncode == 2
    assert sentence in done.stderr.splitlines()[-1]


def test_a_checkpoint_that_was_cut_off_is_removed_with_its_log(tmp_path: Path) -> None:
    for step in (5, 10, 15):
        (tmp_path / f"checkpoint-{step}").mkdir()
    for step in (5, 10):
        (tmp_path / f"checkpoint-{step}" / WHOLE).touch()
    (tmp_path / "log.jsonl").write_text("".join(json.dumps({"step": step}) + "\n" for step in range(1, 13)) + '{"st')
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoint-10"
    assert not (tmp_path / "checkpoint-15").exists()
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 10
    assert last_checkpoint(tmp_path / "none") is None


def test_four_functions_share_one_pass(sandbox: Sandbox, flip: Bug) -> None:
    told: list[tuple[int, list[Grade]]] = []
    rewards = SignalRewards(
        [flip], sandbox, opened_fence=False, on_graded=lambda step, grades: told.append((step, list(grades)))
    )
    completions = [FIX, WRONG, "import os", [{"role": "assistant", "content": FIX}]]
    columns = {"completions": completions, "bug_id": [flip.bug_id] * 4, "trainer_state": SimpleNamespace(global_step=7)}
    found = {function.__name__: function(**columns) for function in rewards.functions()}
    assert list(found) == list(SIGNALS)
    assert [round(sum(signals), 6) for signals in zip(*found.values(), strict=True)] == [
        3.2,
        round(1 / 6 + 0.2, 6),
        -1.3,
        3.2,
    ]
    assert [step for step, _ in told] == [7]
    rewards.functions()[0](**columns | {"completions": list(completions)})
    assert len(told) == 2
