"""The typed client of a DebugArena server, for agents and trainers: asynchronous, or plain after `.sync()`.

    with DebugArenaEnv("http://127.0.0.1:8000").sync() as env:
        result = env.reset(bug_id="python/first-char-empty")
        while not result.done:
            result = env.step(DebugAction(fixed_code=answer(result.observation)))
        print(env.episode_reward)

Not covered: how a session is kept; that is OpenEnv's EnvClient.
"""

from __future__ import annotations

from typing import Any

from openenv.core.client_types import StepResult
from openenv.core.env_client import EnvClient

from debugarena.benchmark.openenv_types import DebugAction, DebugObservation, DebugState

__all__ = ["DebugAction", "DebugArenaEnv", "DebugObservation", "DebugState"]


class DebugArenaEnv(EnvClient[DebugAction, DebugObservation, DebugState]):
    """One session over one WebSocket; the arguments are those of EnvClient, the server's address first.

    What the server refuses arrives as RuntimeError with its sentence; the session goes on.
    """

    _episode_reward: float | None = None

    @property
    def episode_reward(self) -> float | None:
        """What the episode is worth so far: the reward of its last attempt, never a sum; None before the first."""
        return self._episode_reward

    def _step_payload(self, action: DebugAction) -> dict[str, Any]:
        return action.model_dump(exclude_defaults=True)

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[DebugObservation]:
        fields, reward, done = payload["observation"], payload["reward"], payload["done"]
        self._episode_reward = reward
        return StepResult(DebugObservation(**fields, reward=reward, done=done), reward, done)

    def _parse_state(self, payload: dict[str, Any]) -> DebugState:
        return DebugState(**payload)
