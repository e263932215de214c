"""What all tests share. Caches and settings of every library go to a temporary folder."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

_STATE = tempfile.TemporaryDirectory(prefix="debugarena-tests-")
for _name in ("HF_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR"):  # read when a library is first imported
    os.environ[_name] = str(Path(_STATE.name) / _name.lower())

# torch lets a thread a core work on each step and wait for the others by spinning: on tiny models, beside other tests, a
# decoding of 3 CPU seconds took 49. Processes that tests start inherit it
os.environ.setdefault("OMP_NUM_THREADS", "1")

# OpenEnv makes a page with Gradio that no server of ours shows, and does without where there is none: importing it takes
# four of OpenEnv's five seconds. Programs that tests start have it
sys.modules["gradio"] = None  # type: ignore[assignment]

# a shell that starts tests in the background makes them ignore Ctrl-C, and what they start, which some tests send it to
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pyarrow  # noqa: E402
import pyarrow.parquet  # noqa: E402
import pytest  # noqa: E402
from filelock import FileLock  # noqa: E402
from hypothesis import settings  # noqa: E402
from warm_python import keep_what_is_loaded, warm_python  # noqa: E402

from debugarena.benchmark import Bug, Sandbox, load_bugs  # noqa: E402
from debugarena.benchmark.cli import main  # noqa: E402
from debugarena.benchmark.dataset.schema import row_from_bug  # noqa: E402
from debugarena.benchmark.dataset.yaml_file import parse_bug  # noqa: E402

# the same examples in every run, and no clock: the machine may be busy
settings.register_profile("debugarena", deadline=None, derandomize=True, database=None, max_examples=100)
settings.load_profile("debugarena")

# VISIBLEq and HIDDENq are markers that a leak test can look for
FLIP = """
id: python/flip
title: Text turned round
language: python
difficulty: easy
category: missing-step
entry_point: flip
task: Return the text turned round.
hint: HIDDENqhint
buggy: |
  def flip(text):
      return text
fixed: |
  def flip(text):
      HIDDENqname = text[::-1]
      return HIDDENqname
tests:
  - {args: [VISIBLEqa], expected: aqELBISIV}
  - {args: [VISIBLEqb], expected: bqELBISIV}
  - {args: [""], expected: ""}
  - {args: [HIDDENqc], expected: cqNEDDIH, hidden: true}
  - {args: [HIDDENqd], expected: dqNEDDIH, hidden: true}
  - calls: [{args: [HIDDENqe], expected: eqNEDDIH}, {args: [HIDDENqf], expected: fqNEDDIH}]
    hidden: true
"""


def pytest_configure(config: pytest.Config) -> None:
    if sys.platform == "linux" and not hasattr(config, "workerinput"):  # one for all workers
        stack = ExitStack()
        stack.enter_context(warm_python(Path(_STATE.name)))
        config.add_cleanup(stack.close)


def pytest_collection_finish() -> None:
    keep_what_is_loaded()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as shared:
        yield shared


@pytest.fixture(scope="session")
def bugs() -> list[Bug]:
    """The handcrafted bugs, in the order of their ids."""
    return load_bugs()


@pytest.fixture(scope="session")
def flip() -> Bug:
    """A bug whose hidden inputs, hidden values, hint and fix all carry the marker HIDDENq, or qNEDDIH turned round."""
    return parse_bug(FLIP, "flip.yaml")


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores in this process leave no report.png: drawing it is most of the time of a score of a few bugs."""
    monkeypatch.setattr("debugarena.benchmark.scoring.tables.picture", lambda report, path: None)


def as_row(bug: Bug) -> dict[str, Any]:
    """The row of a bug for which nothing was measured."""
    return row_from_bug(bug, {"prompt": [], "failing_tests": [], "buggy_pass_rate": 0.5, "evidence": None})


def run_python(code: str, *args: str, hash_seed: int = 0) -> "subprocess.Popen[str]":
    """Starts this Python on `code`, with the hash seed of the host fixed; the caller communicates."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *args],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]", timeout_s: float = 120) -> str:
    """Standard output of a process that must succeed."""
    try:
        out, err = process.communicate(timeout=timeout_s)
    finally:
        process.kill()
    assert process.returncode == 0, err
    return out


def leaks(shown: Any) -> list[str]:
    """The markers of hidden data in the text of anything."""
    return [marker for marker in ("HIDDENq", "qNEDDIH") if marker in repr(shown)]


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first process of a run of tests makes and all share; nobody changes it."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            part = folder.with_suffix(".part")
            make(part)
            part.rename(folder)
    return folder


@pytest.fixture(scope="session")
def generated_export(tmp_path_factory: pytest.TempPathFactory, bugs: list[Bug]) -> Path:
    """A dataset with 320 test bugs of 110 programs, as `debugarena build` would export it."""
    return made_once(tmp_path_factory, "generated-export", lambda folder: make_export(folder, bugs))


def make_export(folder: Path, bugs: list[Bug]) -> None:
    data = folder / "data" / "generated"
    data.mkdir(parents=True)
    small = min(bugs, key=lambda bug: len(bug.fixed_code))
    many = [replace(small, bug_id=f"python/made-{i}", program=f"p{i % 110}", level=1 + i % 4) for i in range(320)]
    table = pyarrow.Table.from_pylist([as_row(bug) for bug in many])
    pyarrow.parquet.write_table(table, data / "test-00000-of-00001.parquet")


SIGNAL_MEANS = {"tests_passing": 0.4, "full_solve_bonus": 0.5, "format_compliance": 0.2, "anti_hacking": 0.0}
RUN_CONFIG = {
    "prompt": "complete-v1",
    "model": "smollm2",
    "steps": 3,
    "warm_start_steps": 0,
    "attempts": 1,
    "curriculum": False,
}


@pytest.fixture(scope="session")
def scores(tmp_path_factory: pytest.TempPathFactory, generated_export: Path) -> Path:
    """The folders noop and oracle, each with the scores of two sets."""

    def make(folder: Path) -> None:
        for model in ("noop", "oracle"):
            command = ["evaluate", model, "--dataset", str(generated_export), "--out", str(folder / model), "--only"]
            assert main([*command, "test", "handcrafted-attempts5"]) == 0

    return made_once(tmp_path_factory, "scores", make)


@pytest.fixture
def runs(tmp_path: Path, scores: Path) -> Path:
    """A folder with `before` and four runs: two seeds of GRPO, of which one learned all, and two rivals."""
    return make_runs(tmp_path, scores)


def make_runs(folder: Path, scores: Path) -> Path:
    shutil.copytree(scores / "noop", folder / "before")
    for path in (folder / "before").glob("*/report.json"):
        report = json.loads(path.read_text())
        path.write_text(json.dumps(report | {"model": report["model"] | {"name": RUN_CONFIG["model"]}}))
    for name, seed, config, after in (
        ("grpo-1", 1, {}, "oracle"),
        ("grpo-2", 2, {}, "noop"),
        ("curriculum-1", 1, {"curriculum": True}, "oracle"),
        ("supervised-1", 1, {"steps": 0, "warm_start_steps": 9}, "noop"),
    ):
        run = folder / name
        shutil.copytree(scores / after, run / "after")
        settings = {"config": RUN_CONFIG | config, "seed": seed, "dataset_hash": "ab" * 32}
        (run / "run.json").write_text(json.dumps(settings))
        steps = [
            {"step": i, "loss": 0.1, "step_time": 60.0, "scoring_s": 0.6, "frac_reward_zero_std": 0.25}
            | {f"rewards/{signal}/mean": value * i / 3 for signal, value in SIGNAL_MEANS.items()}
            for i in (1, 2, 3)
        ]
        lines = [*steps, {"step": 3, "train_runtime": 1.0}] if settings["config"]["steps"] else []  # type: ignore[index]
        (run / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder
