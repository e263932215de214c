"""The examples of the documentation run as they stand."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import serving
from warm_python import WARM

from debugarena.benchmark import Sandbox
from debugarena.benchmark.environment.arena import Arena

EPISODES = Path(__file__).parents[2] / "docs" / "examples" / "ten_episodes.py"


@pytest.fixture(scope="module")
def url(sandbox: Sandbox) -> Iterator[str]:
    with Arena(sandbox=sandbox) as arena, serving(arena) as address:
        yield address


def example(*args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*WARM, EPISODES, *args], capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(("model", "last"), [("oracle", "2 of 2 solved, mean reward 3.20"), ("noop", "0 of 2 solved")])
def test_episodes_are_played_and_printed(url: str, model: str, last: str) -> None:
    done = example("--model", model, "--episodes", "2", "--seed", "5", "--url", url)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert lines[-1].startswith(f"{model}: {last}")
    assert sum(line == "Attempt 1" for line in lines) == 2
    assert sum(line == "Attempt 5" for line in lines) == (0 if model == "oracle" else 2)


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    done = example("--model", "noop", "--url", "http://127.0.0.1:9")
    assert done.returncode == 2
    assert done.stderr == "nothing answers at http://127.0.0.1:9; start it with: debugarena serve\n"
