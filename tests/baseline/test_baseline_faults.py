"""What goes wrong in the middle of training: the run stops cleanly or goes on, and its last checkpoint is whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="the extra `train` is not installed")

from processes import descendants, kill
from test_train import dataset, finish, smoke, start, wait_for, weights
from warm_python import WARM

from debugarena.baseline.trainer import WHOLE, last_checkpoint
from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.adapters.trl import SignalRewards
from debugarena.benchmark.grading.grade import reference_limits

__all__ = ["dataset", "smoke"]  # fixtures

# from its fifth backward pass on, two of which are a step, the model has gradients that are no numbers
NAN = """
import sys
from debugarena.baseline import language_model
from debugarena.benchmark.cli import main

real = language_model.add_lora

def broken(*arguments, **options):
    model, passes = real(*arguments, **options), []
    weight = next(weight for weight in model.parameters() if weight.requires_grad)
    weight.register_hook(lambda gradient: passes.append(1) or gradient * (float("nan") if len(passes) > 4 else 1))
    return model

language_model.add_lora = broken
sys.exit(main(sys.argv[1:]))
"""

# the process that WARM answers for is not the one that trains, whose children are its own
OWN_ID = """
import os, sys
from debugarena.benchmark.cli import main
with open(sys.argv[1], "w") as file:
    file.write(str(os.getpid()))
sys.exit(main(sys.argv[2:]))
"""


def test_a_gradient_that_is_no_number_stops_the_run_and_leaves_a_whole_checkpoint(
    smoke: Path, dataset: Path, tmp_path: Path
) -> None:
    flags = ["--dataset", str(dataset), "--steps", "4", "--out", str(tmp_path)]
    command = [*WARM, "-c", NAN, "train", str(smoke), *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    # behind the progress bar, which some versions of transformers leave without a newline
    assert "debugarena train: the gradient is not finite at step 3; the last checkpoint in" in done.stderr
    assert "Traceback" not in done.stderr
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoint-2"
    assert not (tmp_path / "model").exists()


def test_ctrl_c_is_one_line_and_the_run_goes_on_afterwards(smoke: Path, dataset: Path, tmp_path: Path) -> None:
    process = start(smoke, dataset, tmp_path, "--steps", "4")
    wait_for(tmp_path / "checkpoint-1" / WHOLE, process)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "\ndebugarena train: interrupted\n" in said
    assert "Traceback" not in said
    finish(start(smoke, dataset, tmp_path, "--steps", "4"))
    assert weights(tmp_path).isfinite().all()


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
def test_a_killed_sandbox_worker_does_not_stop_training(smoke: Path, dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [*WARM, "-c", OWN_ID, str(tmp_path / "id"), "train", str(smoke), "--dataset", str(dataset)]
    pipe = subprocess.PIPE
    process = subprocess.Popen([*command, "--steps", "4", "--out", str(out)], stdout=pipe, stderr=pipe, text=True)
    wait_for(out / "checkpoint-1" / WHOLE, process)
    killed = descendants(int((tmp_path / "id").read_text()))
    assert killed
    for pid in killed:
        kill(pid)
    finish(process)
    assert weights(out).isfinite().all()


def test_completions_that_explode_cost_their_reward_and_nothing_else(sandbox: Sandbox, flip: Bug) -> None:
    bodies = {
        "for ever": "while True: pass",
        "memory": "x = [0] * 10**10",
        "output": "print('x' * 10**9)",
        "recursion": "return flip(text)",
        "fix": "return text[::-1]",
    }
    completions = [f"```python\ndef flip(text):\n    {body}\n```" for body in bodies.values()]
    completions.append("```python\n" + "(" * 10_000 + "\n```")
    limits = reference_limits(sandbox, [flip])
    functions = SignalRewards([flip], sandbox, opened_fence=False, limits=limits).functions()
    columns = {"completions": completions, "bug_id": [flip.bug_id] * len(completions)}
    signals = [function(**columns) for function in functions]
    totals = [round(sum(parts), 6) for parts in zip(*signals, strict=True)]
    assert totals == [0.2, 0.2, 0.2, 0.2, 3.2, -0.3]


def test_the_answer_is_what_the_assistant_said_last_and_nothing_is_an_empty_one(sandbox: Sandbox, flip: Bug) -> None:
    fix = {"role": "assistant", "content": flip.fixed_code}
    asked = {"role": "assistant", "content": None}
    completions = [[fix], [fix, {"role": "tool", "content": "5 tests pass"}], [asked], None, [], ""]
    functions = SignalRewards([flip], sandbox, opened_fence=False).functions()
    signals = [function(completions=completions, bug_id=[flip.bug_id] * len(completions)) for function in functions]
    assert [round(sum(parts), 6) for parts in zip(*signals, strict=True)] == [3.2, 3.2, -0.3, -0.3, -0.3, -0.3]
