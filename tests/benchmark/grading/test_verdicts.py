"""Passing needs positive proof; what is told of a failure comes from visible tests alone."""

from dataclasses import replace
from typing import Any

import pytest
from conftest import leaks

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.dataset.yaml_file import parse_bug
from debugarena.benchmark.grading.verdicts import Verdict, judge, make_job, outcome_key
from debugarena.benchmark.sandbox import CallOutcome, Execution, TestRun

HEAD = """
id: python/x
title: t
language: python
difficulty: easy
category: wrong-type
entry_point: {entry}
task: t
hint: h
buggy: "pass"
fixed: "pass"
tests:
"""


def bug_of(*tests: str, entry: str = "f") -> Bug:
    return parse_bug(HEAD.format(entry=entry) + "".join(f"  - {test}\n" for test in tests), "x.yaml")


def verdict(sandbox: Sandbox, bug: Bug, code: str) -> Verdict:
    return judge(bug, sandbox.run(make_job(bug, code, ())))


@pytest.mark.parametrize(
    ("test", "code", "passes"),
    [
        ("{args: [3], expected: 3}", "def f(x): return x", True),
        ("{args: [3], expected: 3}", "def f(x): return x + 1", False),
        ("{args: [3], expected: 3.0}", "def f(x): return x", False),
        ("{args: [3], expected: 3.0, compare: float}", "def f(x): return x", True),
        ("{args: [0.1], expected: 0.3, compare: float}", "def f(x): return x + x + x", True),
        ("{args: [[1, 2]], expected: [2, 1], compare: unordered}", "def f(x): return x", True),
        ("{args: [[1, 2]], expected: [2, 1]}", "def f(x): return x", False),
        ("{args: [3], raises: ValueError}", "def f(x): raise ValueError(x)", True),
        ("{args: [3], raises: ValueError}", "def f(x): raise UnicodeError", False),
        ("{args: [3], raises: Exception}", "def f(x): raise ValueError", False),
        ("{args: [3], raises: ValueError}", "def f(x): return ValueError", False),
        ("{args: [3], raises: ValueError}", "class ValueError(Exception): pass\ndef f(x): raise ValueError", False),
        ("{args: [3], raises: KeyError}", "def g(x): raise KeyError", False),
        ("{args: [[3, 1]], args_after: [[1, 3]], expected: null}", "def f(x): x.sort()", True),
        ("{args: [[3, 1]], args_after: [[1, 3]], expected: null}", "def f(x): x = sorted(x)", False),
        ("{args: [[3, 1]], args_after: [[3, 1]], expected: [1, 3]}", "def f(x): return x.sort() or x", False),
        ("{args: [[3, 1]], args_after: [[1, 3]]}", "def f(x): x.sort(); return object()", True),
        ("{args: [[3, 1]], args_after: [[1, 3]]}", "def f(x): x.sort(); raise ValueError", False),
        ("{args: [[3]], args_after: [[]], raises: ValueError}", "def f(x): x.clear(); raise ValueError", True),
        ("{args: [[3]], args_after: [[3]], expected: null}", "def f(x): x[0] = x", False),
        ("{kwargs: {a: 1}, expected: 1}", "def f(*, a): return a", True),
        ("calls: [{args: [1], expected: 1}, {args: [1], expected: 2}]", "n = 0\ndef f(x): global n; n += x; return n", True),
        ("calls: [{args: [1], expected: 1}, {args: [1], expected: 1}]", "def f(x, a=[]): a.append(x); return len(a)", False),
        ("calls: [{args: [1]}, {args: [1], expected: 1}]", "def f(x): return x", True),
        ("calls: [{args: [0]}, {args: [1], expected: 1}]", "def f(x): return x // x", False),
        ("calls: [{args: [[1]], args_at_end: [[1]]}, {args: [[2]]}]", "kept = []\ndef f(x): kept.append(x[:])", True),
        ("calls: [{args: [[1]], args_at_end: [[1]]}, {args: [[2]]}]", "def f(x, m=[]): m.append(x); m[0].append(2)", False),
        ("calls: [{as: a}, {as: b}, {call: a.f, expected: 1}, {call: b.f, expected: 1}]",
         "class f:\n    def __init__(self): self.n = 0\n    def f(self): self.n += 1; return self.n", True),
        ("calls: [{as: a}, {as: b}, {call: a.f, expected: 1}, {call: b.f, expected: 1}]",
         "class f:\n    n = []\n    def f(self): self.n.append(1); return len(self.n)", False),
    ],
)  # fmt: skip
def test_a_test_passes_exactly_when_all_it_asks_for_happened(
    sandbox: Sandbox, test: str, code: str, passes: bool
) -> None:
    assert verdict(sandbox, bug_of(test), code).passed == (passes,)


RAN = TestRun("ran", (CallOutcome("returned", value="3"),))


@pytest.mark.parametrize(
    "run",
    [
        *(TestRun(status) for status in ("timeout", "crashed", "malformed", "not-run")),
        TestRun("load-error", (CallOutcome("raised", type_name="E"),)),
        TestRun("ran", (CallOutcome("unencodable", value="3"),)),
        TestRun("ran", (CallOutcome("raised", value="3", type_name="E"),)),
        *(replace(RAN, status=status) for status in ("timeout", "crashed", "malformed", "not-run")),
    ],
)  # fmt: skip
def test_nothing_but_a_returned_value_of_a_test_that_ran_passes(run: TestRun) -> None:
    bug = bug_of("{args: [3], expected: 3}")
    assert judge(bug, Execution((RAN,), ())).solved
    assert not judge(bug, Execution((run,), ())).solved


def test_calls_that_are_missing_do_not_pass() -> None:
    bug = bug_of("calls: [{expected: 3}, {expected: 3}]", "{expected: 3}")
    assert judge(bug, Execution((replace(RAN, calls=RAN.calls * 2), RAN), ())).solved
    with pytest.raises(ValueError):
        judge(bug, Execution((RAN,), ()))


def test_an_execution_without_tests_is_not_solved() -> None:
    assert not Verdict(()).solved


@pytest.mark.parametrize(
    ("test", "code", "call", "expected", "got"),
    [
        ("{args: [1, a], kwargs: {k: null}, expected: 2}", "def f(x, y, k): return x", "f(1, 'a', k=None)", "return 2", "returned 1"),
        ("{args: [], expected: 2}", "def f(): raise KeyError('k')", "f()", "return 2", "raised KeyError ('k')"),
        ("{args: [], expected: 2}", "def f(): return len", "f()", "return 2",
         "returned something that is not plain data (builtin_function_or_method)"),
        ("{args: [], expected: 2}", "def g(): return 2", "f()", "return 2", "raised NameError (the code does not define f)"),
        ("{args: [], expected: 2}", "import random\ndef f(): random._os._exit(0)", "f()", "return 2", "ended the process"),
        ("{args: [], raises: KeyError}", "def f(): return !tuple", "f()", "raise KeyError", "raised SyntaxError"),
        ("{args: [[2]], args_after: [[]], expected: null}", "def f(x): x.append(1)", "f([2])",
         "return None and leave its arguments as [[]]", "returned None and left its arguments as [[2, 1]]"),
        ("calls: [{args: [1], expected: 1}, {args: [2], expected: 2}, {args: [3], expected: 3}]", "def f(x): return 1",
         "f(1); f(2)", "return 2", "returned 1"),
        ("calls: [{args: [[1]], args_at_end: [[1]]}, {args: [[2]], expected: null}]",
         "kept = []\ndef f(x):\n    kept.append(x)\n    kept[0].append(3)", "f([1]); f([2])",
         "leave the arguments of f([1]) as [[1]]", "left the arguments of f([1]) as [[1, 3, 3]]"),
    ],
)  # fmt: skip
def test_a_failure_says_what_was_called_what_should_have_come_and_what_came(
    sandbox: Sandbox, test: str, code: str, call: str, expected: str, got: str
) -> None:
    bug = bug_of(test)
    execution = sandbox.run(make_job(bug, code, ("random",)))
    (failure,) = judge(bug, execution).failures
    assert (failure.call, failure.expected) == (call, expected)
    assert failure.got.startswith(got)


def test_methods_are_shown_on_a_named_object(sandbox: Sandbox) -> None:
    bug = bug_of("calls: [{call: C, args: [1]}, {call: obj.get, expected: 1}]", entry="C")
    (failure,) = verdict(
        sandbox, bug, "class C:\n    def __init__(self, x): pass\n    def get(self): return 2"
    ).failures
    assert failure.call == "obj = C(1); obj.get()"


def test_failures_speak_of_visible_tests_alone(sandbox: Sandbox, flip: Bug) -> None:
    for code in (
        "def flip(text): return text",
        "def flip(text): raise ValueError(text)",
        "def flip(text): print(text)",
    ):
        found = verdict(sandbox, flip, code)
        assert [failure.name for failure in found.failures] in (["t01", "t02"], ["t01", "t02", "t03"])
        assert found.n_hidden_failed == 3
        assert not leaks(found)


def test_a_job_holds_nothing_that_a_solution_should_not_know(bugs: list[Bug]) -> None:
    for bug in bugs:
        job = make_job(bug, "CODE", ())
        fields: dict[str, Any] = vars(job)
        how = {"order", "imports", "limits", "hash_seed", "restricted", "language"}
        assert set(fields) == {"code", "entry_point", "tests"} | how
        assert bug.fixed_code not in repr(job)
        for test in job.tests:
            assert set(vars(test)) == {"calls", "hidden"}
            assert all(
                set(vars(call)) == {"args", "kwargs", "target", "want_args_after", "instance", "want_args_at_end"}
                for call in test.calls
            )


def test_a_long_expected_reply_fits() -> None:
    bug = bug_of(f"{{args: [], expected: {'x' * 50_000}}}", "calls: [" + f"{{expected: {'y' * 9_000}}}, " * 3 + "]")
    assert make_job(bug, "", ()).limits.reply_bytes >= 4 * 50_000


def test_a_salt_varies_order_and_hash_seed_and_nothing_else(flip: Bug) -> None:
    plain, salted = make_job(flip, "x", ()), make_job(flip, "x", (), salt="second")
    assert plain == make_job(flip, "x", ())
    assert plain.hash_seed != salted.hash_seed
    assert replace(salted, hash_seed=plain.hash_seed, order=plain.order) == plain


def test_outcomes_are_told_apart_by_more_than_passing() -> None:
    runs = [RAN, TestRun("timeout"), *(TestRun("ran", (CallOutcome("returned", value=v),)) for v in "45")]
    assert len({outcome_key(run) for run in runs}) == 4
    assert outcome_key(RAN) == outcome_key(replace(RAN, cpu_s=9.0, output="x"))
