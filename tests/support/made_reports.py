"""Reports made of solves alone, without running anything; numbers that nothing is made of are 0."""

from collections.abc import Sequence
from typing import Any

from debugarena.benchmark.scoring.report import Protocol
from debugarena.benchmark.scoring.typed_report import (
    Breakdowns,
    BugScore,
    DatasetFacts,
    Estimate,
    Report,
    SandboxFacts,
)

ZERO = Estimate(0.0, None)


def made_report(
    solved_at: Sequence[Sequence[int | None]], programs: Sequence[str] | None = None, **protocol: Any
) -> Report:
    """solved_at: for each bug one attempt, or None, a sample. programs: of the bugs; each has its own by default."""
    stated = Protocol(**protocol)
    names = programs or [f"p{i:03}" for i in range(len(solved_at))]
    bugs = [_bug(f"b{i:03}", program, at) for i, (program, at) in enumerate(zip(names, solved_at, strict=True))]
    within = [
        sum(sum(at is not None and at <= n for at in bug.solved_at) / bug.samples for bug in bugs) / len(bugs)
        for n in range(1, stated.attempts + 1)
    ]
    return Report(
        solve_rate=Estimate(within[0], None),
        reward=ZERO,
        tests_passing=ZERO,
        full_solve_bonus=ZERO,
        format_compliance=ZERO,
        anti_hacking=ZERO,
        echo_rate=ZERO,
        forbidden_rate=ZERO,
        overfit_rate=ZERO,
        noop_reward=ZERO,
        reward_above_noop=ZERO,
        edit_size=None,
        solved_within=tuple(Estimate(share, None) for share in within),
        pass_at={1: Estimate(within[0], None)},
        n=len(bugs),
        n_programs=len({*names}),
        n_samples=min(bug.samples for bug in bugs),
        n_completions=0,
        breakdowns=Breakdowns({}, {}, {}, {}),
        protocol=stated,
        prompt_hash="p",
        dataset=DatasetFacts("0.0.0", "d"),
        sandbox=SandboxFacts((), False),
        grading=2,
        debugarena="0.0.0",
        bugs=tuple(bugs),
    )


def _bug(bug_id: str, program: str, solved_at: Sequence[int | None]) -> BugScore:
    solved = sum(at == 1 for at in solved_at) / len(solved_at)
    return BugScore(
        bug_id=bug_id,
        program=program,
        difficulty="easy",
        level=None,
        category="boundary",
        samples=len(solved_at),
        solved=solved,
        solved_at=tuple(solved_at),
        reward=0.7 + 2.5 * solved,
        noop_reward=0.7,
    )
