"""The names that `debugarena.benchmark` offers, used as their docstrings show."""

import asyncio
import importlib
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import as_row
from warm_python import WARM

import debugarena.benchmark as face
from debugarena.benchmark import (
    Bug,
    Sandbox,
    agrade,
    grade,
    grade_many,
    load_bugs,
    prompt_for,
    reward_functions,
    score,
    score_model,
)
from debugarena.benchmark.cli import main
from debugarena.benchmark.errors import SandboxError, UsageError
from debugarena.benchmark.grading.grade import Grade, NotGraded
from debugarena.benchmark.models.answers import Answer
from debugarena.benchmark.models.base import Request, Sampling
from debugarena.benchmark.moved import GREW, MOVED


@pytest.mark.parametrize("name", face.__all__)
def test_every_name_is_explained_with_a_use_and_its_errors(name: str) -> None:
    thing = getattr(face, name)
    text = inspect.getdoc(thing) or ""
    assert text
    assert name in dir(face)
    examples = [line for line in text.splitlines() if line.startswith("    ")]
    assert any(name in line for line in examples), f"{name} has no example in its docstring"
    assert "Error" in text, f"{name} does not say what it raises"


def test_names_are_imported_on_first_use(tmp_path: Path) -> None:
    script = (
        "import sys, debugarena.benchmark as b\n"
        "assert 'debugarena.benchmark.scoring' not in sys.modules\n"
        "b.load_bugs, b.Sandbox, b.grade\n"
        "print(sorted({'torch', 'openenv', 'trl', 'scipy', 'pyarrow'} & {*sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr


def test_an_answer_is_graded_in_one_call(flip: Bug) -> None:
    assert grade(flip, f"Here it is:\n```python\n{flip.fixed_code}```").rewards.total == 3.2
    lazy = grade(flip, flip.buggy_code)
    assert (lazy.solved, lazy.echo) == (False, True)
    assert grade(flip, "import os").rewards.anti_hacking == -1.0
    assert grade(flip, f"{flip.fixed_code}```\nThat is all.", prompt="complete-v1").solved


def test_many_answers_are_graded_in_their_order(bugs: list[Bug]) -> None:
    pairs = [(bug, code) for bug in bugs[:6] for code in (bug.fixed_code, bug.buggy_code)]
    grades = list(grade_many(pairs))
    assert [(g.bug_id, g.solved) for g in grades if isinstance(g, Grade)] == [
        (bug.bug_id, solved) for bug in bugs[:6] for solved in (True, False)
    ]


def test_answers_are_graded_side_by_side_in_an_event_loop(bugs: list[Bug]) -> None:
    async def both() -> list[Grade]:
        codes = [(bug, code) for bug in bugs[:4] for code in (bug.fixed_code, "no code", "import os")]
        return await asyncio.gather(*(agrade(bug, code) for bug, code in codes))

    assert [one.rewards.total for one in asyncio.run(both())] == [3.2, -0.3, -1.3] * 4


def test_a_grade_that_there_is_none_of_is_an_error(flip: Bug) -> None:
    class Faulty(Sandbox):
        def try_many(self, jobs: Any) -> Iterator[Any]:
            yield from (SandboxError("no memory") for _ in jobs)

    with Faulty() as sandbox:
        with pytest.raises(SandboxError, match="python/flip could not be run: no memory; try again"):
            grade(flip, flip.fixed_code, sandbox=sandbox)
        assert list(grade_many([(flip, flip.fixed_code)], sandbox=sandbox)) == [NotGraded("python/flip", "no memory")]


def test_a_prompt_is_the_one_of_the_dataset(flip: Bug, bugs: list[Bug]) -> None:
    messages = prompt_for(flip).messages
    assert [message["role"] for message in messages] == ["system", "user"]
    assert "- flip('VISIBLEqa') should return 'aqELBISIV', but it returned 'VISIBLEqa'" in messages[1]["content"]
    assert prompt_for(flip, "complete-v1").text.endswith("```python\n")
    with pytest.raises(UsageError, match="unknown prompt format 'chat-v9'"):
        prompt_for(flip, "chat-v9")  # type: ignore[arg-type]


def test_the_shared_sandbox_ends_with_its_process(tmp_path: Path) -> None:
    script = (
        "import os\n"
        "from debugarena.benchmark import grade, load_bugs\n"
        "bug = load_bugs()[0]\n"
        "print(grade(bug, bug.fixed_code).solved, os.getpid())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    solved, pid = done.stdout.split()
    assert solved == "True"
    left = (
        subprocess.run(["ps", "--ppid", pid], capture_output=True, text=True, timeout=60)
        if sys.platform == "linux"
        else None
    )
    assert left is None or pid not in left.stdout


class Half:
    """A model of somebody's own: it repairs every other bug."""

    name = "half"

    def info(self) -> dict[str, Any]:
        return {"kind": "half", "id": "half"}

    def complete(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[tuple[Request, Answer]]:
        for number, request in enumerate(requests):
            yield request, Answer(request.bug.buggy_code if number % 2 else request.bug.fixed_code)


def test_a_model_is_scored_in_one_call_as_by_the_command(tmp_path: Path, bugs: list[Bug]) -> None:
    report = score_model("noop", attempts=2, out=tmp_path / "one")
    assert main(["score", "--model", "noop", "--attempts", "2", "--out", str(tmp_path / "two")]) == 0
    for name in ("report.json", "report.md", "run.json", "completions.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    assert json.loads((tmp_path / "one" / "report.json").read_text())["n"] == len(bugs)
    assert report.n == len(bugs)


def test_a_model_of_ones_own_is_scored_and_nothing_is_left(
    bugs: list[Bug], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = score_model(Half(), bugs[:8], samples=1)
    assert report.solve_rate.value == 0.5
    assert report.model.name == "half"
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"attempts": 6}, "attempts is 6; it must be 1 to 5"),
        ({"samples": 0}, "samples is 0; it must be at least 1"),
        ({"samples": 2, "k": 5}, "asked for pass@5 but samples is 2"),
        ({"model": "hf:nowhere", "samples": 2}, "2 greedy samples are all the same"),
        ({"model": "nonsense"}, "unknown model 'nonsense'"),
        ({"prompt": "chat-v9"}, "unknown prompt format 'chat-v9'"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_work(settings: dict[str, Any], complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=complaint):
        score_model(**{"model": "oracle", "out": tmp_path / "out"} | settings)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("from_rows", [False, True])
def test_reward_functions_pay_what_a_grade_pays(bugs: list[Bug], from_rows: bool) -> None:
    functions = reward_functions() if from_rows else reward_functions(bugs)
    assert [function.__name__ for function in functions] == [
        "tests_passing",
        "full_solve_bonus",
        "format_compliance",
        "anti_hacking",
    ]
    answers = [bugs[0].fixed_code, bugs[1].buggy_code, "import os", ""]
    batch = [[{"role": "assistant", "content": answer}] for answer in answers]
    rows = [as_row(bug) for bug in bugs[: len(answers)]]
    columns = {name: [row[name] for row in rows] for name in (rows[0] if from_rows else ["bug_id"])}
    paid = [function(completions=batch, **columns) for function in functions]
    totals = [round(sum(signals), 12) for signals in zip(*paid, strict=True)]
    assert totals == [grade(bug, answer).rewards.total for bug, answer in zip(bugs, answers, strict=False)]


def test_rows_without_what_a_reward_needs_are_refused(flip: Bug) -> None:
    row = as_row(flip)
    (first, *_) = reward_functions()
    with pytest.raises(UsageError, match=r"^python/flip: the row lacks .*tests.*; keep all columns of the dataset"):
        first(completions=["x"], **{name: [row[name]] for name in ("bug_id", "task")})
    strange = as_row(replace(flip, bug_id="java/flip", language="java"))
    with pytest.raises(UsageError, match=r"^java/flip: no sandbox runs java yet"):
        first(completions=["x"], **{name: [value] for name, value in strange.items()})


def test_bugs_of_a_language_that_cannot_be_run_are_refused_with_one_sentence_everywhere(flip: Bug) -> None:
    strange = replace(flip, bug_id="java/flip", language="java")
    completion = {"bug_id": strange.bug_id, "completion": "x"}
    for refuse in (
        lambda: score([completion], [strange]),
        lambda: score_model("oracle", [strange]),
        lambda: reward_functions([strange]),
    ):
        with pytest.raises(UsageError, match=r"^java/flip: no sandbox runs java yet; bugs to run are in python$"):
            refuse()
    for refuse_one in (
        lambda: grade(strange, "x"),
        lambda: prompt_for(strange),
        lambda: list(grade_many([(strange, "")])),
    ):
        with pytest.raises(UsageError, match=r"^no sandbox runs java yet; bugs to run are in python$"):
            refuse_one()


def test_load_bugs_is_the_packaged_ones_by_default() -> None:
    assert [bug.bug_id for bug in load_bugs()] == sorted(bug.bug_id for bug in load_bugs())


# what the documentation of 0.2 imported still imports, with a warning that names the new place

# imports as README, the dataset card, the metric's card, the Space, CONTRIBUTING and docs/examples had them
SHOWN = [
    "from debugarena.benchmark.client import DebugAction, DebugArenaEnv, DebugObservation",
    "from debugarena.benchmark.environment import Arena",
    "from debugarena.benchmark.extraction import extract_code",
    "from debugarena.benchmark.loading import load_bugs",
    "from debugarena.benchmark.metric import metric_path",
    "from debugarena.benchmark.models import Model, Request, Sampling, open_model",
    "from debugarena.benchmark.prompts import Message, Prompt",
    "from debugarena.benchmark.rewards import MAX_TOTAL",
    "from debugarena.benchmark.schema import Bug, find_bug",
    "from debugarena.benchmark.serve import make_app",
]


@pytest.mark.parametrize("line", SHOWN)
def test_what_was_shown_imports_with_a_warning(line: str) -> None:
    old = line.split()[1]
    name = old.removeprefix("debugarena.")
    places = [MOVED[name]] if name in MOVED else GREW[name]
    script = f"import warnings\nwarnings.simplefilter('always')\n{line}\nimport {old} as again\nprint(again.__name__)"
    done = subprocess.run([*WARM, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    for new in places:
        assert f"<string>:3: DeprecationWarning: {old} is now debugarena.{new};" in done.stderr
    assert done.stdout.strip() == (f"debugarena.{places[0]}" if name in MOVED else old)


def test_what_is_imported_is_the_same_object() -> None:
    with pytest.warns(DeprecationWarning, match="is now"):
        old = importlib.import_module("debugarena.benchmark.schema")
    assert old is importlib.import_module("debugarena.benchmark.dataset.schema")
    assert old.__spec__ is not None
    assert old.__spec__.name == "debugarena.benchmark.dataset.schema"


def test_a_name_that_never_was_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        importlib.import_module("debugarena.benchmark.no_such_module")
    package = importlib.import_module("debugarena.benchmark.environment")
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        _ = package.no_such_name


def test_every_new_place_exists() -> None:
    for new in (*MOVED.values(), *sum(GREW.values(), ())):
        importlib.import_module(f"debugarena.{new}")
