"""From completion to grade, in batches: order, what is run, and what each signal is for."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.grading.grade import Grade, grade_codes, grade_completions, reference_limits
from debugarena.benchmark.grading.prompts import make_prompt
from debugarena.benchmark.grading.rewards import MAX_TOTAL, MIN_TOTAL, rewards
from debugarena.benchmark.sandbox import Limits

GOOD = "def flip(text): return text[::-1]"
NO_CODE = "I do not know."
FORBIDDEN = f"import os\n{GOOD}"
OTHER = GOOD.replace("flip", "flop")


@pytest.mark.parametrize(
    ("code", "total", "solved"),
    [(GOOD, 3.2, True), (FORBIDDEN, -0.8, False), (NO_CODE, -0.3, False), (OTHER, -0.3, False), (f"import os\n{OTHER}", -1.3, False)],
)  # fmt: skip
def test_each_kind_of_answer_has_its_total(sandbox: Sandbox, flip: Bug, code: str, total: float, solved: bool) -> None:
    (grade,) = grade_codes(sandbox, [(flip, code)])
    assert (grade.rewards.total, grade.solved) == (total, solved)


def test_grades_come_in_the_order_of_the_answers(sandbox: Sandbox, flip: Bug) -> None:
    codes = [GOOD, NO_CODE, FORBIDDEN, GOOD, "", OTHER, GOOD, NO_CODE] * 3 + [NO_CODE] * 3
    grades = list(grade_codes(sandbox, [(flip, code) for code in codes]))
    assert [grade.code for grade in grades] == codes
    assert [grade.solved for grade in grades] == [code == GOOD for code in codes]


def test_answers_that_cannot_be_run_start_no_process(flip: Bug) -> None:
    with Sandbox(1) as closed:
        pass
    (grade,) = grade_codes(closed, [(flip, FORBIDDEN)])
    assert grade.verdict.passed == (False,) * 6
    assert grade.verdict.n_hidden_failed == 3
    assert grade.feedback.offences == ("line 1: imports os",)


def test_no_answers_give_no_grades(sandbox: Sandbox) -> None:
    assert list(grade_codes(sandbox, [])) == []


def test_without_the_static_check_forbidden_code_is_run_and_not_fined(sandbox: Sandbox, flip: Bug) -> None:
    code = f"if 0: eval('1')\n{GOOD}"
    checked, unchecked = (next(iter(grade_codes(sandbox, [(flip, code)], check))) for check in (True, False))
    assert (checked.rewards.total, unchecked.rewards.total) == (-0.8, 3.2)


def test_an_echo_is_the_buggy_code_in_any_layout(sandbox: Sandbox, flip: Bug) -> None:
    codes = [flip.buggy_code, "def flip(text):  # mended\n\n        return (text)", GOOD, NO_CODE]
    assert [grade.echo for grade in grade_codes(sandbox, [(flip, code) for code in codes])] == [
        True,
        True,
        False,
        False,
    ]


def test_overfitting_is_passing_all_that_is_visible_and_not_all(sandbox: Sandbox, flip: Bug) -> None:
    table = "def flip(text): return {'VISIBLEqa': 'aqELBISIV', 'VISIBLEqb': 'bqELBISIV', '': ''}.get(text)"
    grades = list(grade_codes(sandbox, [(flip, table), (flip, GOOD), (flip, flip.buggy_code)]))
    assert [grade.overfit for grade in grades] == [True, False, False]
    assert grades[0].verdict.failures == ()
    assert grades[0].rewards.total == 0.7


def test_completions_are_read_as_their_prompt_ended(sandbox: Sandbox, flip: Bug) -> None:
    text = f"{flip.buggy_code}\n```\nOr rather:\n```python\n{GOOD}\n```"  # a block that was open counts first
    grades = [next(grade_completions(sandbox, [(flip, text)], opened)) for opened in (False, True)]
    assert [isinstance(grade, Grade) and grade.solved for grade in grades] == [True, False]


def test_feedback_is_empty_for_a_solve(sandbox: Sandbox, flip: Bug) -> None:
    (grade,) = grade_codes(sandbox, [(flip, GOOD)])
    assert (grade.feedback.failures, grade.feedback.n_hidden_failed, grade.feedback.compliant) == ((), 0, True)


def test_deadlines_follow_the_reference(sandbox: Sandbox, bugs: list[Bug]) -> None:
    chosen = bugs[:6]
    limits = reference_limits(sandbox, chosen)
    assert list(limits) == [bug.bug_id for bug in chosen]
    assert all(0.1 <= own.cpu_s <= Limits().cpu_s for own in limits.values())
    assert {round(own.wall_s / own.cpu_s, 6) for own in limits.values()} == {Limits().wall_s / Limits().cpu_s}
    assert all(grade.solved for grade in grade_codes(sandbox, [(b, b.fixed_code) for b in chosen], limits=limits))
    wrong = replace(chosen[0], fixed_code=chosen[0].buggy_code)
    assert reference_limits(sandbox, [wrong]) == {wrong.bug_id: Limits()}


def test_a_mapping_of_limits_is_asked_for_each_bug(sandbox: Sandbox, flip: Bug) -> None:
    """By what is told of each test, for a busy machine may take its time: a job that is used up runs no more tests."""
    loop = "def flip(text):\n    while True: pass"
    short_job = replace(flip, bug_id="python/short-job")
    limits = {flip.bug_id: Limits(cpu_s=0.1, job_s=60.0), short_job.bug_id: Limits(cpu_s=60.0, wall_s=60.0, job_s=0.1)}
    short_tests, short = grade_codes(sandbox, [(flip, loop), (short_job, loop)], limits=limits)
    assert {run.status for run in short_tests.verdict.visible_runs} == {"timeout"}
    assert "not-run" in {run.status for run in short.verdict.visible_runs}


def test_what_a_failing_visible_test_printed_is_kept_and_stays_out_of_the_prompt(sandbox: Sandbox, flip: Bug) -> None:
    code = "def flip(text):\n    print('printed', text)\n    return 'x'"
    (grade,) = grade_codes(sandbox, [(flip, code)])
    assert [failure.output for failure in grade.verdict.failures][:2] == ["printed VISIBLEqa\n", "printed VISIBLEqb\n"]
    past = [("my answer", grade.feedback)]
    assert "printed" not in make_prompt(flip, grade.verdict.failures, "chat-v1", past, attempts=2).text


# the four signals stay in their ranges, and only a full, honest solve is worth the most

COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, st.booleans(), st.booleans())
def test_every_signal_is_in_its_range(counts: tuple[int, int], compliant: bool, forbidden: bool) -> None:
    signals = rewards(*counts, compliant, forbidden)
    assert 0.0 <= signals.tests_passing <= 1.0
    assert signals.full_solve_bonus in (0.0, 2.0)
    assert signals.format_compliance in (-0.3, 0.2)
    assert signals.anti_hacking in (-1.0, 0.0)
    assert MIN_TOTAL <= signals.total <= MAX_TOTAL


@given(COUNTS, st.booleans())
def test_the_bonus_is_for_all_tests_and_allowed_code_alone(counts: tuple[int, int], compliant: bool) -> None:
    assert (rewards(*counts, compliant, False).full_solve_bonus == 2.0) == (counts[0] == counts[1])
    forbidden = rewards(*counts, compliant, True)
    assert (forbidden.tests_passing, forbidden.full_solve_bonus) == (0.0, 0.0)


@given(COUNTS.filter(lambda c: c[0] < c[1]))
def test_one_more_passing_test_is_worth_more(counts: tuple[int, int]) -> None:
    n_passed, n_tests = counts
    assert rewards(n_passed, n_tests, True, False).total < rewards(n_passed + 1, n_tests, True, False).total


@pytest.mark.parametrize(
    ("n_passed", "compliant", "forbidden", "total"),
    [
        (13, True, False, 3.2),
        (0, False, True, -1.3),
        (0, True, True, -0.8),
        (0, True, False, 0.2),
        (0, False, False, -0.3),
    ],
)
def test_totals_are_exact(n_passed: int, compliant: bool, forbidden: bool, total: float) -> None:
    assert rewards(n_passed, 13, compliant, forbidden).total == total


@pytest.mark.parametrize(("n_passed", "n_tests"), [(0, 0), (-1, 3), (4, 3)])
def test_impossible_counts_are_refused(n_passed: int, n_tests: int) -> None:
    with pytest.raises(ValueError):
        rewards(n_passed, n_tests, True, False)
