"""Witnesses: which tests tell whether one of several edits is there, whichever of the others are.

An edit has none where the others hide it: where fixing it alone changes no test, or breaks one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.grading.verdicts import judge, make_job
from debugarena.benchmark.sandbox import Sandbox
from debugarena.builder.making.prepare import Measured, Prepared
from debugarena.builder.mutation.sites import apply_sites


def find_witnesses(
    bug: Bug, prepared: Prepared, edits: Sequence[Measured], sandbox: Sandbox
) -> tuple[tuple[str, ...], ...]:
    """For each edit the names of the tests that fail with every subset of the edits that has it and with no other one.

    Runs a program for each subset, at most seven. SandboxError if the sandbox fails.
    """
    subsets = [set(chosen) for n in range(1, len(edits) + 1) for chosen in combinations(range(len(edits)), n)]
    codes = [apply_sites(prepared.source, [edits[i].mutant.site for i in sorted(subset)]) for subset in subsets]
    # edits that are only Python together prove nothing of each other: all tests fail
    runs = sandbox.run_many(make_job(bug, code or "not Python", prepared.program.imports) for code in codes)
    failed = [{n for n, ok in enumerate(judge(bug, run).passed) if not ok} for run in runs]
    found = []
    for i in range(len(edits)):
        witnesses = set(range(len(bug.tests)))
        for subset, tests in zip(subsets, failed, strict=True):
            witnesses = witnesses & tests if i in subset else witnesses - tests
        found.append(tuple(bug.tests[n].name for n in sorted(witnesses)))
    return tuple(found)
