"""The OpenEnv episode: a broken function, what its visible tests say, five attempts at most, never the answer.

    env = DebugArenaEnvironment()
    observation = env.reset(bug_id="python/first-char-empty")
    observation = env.step(DebugAction(fixed_code="def first_char(s):\\n    return s[:1]"))

A step pays 0.0 until the episode is done, and then the total of the four signals for its last attempt. Some frameworks
add up the rewards of an episode and others take the last one. Here both get the same, and withholding the fix does not
pay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any
from uuid import uuid4

from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import EnvironmentMetadata
from openenv.core.rubrics import Rubric

from debugarena.benchmark.dataset.cases import is_text
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.environment.arena import Arena
from debugarena.benchmark.environment.messages import (
    Attempt,
    DebugAction,
    DebugObservation,
    DebugState,
    Signals,
)
from debugarena.benchmark.environment.task_sets import Task
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.extraction import extract_code
from debugarena.benchmark.grading.grade import Grade, Solution
from debugarena.benchmark.grading.prompts import (
    MAX_ATTEMPTS,
    Message,
    describe_feedback,
    make_prompt,
    next_turn,
)
from debugarena.benchmark.grading.rewards import SIGNALS, Rewards
from debugarena.benchmark.grading.verdicts import describe_visible
from debugarena.benchmark.layers import weakness

__all__ = ["Arena", "DebugAction", "DebugArenaEnvironment", "DebugObservation", "DebugState"]

MAX_EPISODE_ID_CHARS = 255


class SignalRubric(Rubric):
    """One of the four signals of an observation."""

    def __init__(self, name: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = name

    def forward(self, action: Any, observation: Any) -> float:
        return float(getattr(observation.signals, self._name))


class DebugRubric(Rubric):
    """The reward of a step. Its four children, named after the signals, score every attempt, not only the last."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        for name in SIGNALS:
            setattr(self, name, SignalRubric(name))

    def forward(self, action: Any, observation: Any) -> float:
        total = Rewards(*(child(action, observation) for child in self.children())).total
        return total if observation.done else 0.0


class DebugArenaEnvironment(Environment[DebugAction, DebugObservation, DebugState]):
    """One session. A UsageError leaves it as it was; a SandboxError costs no attempt.

    arena: shared with other sessions (default: its own, with the packaged bugs, closed with the session).
    """

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, arena: Arena | None = None) -> None:
        super().__init__(rubric=DebugRubric())
        self._arena = arena or Arena()
        self._owns_arena = arena is None
        self._task: Task | None = None
        self._state = DebugState()
        self._running = False

    def close(self) -> None:
        """Ends the arena if it is the session's own."""
        if self._owns_arena:
            self._arena.close()

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> DebugObservation:
        """Begins an episode. options: split, index, bug_id, difficulty, level, category; see TaskSet.choose."""
        with self._busy():
            episode_id = _checked_episode_id(episode_id)
            task = self._arena.tasks.choose(seed, **options)
            return self._begin(task, episode_id, self._arena.noop(task.bug))

    async def reset_async(
        self, seed: int | None = None, episode_id: str | None = None, **options: Any
    ) -> DebugObservation:
        """The same for an event loop."""
        with self._busy():
            episode_id = _checked_episode_id(episode_id)
            task = self._arena.tasks.choose(seed, **options)
            return self._begin(task, episode_id, await self._arena.anoop(task.bug))

    def step(self, action: DebugAction, timeout_s: float | None = None, **kwargs: Any) -> DebugObservation:
        """One attempt. timeout_s is not needed: the sandbox has limits of its own."""
        with self._busy():
            return self._record(action, self._arena.grade(self._admit(action)))

    async def step_async(self, action: DebugAction, timeout_s: float | None = None, **kwargs: Any) -> DebugObservation:
        """The same for an event loop."""
        with self._busy():
            return self._record(action, await self._arena.agrade(self._admit(action)))

    @property
    def state(self) -> DebugState:
        """Where the episode stands; an empty one before the first reset."""
        return self._state

    def get_metadata(self) -> EnvironmentMetadata:
        """Name, version and a description that says which layers of the sandbox hold."""
        layers = self._arena.sandbox.layers
        return EnvironmentMetadata(
            name="debugarena",
            description=" ".join(
                part
                for part in (
                    "Repair a broken function in five attempts at most; hidden tests decide, and are never shown.",
                    f"Sandbox layers that hold here: {', '.join(layers) or 'none'}.",
                    weakness(layers),
                )
                if part
            ),
            version=version("debugarena"),
        )

    def list_splits(self) -> list[str]:
        """The names of the splits."""
        return [*self._arena.tasks.splits]

    def num_tasks(self, split: str) -> int:
        """How many tasks a split has. UsageError if there is no such split, as in the methods below."""
        return len(self._arena.tasks.bugs(split))

    def list_tasks(self, split: str) -> list[dict[str, Any]]:
        """Every task of a split: its id, its index and what `reset` can choose by."""
        return self.get_task_range(split)

    def get_task(self, split: str, index: int) -> dict[str, Any]:
        """One task."""
        return _describe_task(self._arena.tasks.task(split, index))

    def get_task_range(self, split: str, start: int | None = None, stop: int | None = None) -> list[dict[str, Any]]:
        """The tasks from `start` to before `stop`, as in a Python slice."""
        places = range(self.num_tasks(split))[start:stop]
        return [self.get_task(split, index) for index in places]

    @contextmanager
    def _busy(self) -> Iterator[None]:
        """One call at a time: an attempt belongs to the episode that it was made in."""
        if self._running:
            raise UsageError("another call is still running; await it before the next")
        self._running = True
        try:
            yield
        finally:
            self._running = False

    def _begin(self, task: Task, episode_id: str, noop: Grade) -> DebugObservation:
        state = DebugState(
            episode_id=episode_id,
            bug_id=task.bug.bug_id,
            split=task.split,
            index=task.index,
            attempts_remaining=MAX_ATTEMPTS,
            dataset_hash=self._arena.tasks.dataset_hash,
            layers=list(self._arena.sandbox.layers),
        )
        prompt = make_prompt(task.bug, noop.verdict.failures, "chat-v1", attempts=MAX_ATTEMPTS)
        self._reset_rubric()
        self._task, self._state = task, state
        return self._observe(noop, describe_feedback(noop.feedback), messages=prompt.messages)

    def _admit(self, action: DebugAction) -> Solution:
        if not isinstance(action, DebugAction):
            raise UsageError(f"an action is a DebugAction, not {type(action).__name__}")
        if self._task is None:
            raise UsageError(
                "there is no episode yet: reset first (over plain HTTP every request is a session of its own; use /ws)"
            )
        if self._state.done:
            why = "is solved" if self._state.solved else f"has used its {MAX_ATTEMPTS} attempts"
            raise UsageError(f"this episode {why}; reset to begin another")
        bug = self._task.bug
        code = extract_code(action.fixed_code, bug.language, bug.entry_point, opened_fence=False)
        return self._arena.read(bug, code)

    def _record(self, action: DebugAction, grade: Grade) -> DebugObservation:
        state = self._state
        attempt = Attempt(reward=grade.rewards.total, solved=grade.solved, explanation=action.explanation)
        state.attempts = [*state.attempts, attempt]
        state.step_count += 1
        state.attempts_remaining -= 1
        state.solved = grade.solved
        state.done = grade.solved or state.attempts_remaining == 0
        if grade.solved:
            feedback = "Solved: every test passes, the hidden ones too."
        elif state.done:
            feedback = f"{describe_feedback(grade.feedback)}\n\nNo attempts left."
        else:
            feedback = next_turn(grade.feedback, state.attempts_remaining)
        observation = self._observe(grade, feedback, Signals(**vars(grade.rewards)))
        observation.attempt_reward = grade.rewards.total
        observation.reward = observation.episode_reward = self._apply_rubric(action, observation)
        return observation

    def _observe(
        self, grade: Grade, feedback: str, signals: Signals | None = None, messages: Sequence[Message] = ()
    ) -> DebugObservation:
        assert self._task is not None
        bug = self._task.bug
        return DebugObservation(
            done=self._state.done,
            bug_id=bug.bug_id,
            language=bug.language,
            entry_point=bug.entry_point,
            task=bug.task,
            buggy_code=bug.buggy_code,
            tests=describe_visible(bug, grade.verdict),
            n_hidden=sum(test.hidden for test in bug.tests),
            n_hidden_failed=grade.verdict.n_hidden_failed,
            error_message=_error_message(bug, grade),
            attempts_remaining=self._state.attempts_remaining,
            signals=signals,
            solved=self._state.solved,
            feedback=feedback,
            prompt=[{"role": message["role"], "content": message["content"]} for message in messages],
        )


def _checked_episode_id(episode_id: str | None) -> str:
    if episode_id is None:
        return uuid4().hex
    if not is_text(episode_id) or not 0 < len(episode_id) <= MAX_EPISODE_ID_CHARS:
        raise UsageError(f"episode_id must be text of 1 to {MAX_EPISODE_ID_CHARS} characters")
    return episode_id


def _error_message(bug: Bug, grade: Grade) -> str:
    """The first thing that went wrong, in one line."""
    facts, verdict = grade.facts, grade.verdict
    if facts.offences:
        return f"not run: {facts.offences[0]}"
    if not facts.parses:
        return f"not Python: {facts.error}"
    if not facts.defines_entry_point:
        return f"the code defines no {bug.entry_point}"
    if verdict.failures:
        first = verdict.failures[0]
        return f"{first.call} should {first.expected}, but it {first.got}"
    return f"hidden tests failing: {verdict.n_hidden_failed}" if verdict.n_hidden_failed else ""


def _describe_task(task: Task) -> dict[str, Any]:
    bug = task.bug
    return {
        "id": bug.bug_id,
        "index": task.index,
        "language": bug.language,
        "difficulty": bug.difficulty,
        "category": bug.category,
        "level": bug.level,
    }
