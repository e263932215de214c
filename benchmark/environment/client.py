"""The typed client of a DebugArena server, for agents and trainers: asynchronous, or synchronous after `.sync()`.

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

from debugarena.benchmark.environment.messages import NOT_GRADED, DebugAction, DebugObservation, DebugState
from debugarena.benchmark.errors import SandboxError

__all__ = ["DebugAction", "DebugArenaEnv", "DebugObservation", "DebugState"]


class DebugArenaEnv(EnvClient[DebugAction, DebugObservation, DebugState]):
    """One session over one WebSocket; the arguments are those of EnvClient, the server's address first.

        with DebugArenaEnv("http://127.0.0.1:8000").sync() as env:
            observation = env.reset(bug_id="python/first-char-empty").observation

    RuntimeError, with the server's sentence, for what the server refuses; SandboxError for what its sandbox could not
    run. Both leave the session as it was.
    """

    _episode_reward: float | None = None

    @property
    def episode_reward(self) -> float | None:
        """The reward paid so far: 0.0 until the episode is done, then its last attempt's total. None before a reset."""
        return self._episode_reward

    async def _send_and_receive(self, message: dict[str, Any]) -> dict[str, Any]:
        try:
            return await super()._send_and_receive(message)
        except RuntimeError as error:
            if NOT_GRADED in str(error):
                raise SandboxError(NOT_GRADED) from None
            raise

    def _step_payload(self, action: DebugAction) -> dict[str, Any]:
        return action.model_dump(exclude_defaults=True)

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[DebugObservation]:
        fields, reward, done = payload["observation"], payload["reward"], payload["done"]
        observation = DebugObservation(**fields, reward=reward, done=done)
        self._episode_reward = observation.episode_reward
        return StepResult(observation, reward, done)

    def _parse_state(self, payload: dict[str, Any]) -> DebugState:
        return DebugState(**payload)
