"""Turns what a source states into proven bugs: tries the cases on both codes, chooses, splits and proves them.

A case is an input with the value that its source states. Both codes run on it in the sandbox. It becomes a test only if
the fixed code is quick and gives the stated value. The test then expects exactly what the fixed code gives, so a JSON
list may be a tuple in Python. Always in the order of the source:

  - inputs on which the buggy code hangs become one test, or two if nothing else fails: each costs seconds in every run
  - up to MAX_FAILING tests that the buggy code fails are kept, and up to MAX_PASSING that it passes
  - a third of the tests are visible, at most MAX_VISIBLE, including the first failing one; one failing test is hidden

If the buggy code fails fewer than two tests, slightly varied inputs are added, with the fixed code's answers, and the
row's `source` records that. Not covered: whether what a source states is right.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.cases import CallCase, TestCase
from debugarena.benchmark.dataset.schema import Bug, row_from_bug
from debugarena.benchmark.grading.verdicts import judge
from debugarena.benchmark.languages.python.code_facts import read_code
from debugarena.benchmark.languages.python.rendering import render
from debugarena.benchmark.sandbox import Call, Execution, Job, Limits, Sandbox, TestInput, TestRun
from debugarena.benchmark.values import Compare, decode, encode, holds_float
from debugarena.builder.importers.shared import UNSTATED, Case, Found, Imported
from debugarena.builder.validate import SLOW_SHARE, Checked, validate_paths

MAX_CASES = 60
MAX_FAILING, MAX_PASSING, MAX_VISIBLE, MAX_HANGING = 20, 20, 4, 8
MIN_FAILING = 2
MAX_PERMUTED = 3
# half of what validation allows, because validation may run at a slower time
SLOW_FIXED_S = SLOW_SHARE * Limits().cpu_s / 2
# buggy code slower than this counts as hanging: whether it ends within the real limit would depend on the machine
HANG_LIMITS = Limits(cpu_s=0.5)
VARIED = "some inputs varied from the stated ones, answered by the fixed code"


@dataclass(frozen=True)
class _Tried:
    """A case with what the fixed code gave, as a call with its expected value, and how the buggy code did."""

    call: CallCase
    compare: Compare
    fixed_cpu_s: float
    fails: bool = False
    hangs: bool = False


@dataclass(frozen=True)
class _Unit:
    """What becomes one test: one case, or several of the hanging ones."""

    tried: tuple[_Tried, ...]
    fails: bool


def prove(found: Sequence[Found], sandbox: Sandbox) -> list[Imported]:
    """Each entry with its row, or the reason why it has none, in order. `debugarena validate` accepts the rows."""
    ready = _with_tests(found, sandbox)
    checked = iter(_validate([entry.bug for entry in ready if entry.bug], sandbox))
    results = []
    for entry in ready:
        if entry.bug is None:
            results.append(Imported(entry.name, None, entry.reason, entry.notes))
            continue
        item = next(checked)
        reason = "; ".join(f"{r.message} ({r.code})" for r in item.reasons)
        row = row_from_bug(entry.bug, item.measured) if item.valid and item.measured else None
        results.append(Imported(entry.name, row, reason, entry.notes))
    return results


def _with_tests(found: Sequence[Found], sandbox: Sandbox) -> list[Found]:
    tried = _try_all(found, sandbox)
    short = [
        replace(entry, cases=(*entry.cases[:MAX_CASES], *_varied(entry.cases[:MAX_CASES])))
        if entry.bug and results and sum(t.fails for t in results) < MIN_FAILING
        else replace(entry, bug=None)
        for entry, (results, _) in zip(found, tried, strict=True)
    ]
    again = _try_all(short, sandbox, extra=True)
    return [
        _finish(entry, *first) if retry.bug is None else _finish_varied(entry, first, second)
        for entry, first, retry, second in zip(found, tried, short, again, strict=True)
    ]


def _finish_varied(
    entry: Found, first: tuple[list[_Tried], list[str]], second: tuple[list[_Tried], list[str]]
) -> Found:
    """The stated cases, plus as many failing varied ones as are missing and one more."""
    known = {encode([list(t.call.args), t.call.kwargs], canonical=False) for t in first[0]}
    new = [t for t in second[0] if encode([list(t.call.args), t.call.kwargs], canonical=False) not in known]
    added = [t for t in new if t.fails and not t.hangs][: MIN_FAILING + 1 - sum(t.fails for t in first[0])]
    if entry.bug is None or not added:
        return _finish(entry, *first)
    entry = replace(entry, bug=replace(entry.bug, source=f"{entry.bug.source}; {VARIED}"))
    plural = "s" if len(added) > 1 else ""
    return _finish(
        entry, [*first[0], *added], [*first[1], f"{len(added)} input{plural} varied, because too few tests fail"]
    )


def _finish(entry: Found, tried: list[_Tried], notes: list[str]) -> Found:
    entry = replace(entry, notes=(*entry.notes, *notes))
    if entry.bug is None:
        return entry
    n_failing = sum(t.fails for t in tried)
    if not tried:
        said = f": {notes[0]}" if notes else ""
        return replace(entry, bug=None, reason=f"no test is left{said}")
    if n_failing < MIN_FAILING:
        shown = "no test" if not n_failing else "only one test"
        return replace(
            entry,
            bug=None,
            reason=f"{shown} of {len(tried)} fails on the buggy code; one visible and one "
            "hidden failing test are needed",
        )
    return replace(entry, bug=replace(entry.bug, tests=_choose(tried)))


def _choose(tried: Sequence[_Tried]) -> tuple[TestCase, ...]:
    """The tests of a bug of which at least two cases fail."""
    quick = [_Unit((t,), t.fails) for t in tried if not t.hangs]
    failing = [unit for unit in quick if unit.fails][:MAX_FAILING]
    passing = [unit for unit in quick if not unit.fails][:MAX_PASSING]
    hanging = [t for t in tried if t.hangs]
    if len(failing) < MIN_FAILING and len(hanging) > 1:
        grouped = [_Unit((hanging[0],), True), *_grouped(hanging[1:])]
    else:
        grouped = _grouped(hanging)
    chosen = {id(unit) for unit in (*failing, *passing)}
    units = [unit for unit in quick if id(unit) in chosen]
    failing = [*failing, *grouped]
    units += grouped
    n_visible = max(1, min(MAX_VISIBLE, len(units) // 3))
    reserved = failing[-1]
    others = [unit for unit in units if unit is not failing[0] and unit is not reserved and unit not in grouped]
    visible = {id(unit) for unit in (failing[0], *others[: n_visible - 1])}
    units.sort(key=lambda unit: id(unit) not in visible)
    return tuple(_test(unit, number, id(unit) not in visible) for number, unit in enumerate(units, 1))


def _grouped(hanging: Sequence[_Tried]) -> list[_Unit]:
    """At most one test of several calls, which share a comparison and the time that validation gives the fixed code."""
    kept: list[_Tried] = []
    for tried in hanging[:MAX_HANGING]:
        used_s = sum(t.fixed_cpu_s for t in kept)
        if not kept or (tried.compare == kept[0].compare and used_s + tried.fixed_cpu_s <= SLOW_FIXED_S):
            kept.append(tried)
    return [_Unit(tuple(kept), True)] if kept else []


def _test(unit: _Unit, number: int, hidden: bool) -> TestCase:
    calls = tuple(t.call for t in unit.tried)
    return TestCase(f"t{number:02}", hidden, unit.tried[0].compare, calls, is_sequence=len(calls) > 1)


def _try_all(found: Sequence[Found], sandbox: Sandbox, extra: bool = False) -> list[tuple[list[_Tried], list[str]]]:
    """The usable cases of each entry, tried on both codes, and notes on the others; empty if the entry has no bug.

    extra: try the cases beyond MAX_CASES too.
    """
    cases = [_distinct(entry.cases, None if extra else MAX_CASES) if entry.bug else [] for entry in found]
    jobs: list[_ProbeJob] = [
        (entry.bug, entry.bug.fixed_code if entry.bug else "", c) for entry, c in zip(found, cases, strict=True)
    ]
    fixed_runs = _probe(jobs, sandbox, Limits())
    kept = [_agreeing(c, runs) for c, runs in zip(cases, fixed_runs, strict=True)]
    calls = [[t.call for t in tried] for tried, _ in kept]
    jobs = [(entry.bug, entry.bug.buggy_code if entry.bug else "", c) for entry, c in zip(found, calls, strict=True)]
    buggy_runs = _probe(jobs, sandbox, HANG_LIMITS)
    return [
        (_judged(entry.bug, tried, runs) if entry.bug else [], notes)
        for entry, (tried, notes), runs in zip(found, kept, buggy_runs, strict=True)
    ]


def _distinct(cases: Sequence[Case], most: int | None) -> list[Case]:
    """The first case of each input."""
    kept: dict[str, Case] = {}
    for case in cases:
        kept.setdefault(case.key, case)
    return list(kept.values())[:most]


_ProbeJob = tuple[Bug | None, str, Sequence[Case | CallCase]]


def _probe(jobs: Sequence[_ProbeJob], sandbox: Sandbox, limits: Limits) -> list[list[TestRun]]:
    """What each case gives. A job stops after its process has ended twice, so the remaining cases are run again."""
    runs: list[list[TestRun]] = [[TestRun("not-run")] * len(cases) for _, _, cases in jobs]
    todo = {index: list(range(len(cases))) for index, (bug, _, cases) in enumerate(jobs) if bug and cases}
    while todo:
        executions = sandbox.run_many([_probe_job(jobs[i], at, limits) for i, at in todo.items()])
        for (index, at), execution in zip(todo.items(), executions, strict=True):
            for place, run in zip(at, execution.tests, strict=True):
                runs[index][place] = run
        left = {index: [place for place in at if runs[index][place].status == "not-run"] for index, at in todo.items()}
        todo = {index: at for index, at in left.items() if 0 < len(at) < len(todo[index])}
    return runs


def _probe_job(job: _ProbeJob, at: Sequence[int], limits: Limits) -> Job:
    bug, code, cases = job
    assert bug is not None
    tests = tuple(TestInput((Call(tuple(cases[i].args), dict(cases[i].kwargs)),)) for i in at)
    imports = read_code(code, bug.entry_point).imports
    return Job(code, bug.entry_point, tests, tuple(range(len(tests))), imports, limits)


def _agreeing(cases: Sequence[Case], runs: Sequence[TestRun]) -> tuple[list[_Tried], list[str]]:
    """The cases whose stated value the fixed code quickly gives, and notes on the others."""
    kept, complaints = [], []
    for case, run in zip(cases, runs, strict=True):
        complaint = _complaint(case, run)
        if complaint:
            if case.stated is not UNSTATED or case.raises:
                complaints.append(complaint)
            continue
        value = None if case.raises else run.calls[0].value
        compare = case.compare or ("float" if value and holds_float(decode(value)) else "exact")
        expected = None if value is None else encode(decode(value))
        call = CallCase("", tuple(case.args), dict(case.kwargs), expected, case.raises)
        kept.append(_Tried(call, compare, run.cpu_s))
    if not complaints:
        return kept, []
    plural = "s" if len(complaints) > 1 else ""
    return kept, [f"left out {len(complaints)} input{plural}: {complaints[0]}"]


def _complaint(case: Case, run: TestRun) -> str:
    """Why a case cannot be a test, or ""."""
    if run.status == "load-error":
        return f"the fixed code does not load ({run.calls[0].type_name}: {run.calls[0].message})"
    if run.status == "timeout" or (run.status == "ran" and run.cpu_s > SLOW_FIXED_S):
        return "the fixed code is too slow on it"
    if run.status != "ran":
        return "the fixed code ends its process on it"
    outcome = run.calls[0]
    if case.raises:
        right = outcome.status == "raised" and outcome.type_name == case.raises
        if right and outcome.type_name.startswith("solution."):
            return "the exception is of a class of the code's own"
        return "" if right else f"the fixed code does not raise {case.raises} in a fresh namespace"
    if outcome.status == "raised":
        return f"the fixed code raises {outcome.type_name}"
    if outcome.status == "unencodable":
        return f"the fixed code returns something that is not plain data ({outcome.type_name})"
    try:
        agrees = case.stated is UNSTATED or _agrees(case.stated, decode(outcome.value), case.tolerance)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
        return "the fixed code returns something unreadable"
    if agrees:
        return ""
    return f"the fixed code returns {render(outcome.value)}, and {render(encode(case.stated))} is stated"


def _agrees(stated: Any, got: Any, tolerance: float) -> bool:
    """Whether a loose test would call two values equal: tuples are lists, and 2 is 2.0."""
    if isinstance(stated, list | tuple) and isinstance(got, list | tuple):
        return len(stated) == len(got) and all(_agrees(s, g, tolerance) for s, g in zip(stated, got, strict=True))
    if isinstance(stated, dict) and isinstance(got, dict):
        return stated.keys() == got.keys() and all(_agrees(v, got[key], tolerance) for key, v in stated.items())
    if isinstance(stated, float) or isinstance(got, float):
        if not isinstance(stated, int | float) or not isinstance(got, int | float):
            return False
        return math.isclose(stated, got, rel_tol=tolerance, abs_tol=tolerance) or (stated != stated and got != got)
    return bool(stated == got)


def _judged(bug: Bug, tried: Sequence[_Tried], runs: Sequence[TestRun]) -> list[_Tried]:
    tests = tuple(TestCase(f"t{i}", False, t.compare, (t.call,), False) for i, t in enumerate(tried))
    passed = judge(replace(bug, tests=tests), Execution(tuple(runs), ())).passed
    hangs = [run.status in ("timeout", "crashed", "malformed", "not-run") for run in runs]
    return [replace(t, fails=not ok, hangs=hang) for t, ok, hang in zip(tried, passed, hangs, strict=True)]


def _varied(cases: Sequence[Case]) -> Iterator[Case]:
    """Inputs slightly different from the stated ones: arguments of one type in another order, then one argument changed
    to another of the same type and sign and of about the same size."""
    for case in cases:
        for args in permutations(case.args) if len(case.args) <= MAX_PERMUTED else ():
            if all(type(one) is type(other) for one, other in zip(args, case.args, strict=True)):
                yield Case(args, case.kwargs, compare=case.compare)
    for case in cases:
        for place, value in enumerate(case.args):
            for other in _neighbours(value):
                yield Case((*case.args[:place], other, *case.args[place + 1 :]), case.kwargs, compare=case.compare)


def _neighbours(value: Any) -> list[Any]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [value + 1, value - 1] if value > 1 else [value + 1] if value > 0 else []
    if isinstance(value, dict) and len(value) > 1:
        items = list(value.items())
        return [dict(items[:-1]), dict(items[1:]), dict(items[::-1])]
    # slices and not items, so that it is the same for text, lists and tuples
    sliceable: Any = value if isinstance(value, str | list | tuple) and len(value) > 1 else None
    if sliceable is None:
        return []
    return [sliceable[:-1], sliceable[1:], sliceable[::-1], sliceable + sliceable[-1:]]


def _validate(bugs: Sequence[Bug], sandbox: Sandbox) -> list[Checked]:
    """What `debugarena validate` says of these bugs, in order."""
    if not bugs:
        return []
    unmeasured: dict[str, Any] = {"prompt": [], "failing_tests": [], "buggy_pass_rate": None, "evidence": None}
    with tempfile.TemporaryDirectory(prefix="debugarena-import-") as folder:
        path = Path(folder) / "bugs.jsonl"
        path.write_text("".join(json.dumps(row_from_bug(bug, unmeasured)) + "\n" for bug in bugs))
        return validate_paths([path], sandbox, show_progress=False)
