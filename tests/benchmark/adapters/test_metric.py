"""The metric through `evaluate` itself: same numbers as `score`, ids and rows alike, clear words on bad input."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from lesser_kernel import EPERM, run_without

from debugarena.benchmark import load_bugs, score
from debugarena.benchmark.adapters.metric import metric_path
from debugarena.benchmark.dataset.schema import row_from_bug
from debugarena.benchmark.errors import UsageError

BUGS = load_bugs()[:4]
IDS = [bug.bug_id for bug in BUGS]
Compute = Callable[..., dict[str, Any]]


@pytest.fixture
def compute(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Compute:
    import evaluate

    cache = tmp_path_factory.mktemp("metric")
    return evaluate.load(metric_path(), experiment_id=request.node.name[:40], cache_dir=str(cache)).compute  # type: ignore[no-any-return]


def test_metric_and_score_agree(compute: Compute) -> None:
    answers = [bug.fixed_code if i % 2 else bug.buggy_code for i, bug in enumerate(BUGS)]
    result = compute(predictions=[[a] for a in answers], references=IDS)
    completions = [{"bug_id": i, "completion": a} for i, a in zip(IDS, answers, strict=True)]
    assert result == score(completions, BUGS).to_json()
    assert (result["solve_rate"], result["n"], result["pass@1"]) == (0.5, 4, 0.5)
    assert set(result["breakdowns"]) == {"difficulty", "category", "language", "level"}


EVIDENCE = {"runs": 3, "fixed_passed": 1, "buggy_failed": 1, "outcomes_hash": "", "sandbox_hash": ""}
MEASURED = {"prompt": [], "failing_tests": [], "buggy_pass_rate": 0.5, "evidence": EVIDENCE}
ROWS = [row_from_bug(bug, MEASURED) for bug in BUGS]


def test_whole_rows_are_references_too(compute: Compute) -> None:
    result = compute(predictions=[[bug.fixed_code] for bug in BUGS], references=ROWS)
    assert result["reward"] == 3.2


@pytest.mark.parametrize(
    ("references", "complaint"),
    [
        ([{**row, "extra": 1} for row in ROWS], r"references\[0\] has a column extra that the dataset does not have"),
        ([*ROWS[:3], {**ROWS[3], "extra": 1}], r"references\[3\] has a column extra"),
        ([{n: v for n, v in row.items() if n != "diff"} for row in ROWS], r"references\[0\] lacks the column diff"),
        ([{**row, "tests": "text"} for row in ROWS], "tests must be a list of tests, not text"),
        ([*ROWS[:3], IDS[3]], "references mix bug ids and rows"),
        ([IDS[0], *ROWS[1:]], "references mix bug ids and rows"),
    ],
)
def test_rows_that_do_not_fit_get_a_sentence_and_do_no_harm(
    compute: Compute, references: list[Any], complaint: str
) -> None:
    predictions = [[bug.fixed_code] for bug in BUGS]
    with pytest.raises(UsageError, match=complaint):
        compute(predictions=predictions, references=references)
    assert compute(predictions=predictions, references=IDS, k=1)["pass@1"] == 1.0


def test_pass_at_k_is_unbiased_over_samples(compute: Compute) -> None:
    predictions = [[bug.fixed_code, bug.buggy_code, bug.buggy_code] for bug in BUGS]
    result = compute(predictions=predictions, references=IDS, k=[1, 2, 3])
    assert [result[f"pass@{k}"] for k in (1, 2, 3)] == pytest.approx([1 / 3, 2 / 3, 1.0])


def test_uneven_counts_give_pass_at_k_for_the_smallest(compute: Compute) -> None:
    predictions = [[BUGS[0].fixed_code] * 5, *([bug.fixed_code] for bug in BUGS[1:])]
    result = compute(predictions=predictions, references=IDS)
    assert result["pass@1"] == 1.0
    assert "pass@5" not in result


WEAK_SCRIPT = """
import json, sys
from debugarena.benchmark import load_bugs, score
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.adapters.metric import compute_metric

bugs = load_bugs()[:1]
answers, ids = [bug.fixed_code for bug in bugs], [bug.bug_id for bug in bugs]
log = [{"bug_id": i, "completion": a} for i, a in zip(ids, answers)]

def metric(**more):
    return compute_metric([[a] for a in answers], ids, **more)

for refused in (metric, lambda: score(log, bugs)):
    try:
        refused()
        sys.exit("it ran")
    except SandboxError:
        pass
print(json.dumps([metric(allow_weak=True), score(log, bugs, allow_weak=True).to_json()]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no jail elsewhere")
def test_metric_and_score_use_a_weak_sandbox_only_where_it_is_allowed() -> None:
    done = run_without({"filters": EPERM}, sys.executable, "-c", WEAK_SCRIPT)
    assert done.returncode == 0, done.stderr
    metric, report = json.loads(done.stdout)
    assert metric == report
    assert (report["sandbox"]["weak"], report["solve_rate"]) == (True, 1.0)


def test_the_metric_takes_leave_for_a_weak_sandbox(compute: Compute) -> None:
    result = compute(predictions=[[BUGS[0].fixed_code]], references=IDS[:1], allow_weak=True)
    assert result["solve_rate"] == 1.0
    assert result["sandbox"]["weak"] is ("seccomp" not in result["sandbox"]["layers"])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"predictions": [], "references": []}, "no predictions"),
        ({"predictions": [["x"]], "references": ["python/nothing"]}, "not a bug of the package"),
        ({"predictions": [[]], "references": IDS[:1]}, "one or more completions"),
        ({"predictions": [[None]], "references": IDS[:1]}, "use an empty text"),
        ({"predictions": ["x"], "references": IDS[:1]}, "must be a list"),
        ({"predictions": [["x"], ["y"]], "references": IDS[:1]}, "2 predictions for 1 reference;"),
        ({"predictions": [["x"]], "references": [3]}, r"references\[0\] is 3; a reference is a bug id or a row"),
        ({"predictions": [["x"]] * 2, "references": IDS[:1] * 2}, "appears twice"),
        ({"predictions": [["x"]], "references": IDS[:1], "k": [5]}, "asked for pass@5"),
        ({"predictions": [["x"]], "references": IDS[:1], "k": 5}, "asked for pass@5"),
        ({"predictions": [["x"]], "references": IDS[:1], "k": [True]}, "k is True"),
        ({"predictions": None, "references": IDS[:1]}, "both predictions and references"),
    ],
)
def test_bad_input_gets_a_sentence(compute: Compute, arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        compute(**arguments)


def test_an_empty_answer_is_a_failed_one(compute: Compute) -> None:
    result = compute(predictions=[[""]], references=IDS[:1])
    assert result["reward"] == -0.3
