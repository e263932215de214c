"""What a run is rewarded with: the four signals of one attempt, or those of a session of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from debugarena.baseline.config import TrainConfig
from debugarena.baseline.data import TRAIN_SPLIT
from debugarena.benchmark.adapters.trl import OnGraded, SignalRewards
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.grading.grade import reference_limits
from debugarena.benchmark.grading.prompts import opens_fence
from debugarena.benchmark.sandbox import Limits, Sandbox

WALL_S = 300.0


class _Grader(Protocol):
    n_not_graded: int


@dataclass(frozen=True)
class Rewarding:
    """`arguments` are GRPOTrainer's. `graders` may grow during training."""

    arguments: Mapping[str, Any]
    graders: Sequence[_Grader]

    @property
    def n_not_graded(self) -> int:
        """How many completions the sandbox could not run so far."""
        return sum(grader.n_not_graded for grader in self.graders)


def make_rewarding(
    config: TrainConfig, bugs: Sequence[Bug], sandbox: Sandbox, tell: OnGraded | None = None
) -> Rewarding:
    """Rewards from the sandbox, a batch at a time. tell: see SignalRewards; not used with several attempts."""
    # the reference's own time limits endless loops, and only CPU time counts: a machine that is stopped for a while
    # must not change a reward
    limits = {bug_id: replace(limit, wall_s=WALL_S) for bug_id, limit in reference_limits(sandbox, bugs).items()}
    if config.attempts > 1:
        return _of_sessions(bugs, sandbox, limits)
    rewards = SignalRewards(bugs, sandbox, opens_fence(config.prompt), limits, tell)
    return Rewarding({"reward_funcs": rewards.functions()}, [rewards])


def _of_sessions(bugs: Sequence[Bug], sandbox: Sandbox, limits: Mapping[str, Limits]) -> Rewarding:
    from debugarena.baseline.attempts import RepairSession, signal_rewards
    from debugarena.benchmark.environment.episode import Arena, DebugArenaEnvironment
    from debugarena.benchmark.environment.task_sets import TaskSet

    arena = Arena(TaskSet({TRAIN_SPLIT: bugs}), sandbox, limits=limits)
    sessions: list[RepairSession] = []

    def begin_session() -> RepairSession:
        sessions.append(session := RepairSession(DebugArenaEnvironment(arena)))
        return session

    return Rewarding({"reward_funcs": signal_rewards(), "environment_factory": begin_session}, sessions)
