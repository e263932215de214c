"""The reference scores full marks, the bug itself none, and the same completions give the same report to the byte."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from conftest import finish, run_python

from debugarena.benchmark import Bug, Sandbox, load_bugs, score
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.prompts import MAX_ATTEMPTS
from debugarena.benchmark.grading.rewards import SIGNALS
from debugarena.benchmark.models.answers import AnswerCounts
from debugarena.benchmark.scoring.report import Completion, Protocol
from debugarena.benchmark.scoring.typed_report import Report

ORACLE_SCRIPT = """
import json
from debugarena.benchmark import load_bugs, score
bugs = load_bugs()
answers = [{"bug_id": bug.bug_id, "completion": f"Here:\\n```python\\n{bug.fixed_code}```"} for bug in bugs]
print(json.dumps(score(answers, bugs).to_json()))
"""


def answers(bugs: list[Bug], column: str, **more: Any) -> list[Completion]:
    return [Completion(bug.bug_id, 0, 1, getattr(bug, column)) for bug in bugs]


def text(report: Report) -> str:
    return json.dumps(report.to_json(), allow_nan=False)


def test_the_oracle_scores_full_marks_and_the_same_bytes_in_every_process() -> None:
    shown, again = map(finish, [run_python(ORACLE_SCRIPT, hash_seed=seed) for seed in (1, 4242)])
    assert shown == again
    report = json.loads(shown)
    assert (report["solve_rate"], report["reward"], report["n"]) == (1.0, 3.2, len(load_bugs()))
    assert {bug["reward"] for bug in report["bugs"]} == {3.2}
    assert report["pass@1"] == report["edit_size"] == 1.0
    assert report["solve_rate_ci95"][1] == 1.0 > report["solve_rate_ci95"][0] > 0.9


def test_the_same_completions_in_any_order_give_the_same_bytes(sandbox: Sandbox, bugs: list[Bug]) -> None:
    some = bugs[::5]
    log = [*answers(some[::2], "buggy_code"), *answers(some[1::2], "fixed_code")]
    report = text(score(log, some, sandbox=sandbox))
    with Sandbox(1) as other:
        assert text(score(log[::-1], some[::-1], sandbox=other)) == report


def test_the_bug_itself_solves_nothing_and_gains_nothing(sandbox: Sandbox, bugs: list[Bug]) -> None:
    some = bugs[::3]
    report = score(answers(some, "buggy_code"), some, sandbox=sandbox)
    assert (report.solve_rate.value, report.echo_rate.value, report.reward_above_noop.value) == (0.0, 1.0, 0.0)
    assert report.grading == 2
    assert report.reward == report.noop_reward
    assert report.reward.value < 1.2
    assert report.edit_size is None


@pytest.fixture(scope="module")
def easy(bugs: list[Bug]) -> list[Bug]:
    return bugs[:3]


def test_an_episode_is_worth_its_last_attempt_and_the_rate_its_first(sandbox: Sandbox, easy: list[Bug]) -> None:
    first, second, third = easy
    log = [
        Completion(first.bug_id, 0, 1, first.buggy_code),
        Completion(first.bug_id, 0, 2, first.fixed_code),
        Completion(second.bug_id, 0, 1, second.fixed_code),
        Completion(third.bug_id, 0, 1, "nothing"),
        Completion(third.bug_id, 0, 2, "import os"),
        Completion(third.bug_id, 0, 3, third.buggy_code),
    ]
    report = score(log, easy, sandbox=sandbox)
    assert [estimate.value for estimate in report.solved_within] == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    assert report.solve_rate == report.solved_within[0]
    assert [bug.solved_at for bug in report.bugs] == [(2,), (1,), (None,)]
    assert [bug.reward for bug in report.bugs][:2] == [3.2, 3.2]
    assert (report.forbidden_rate.value, report.anti_hacking.value) == (0.0, 0.0)  # of first and of last attempts


def test_answers_are_counted_by_why_they_are_not_whole(sandbox: Sandbox, easy: list[Bug]) -> None:
    first, second, third = (bug.bug_id for bug in easy)
    log = [
        Completion(first, 0, 1, "", "refused"),
        Completion(first, 0, 2, easy[0].fixed_code, "cut"),
        Completion(first, 0, 3, "after the solve"),
        Completion(second, 0, 1, "", "too-long"),
        {"bug_id": third, "completion": " "},
        {"bug_id": third, "sample": 1, "completion": "<think>no end"},
        {"bug_id": third, "sample": 2, "completion": "def"},
    ]
    report = score(log, easy, sandbox=sandbox)
    assert report.answers == AnswerCounts(given=1, missing=1, refused=1, too_long=1, cut=2)
    assert sum(vars(report.answers).values()) == report.n_completions
    assert report.bugs[0].solved_at == (2,)  # a mark changes no score


def test_samples_give_the_unbiased_pass_at_k(sandbox: Sandbox, easy: list[Bug]) -> None:
    log = [
        Completion(bug.bug_id, sample, 1, bug.fixed_code if sample < n_correct else bug.buggy_code)
        for bug, n_correct in zip(easy, (0, 2, 5), strict=True)
        for sample in range(5)
    ]
    report = score(log, easy, sandbox=sandbox)
    assert report.pass_at[1].value == report.solve_rate.value == pytest.approx((0 + 2 / 5 + 1) / 3)
    assert report.pass_at[5].value == pytest.approx(2 / 3)
    assert {*report.pass_at} == {1, 5}
    assert score(log, easy, k=2, sandbox=sandbox) == score(log, easy, k=[2], sandbox=sandbox)
    assert score(log, easy, k=[2], sandbox=sandbox).pass_at[2].value == pytest.approx(
        (0 + 1 - math.comb(3, 2) / math.comb(5, 2) + 1) / 3
    )
    with pytest.raises(UsageError, match=r"asked for pass@6 but bug python/\S+ has 5 completions"):
        score(log, easy, k=[6], sandbox=sandbox)


def test_every_number_has_an_interval_that_holds_it(sandbox: Sandbox, easy: list[Bug]) -> None:
    log = [*answers(easy[:1], "fixed_code"), *answers(easy[1:], "buggy_code")]
    report = score(log, easy, sandbox=sandbox)
    found = report.estimates()
    assert {"solve_rate", "reward", *SIGNALS} <= {*found}
    assert {"noop_reward", "reward_above_noop", "echo_rate", "forbidden_rate", "overfit_rate", "pass@1"} <= {*found}
    for name, estimate in found.items():
        if estimate and estimate.ci95:
            low, high = estimate.ci95
            assert low - 1e-6 <= estimate.value <= high + 1e-6, name


def test_a_report_says_what_it_is_a_report_of(sandbox: Sandbox, easy: list[Bug]) -> None:
    report = score(answers(easy, "fixed_code"), easy, Protocol(prompt="complete-v1"), sandbox=sandbox)
    assert report.protocol.prompt == "complete-v1"
    assert len(report.prompt_hash) == len(report.dataset.hash) == 64
    assert report.sandbox.layers == sandbox.layers
    assert sum(group.n for group in report.breakdowns.difficulty.values()) == len(easy)


def record(**change: Any) -> dict[str, Any]:
    return {"bug_id": "python/add-subtracts", "completion": "x"} | change


@pytest.mark.parametrize("k", [[True], [0], True, 0, 1.5, ["2"], "2"])
def test_a_k_that_is_no_count_is_refused(bugs: list[Bug], k: Any) -> None:
    with pytest.raises(UsageError, match="the k of pass@k is a whole number from 1 on"):
        score(answers(bugs, "fixed_code"), bugs, k=k)


@pytest.mark.parametrize(
    ("log", "message"),
    [
        ([], "no completions"),
        ([record(bug_id="python/add-substracts")], "did you mean python/add-subtracts"),
        ([record(bug_id="add-subtracts")], "write the whole bug id"),
        ([record(), record()], "appears twice"),
        ([record(attempt=2)], "attempt 2 but no attempt 1"),
        ([record(completion=None)], "completion 1: bug_id and completion must be text"),
        ([record(), record(sample=-1)], "completion 2: sample counts from 0"),
        ([record(sample=True)], "sample counts from 0"),
        ([record(attempt=0)], "attempt from 1"),
        ([record(attempt=MAX_ATTEMPTS + 1)], f"attempt from 1 to {MAX_ATTEMPTS}"),
        ([record()], "bugs have no completion, python/.*--bugs FILE.*--limit N"),
        (
            [record(bug_id="python/generated-s1-l2-000003")],
            f"not among the {len(load_bugs())} bugs to score; name its dataset with --dat",
        ),
        ([record(bug_id="HumanEval/3")], "name its dataset with --dataset"),
    ],
)
def test_completions_that_do_not_fit_are_refused(bugs: list[Bug], log: list[Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        score(log, bugs)


def test_no_report_holds_code_inputs_paths_or_hidden_data(sandbox: Sandbox, flip: Bug) -> None:
    codes = ["def flip(text): return text", "def flip(text): raise ValueError(text)"]
    log = [Completion(flip.bug_id, 0, i + 1, code) for i, code in enumerate(codes)]
    shown = text(score(log, [flip], sandbox=sandbox))
    assert not [word for word in ("HIDDEN", "VISIBLE", "def flip", "/work", str(Path.home())) if word in shown]
    assert str(BUGS_FOLDER) not in shown
