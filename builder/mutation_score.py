"""Measures how well the tests of bugs tell the reference fix from fixes with a mistake.

Every operator of the generator is tried at every place of the reference fix, and each such mutant runs on the tests of
the bug, each test in a namespace of its own. Generated bugs get their score when their program is prepared
(making/prepare.py). This is for all others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.grading.verdicts import judge, make_job
from debugarena.benchmark.languages import language
from debugarena.benchmark.sandbox import Execution, Job, Sandbox
from debugarena.builder.making.pool import per_test
from debugarena.builder.mutation.sites import Mutant, first_order
from debugarena.builder.mutation.source import Source
from debugarena.builder.mutation.steps import metered
from debugarena.builder.validate import PROOF_LIMITS

STEPS = 10_000  # in one test; the reference fixes of ours need less than a fiftieth


@dataclass(frozen=True)
class MutationScore:
    """What became of the mutants of one bug.

    n_endless: those that do not end on some test, which count neither for nor against the tests. `equivalents` and
    `survivors` pass every test. The caller named the equivalents: no test can tell them from the reference fix.
    """

    bug_id: str
    n_mutants: int
    n_endless: int
    equivalents: tuple[str, ...]
    survivors: tuple[str, ...]

    @property
    def n_noticed(self) -> int:
        """How many mutants end and fail a test."""
        return self.n_mutants - self.n_endless - len(self.equivalents) - len(self.survivors)

    @property
    def score(self) -> float:
        """Of the mutants that end and are not equivalent, the share that the tests notice, 0 to 1."""
        return self.n_noticed / max(1, self.n_noticed + len(self.survivors))


def mutation_scores(
    bugs: Sequence[Bug], sandbox: Sandbox, equivalents: Mapping[str, Collection[str]]
) -> Iterator[MutationScore]:
    """One score per bug, in order. equivalents: bug id -> its equivalent mutants, in the words of `describe`."""
    mutants = [first_order(Source(bug.fixed_code)) for bug in bugs]
    jobs = (_job(bug, mutant) for bug, found in zip(bugs, mutants, strict=True) for mutant in found)
    executions = sandbox.run_many(jobs)
    for bug, found in zip(bugs, mutants, strict=True):
        runs = [(mutant, next(executions)) for mutant in found]
        yield _score(bug, runs, equivalents.get(bug.bug_id, ()))


def describe(bug: Bug, mutant: Mutant) -> str:
    """The mutant in one line: `line 5: comparison_boundary: while size <= count: -> while size < count:`.

    The line is that of the first change in the reference fix, from 1.
    """
    lines, changed = bug.fixed_code.splitlines(), mutant.code.splitlines()
    edits = [op for op in SequenceMatcher(None, lines, changed, autojunk=False).get_opcodes() if op[0] != "equal"]
    before = " ".join(line.strip() for _, i, j, _, _ in edits for line in lines[i:j])
    after = " ".join(line.strip() for _, _, _, i, j in edits for line in changed[i:j])
    return f"line {edits[0][1] + 1}: {mutant.site.operator.name}: {before or '(nothing)'} -> {after or '(nothing)'}"


def _job(bug: Bug, mutant: Mutant) -> Job:
    imports = language(bug.language).read_code(bug.fixed_code, bug.entry_point).imports
    return make_job(bug, metered(mutant.code, STEPS), imports, PROOF_LIMITS)


def _score(bug: Bug, runs: Sequence[tuple[Mutant, Execution]], equivalents: Collection[str]) -> MutationScore:
    ending = [(mutant, run) for mutant, run in runs if per_test(run, bug.tests) is not None]
    passing = [describe(bug, mutant) for mutant, run in ending if judge(bug, run).solved]
    return MutationScore(
        bug.bug_id,
        n_mutants=len(runs),
        n_endless=len(runs) - len(ending),
        equivalents=tuple(text for text in passing if text in equivalents),
        survivors=tuple(text for text in passing if text not in equivalents),
    )
