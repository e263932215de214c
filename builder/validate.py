"""Proves that bugs are bugs. In the sandbox, three times, with different test orders and hash seeds, the fixed code
must pass every test, and the buggy code must fail at least one visible and one hidden test, the same way each time.
Both must parse, define the entry point, differ from each other, be quick and stay off the forbidden list. No two bugs
may be the same. Reads YAML, JSONL and Parquet files, or folders of them. Exits with 1 if any bug is invalid.

  debugarena validate                      # the bugs that come with the package
  debugarena validate my-bugs/ extra.yaml --json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from debugarena.benchmark.code_hash import sandbox_hash
from debugarena.benchmark.dataset.cases import test_to_struct
from debugarena.benchmark.dataset.loading import read_bug_files
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER, OUR_SOURCE
from debugarena.benchmark.grading.prompts import make_prompt
from debugarena.benchmark.grading.verdicts import Verdict, judge, make_job, outcome_key
from debugarena.benchmark.languages import READERS, is_runnable, language
from debugarena.benchmark.options import add_sandbox_arguments, warn_if_weak
from debugarena.benchmark.sandbox import Execution, Limits, Sandbox
from debugarena.benchmark.sandbox.sandbox import not_run

# the empty salt gives the order and hash seed that every later verdict uses
SALTS = ("", "second", "third")
# the fewest visible and hidden tests allowed: for our handcrafted bugs, for generated ones, for all others
OUR_TESTS, GENERATED_TESTS, OTHER_TESTS = (4, 8), (3, 10), (1, 1)
MAX_GENERATED_PASS_RATE = 0.8
SLOW_SHARE = 0.1
# CPU time decides; a machine that is busy, or stopped for a while, must not make a bug invalid
PROOF_LIMITS = Limits(wall_s=300.0)


@dataclass(frozen=True)
class Reason:
    """Why a bug is refused, or warned about: a stable code, and a sentence that says how to fix it."""

    code: str
    message: str


@dataclass(frozen=True)
class Checked:
    """One bug, or one file that holds none. `measured` is what schema.row_from_bug needs; None unless valid."""

    bug: Bug | None
    bug_id: str
    file: str
    line: int
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()
    measured: dict[str, Any] | None = None
    behaviour: str = ""

    @property
    def valid(self) -> bool:
        return self.bug is not None and not self.reasons


def validate_paths(paths: Sequence[Path], sandbox: Sandbox, show_progress: bool = True) -> list[Checked]:
    """Checks every bug in these files and folders (none given: the packaged bugs); results in a stable order."""
    entries = list(read_bug_files(paths or [BUGS_FOLDER]))
    bugs = [entry.bug for entry in entries if entry.bug is not None]
    proofs = check_bugs(bugs, sandbox)
    if show_progress:
        console = Console(stderr=True)
        proofs = iter(track(proofs, "Validating", total=len(bugs), console=console, transient=True, update_period=0.5))
    checked = []
    for entry in entries:
        if entry.bug is None:
            error = entry.error
            assert error is not None
            checked.append(Checked(None, "", entry.file, entry.line, (Reason(error.code, error.message),)))
        else:
            checked.append(replace(next(proofs), file=entry.file, line=entry.line))
    return _refuse_repeats(checked)


def check_bugs(bugs: Sequence[Bug], sandbox: Sandbox) -> Iterator[Checked]:
    """Checks each bug by itself, in order: all rules except those that compare it with other bugs."""
    static = [_static_reasons(bug) for bug in bugs]
    proofs = _prove([bug for bug, reasons in zip(bugs, static, strict=True) if not reasons], sandbox)
    for bug, reasons in zip(bugs, static, strict=True):
        yield Checked(bug, bug.bug_id, "", 0, reasons) if reasons else next(proofs)


def _static_reasons(bug: Bug) -> tuple[Reason, ...]:
    """The reasons that can be found without running anything."""
    if not is_runnable(bug.language):
        return (Reason("no-runtime", str(not_run(bug.language))),)
    reasons = []
    facts = {side: language(bug.language).read_code(code, bug.entry_point) for side, code in _sides(bug)}
    for side, fact in facts.items():
        if not fact.parses:
            reasons.append(Reason("does-not-parse", f"the {side} code does not parse"))
        elif not fact.defines_entry_point:
            reasons.append(Reason("no-entry-point", f"the {side} code does not define {bug.entry_point}"))
        elif fact.offences:
            reasons.append(Reason("forbidden", f"the {side} code {fact.offences[0]}; write it without"))
    if facts["buggy"].parses and facts["buggy"].normalised == facts["fixed"].normalised:
        reasons.append(Reason("same-code", "the buggy and the fixed code are the same"))
    n_hidden = sum(test.hidden for test in bug.tests)
    n_visible = len(bug.tests) - n_hidden
    ours = OUR_TESTS if bug.source == OUR_SOURCE else OTHER_TESTS
    least_visible, least_hidden = GENERATED_TESTS if bug.origin_kind == "generated" else ours
    if n_visible < least_visible or n_hidden < least_hidden:
        needed = f"at least {least_visible} visible and {least_hidden} hidden are needed"
        reasons.append(Reason("too-few-tests", f"{n_visible} visible and {n_hidden} hidden tests; {needed}"))
    names = [test.name for test in bug.tests]
    if len(set(names)) < len(names):
        reasons.append(Reason("repeated-name", "two tests have the same name; rename one"))
    return tuple(reasons)


def _warnings(bug: Bug) -> tuple[Reason, ...]:
    def inputs(hidden: bool) -> dict[str, str]:
        return {_test_inputs(bug, i): t.name for i, t in enumerate(bug.tests) if t.hidden is hidden}

    visible = inputs(hidden=False)
    repeats = [f"{name} repeats {visible[key]}" for key, name in inputs(hidden=True).items() if key in visible]
    return tuple(Reason("hidden-repeats-visible", f"hidden test {text}; change its inputs") for text in repeats)


def _test_inputs(bug: Bug, index: int) -> str:
    struct = test_to_struct(bug.tests[index])
    return json.dumps([struct["args"], struct["kwargs"], struct["calls"]])


def _sides(bug: Bug) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("buggy", bug.buggy_code), ("fixed", bug.fixed_code)


def _prove(bugs: Sequence[Bug], sandbox: Sandbox) -> Iterator[Checked]:
    """Runs both sides under every salt; one Checked per bug, in order."""
    jobs = (
        make_job(bug, code, imports, PROOF_LIMITS, salt=salt)
        for bug in bugs
        for _, code in _sides(bug)
        for imports in [language(bug.language).read_code(code, bug.entry_point).imports]
        for salt in SALTS
    )
    executions = sandbox.run_many(jobs)
    for bug in bugs:
        buggy = [next(executions) for _ in SALTS]
        fixed = [next(executions) for _ in SALTS]
        yield _check_runs(bug, buggy, fixed)


def _check_runs(bug: Bug, buggy: list[Execution], fixed: list[Execution]) -> Checked:
    reasons = []
    fixed_verdicts = [judge(bug, execution) for execution in fixed]
    buggy_verdict = judge(bug, buggy[0])
    for verdict, salt in zip(fixed_verdicts, SALTS, strict=True):
        if not verdict.solved:
            reasons.append(_fixed_fails(bug, verdict, salt))
            break
    for side, runs in (("fixed", fixed), ("buggy", buggy)):
        changing = _changing_test(bug, runs)
        if changing and not reasons:
            reasons.append(
                Reason(f"{side}-unstable", f"test {changing} of the {side} code gives other results under another seed")
            )
    passed = list(zip(buggy_verdict.passed, bug.tests, strict=True))
    if all(ok for ok, _ in passed):
        reasons.append(
            Reason(
                "buggy-passes",
                f"the buggy code passes all {len(passed)} tests; add a test that fails on it or drop the bug",
            )
        )
    else:
        for kind, hidden in (("visible", False), ("hidden", True)):
            if all(ok for ok, test in passed if test.hidden is hidden):
                message = f"the buggy code passes every {kind} test; add a {kind} test that fails on it"
                reasons.append(Reason(f"buggy-passes-{kind}", message))
    if bug.origin_kind == "generated" and buggy_verdict.n_passed > MAX_GENERATED_PASS_RATE * len(passed):
        message = f"the buggy code passes {buggy_verdict.n_passed} of {len(passed)} tests; at most 80% are allowed"
        reasons.append(Reason("buggy-passes-too-much", message))
    if (bug.level or 0) >= 2 and not buggy_verdict.n_passed:
        reasons.append(Reason("buggy-passes-nothing", f"the buggy code passes no test; at level {bug.level} some must"))
    limit_s, job_limit_s = SLOW_SHARE * Limits().cpu_s, SLOW_SHARE * Limits().job_s
    slowest, name = max((run.cpu_s, test.name) for run, test in zip(fixed[0].tests, bug.tests, strict=True))
    together = sum(run.cpu_s for run in fixed[0].tests)
    if slowest > limit_s and not reasons:
        reasons.append(
            Reason("slow", f"test {name} took {slowest:.2f} s of CPU; {limit_s:.2f} s are allowed, so make it smaller")
        )
    elif together > job_limit_s and not reasons:
        message = f"the tests took {together:.2f} s of CPU; {job_limit_s:.2f} s are allowed, so make some smaller"
        reasons.append(Reason("slow", message))
    measured = None if reasons else _measure(bug, buggy_verdict, buggy[0])
    return Checked(
        bug, bug.bug_id, "", 0, tuple(reasons), _warnings(bug), measured, behaviour=_outcomes_hash(bug, buggy[0])
    )


def _fixed_fails(bug: Bug, verdict: Verdict, salt: str) -> Reason:
    index = verdict.passed.index(False)
    test = bug.tests[index]
    detail = next((f": {f.call} should {f.expected}, but it {f.got}" for f in verdict.failures), "")
    where = " under another test order and hash seed" if salt else ""
    return Reason("fixed-fails", f"the fixed code fails test {test.name}{where}{detail}; mend the fix or the test")


def _changing_test(bug: Bug, runs: list[Execution]) -> str:
    """The name of a test whose outcome is not the same in every run, or ""."""
    for index, test in enumerate(bug.tests):
        if len({outcome_key(run.tests[index]) for run in runs}) > 1:
            return test.name
    return ""


def _measure(bug: Bug, verdict: Verdict, execution: Execution) -> dict[str, Any]:
    prompt = make_prompt(bug, verdict.failures, "chat-v1")
    return {
        "prompt": [dict(message) for message in prompt.messages],
        "failing_tests": [failure.name for failure in verdict.failures],
        "buggy_pass_rate": verdict.n_passed / len(bug.tests),
        "evidence": {
            "runs": len(SALTS),
            "fixed_passed": len(bug.tests),
            "buggy_failed": len(bug.tests) - verdict.n_passed,
            "outcomes_hash": _outcomes_hash(bug, execution),
            "sandbox_hash": sandbox_hash(),
        },
    }


def _outcomes_hash(bug: Bug, execution: Execution) -> str:
    """SHA-256 over the canonical value or exception of every test of the buggy code, with the inputs that gave it."""
    outcomes = sorted((_test_inputs(bug, i), outcome_key(run)) for i, run in enumerate(execution.tests))
    return hashlib.sha256(json.dumps(outcomes).encode()).hexdigest()


def _refuse_repeats(checked: list[Checked]) -> list[Checked]:
    """Keeps the first of equal bugs and refuses the later ones."""
    first_with: dict[tuple[str, ...], str] = {}
    result = []
    for item in checked:
        reasons = list(item.reasons)
        for code, key, what in identities(item):
            if (code, *key) in first_with:
                reasons.append(Reason(code, f"{what} {first_with[(code, *key)]}; drop one of them"))
            else:
                first_with[(code, *key)] = item.bug_id
        result.append(replace(item, reasons=tuple(reasons), measured=None if reasons else item.measured))
    return result


def identities(item: Checked) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """What no two bugs may share: the code of the refusal, the key, and words for the refusal."""
    if item.bug is None:
        return
    yield "repeated-id", (item.bug_id,), "has the same id as the earlier"
    reader = READERS.get(item.bug.language)
    facts = reader.read_code(item.bug.buggy_code, item.bug.entry_point) if reader else None
    if facts and facts.parses:
        yield "repeated-code", (facts.normalised,), "the buggy code is that of"
    if item.behaviour:
        yield "repeated-behaviour", (item.bug.program, item.behaviour), "behaves in every test like"


def to_json(checked: list[Checked]) -> dict[str, Any]:
    """The `--json` form."""

    def listed(reasons: tuple[Reason, ...]) -> list[dict[str, str]]:
        return [{"code": r.code, "message": r.message} for r in reasons]

    bugs = [
        {
            "id": c.bug_id,
            "file": f"{c.file}:{c.line}" if c.line else c.file,
            "valid": c.valid,
            "reasons": listed(c.reasons),
            "warnings": listed(c.warnings),
        }
        for c in checked
    ]
    return {"bugs": bugs, "n": len(bugs), "n_valid": sum(c.valid for c in checked)}


def print_table(checked: list[Checked]) -> None:
    """One row per readable bug, then one line per complaint."""
    console = Console()
    if not console.is_terminal:
        console.width = 120
    table = Table(box=None, pad_edge=False)
    table.add_column("bug", no_wrap=True)
    table.add_column("level", no_wrap=True)
    table.add_column("category", no_wrap=True, overflow="ellipsis")
    table.add_column("tests", justify="right", no_wrap=True)
    table.add_column("buggy passes", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for item in checked:
        if item.bug is None:
            continue
        n_hidden = sum(t.hidden for t in item.bug.tests)
        table.add_row(
            item.bug_id,
            item.bug.difficulty,
            item.bug.category,
            f"{len(item.bug.tests) - n_hidden}+{n_hidden}",
            f"{item.measured['buggy_pass_rate']:.0%}" if item.measured else "",
            "[green]valid" if item.valid else "[red]invalid",
        )
    if table.row_count:
        console.print(table)
    for item in checked:
        where = f"{item.file}:{item.line}" if item.line else item.file
        for reason in item.reasons:
            console.print(f"[red]{escape(where)}: {escape(reason.message)} ({reason.code})", soft_wrap=True)
        for warning in item.warnings:
            console.print(f"[yellow]{escape(where)}: warning: {escape(warning.message)}", soft_wrap=True)
    n_valid = sum(c.valid for c in checked)
    console.print(f"{n_valid} of {len(checked)} valid")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena validate`."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="bug files or folders (default: our own)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    add_sandbox_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """`debugarena validate`."""
    with Sandbox(args.workers, allow_weak=args.allow_weak) as sandbox:
        checked = validate_paths(args.paths, sandbox, show_progress=sys.stderr.isatty())
        if args.allow_weak:
            warn_if_weak(sandbox)
    if args.json:
        print(json.dumps(to_json(checked), indent=2))
    else:
        print_table(checked)
    return 0 if all(item.valid for item in checked) else 1
