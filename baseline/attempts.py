"""Five attempts with feedback as TRL's GRPOTrainer plays them: one turn of the model is one attempt.

TRL lets a model act only through tool calls, and small coders write fences, not calls. So a whole turn that holds a
fence becomes one call of `submit_fix`. As always, `extract_code` decides which code in it counts: of several blocks,
the last that defines the entry point. A turn without a fence ends the episode.

    trainer = end_at_last_attempt(GRPOTrainer)(
        model, reward_funcs=signal_rewards(), processing_class=use_fences(tokenizer),
        environment_factory=lambda: RepairSession(DebugArenaEnv("http://127.0.0.1:8000").sync()), ...
    )

Rows need the columns `prompt` and `bug_id` of the dataset, and the server needs the bugs. The reward is that of the
last attempt, signal by signal, not the reward of the steps, which is 0.0 for a model that gives up early. TRL does not
end episodes: a model that continues after its solve hears that the episode is over, and is not trained on what it then
says (`end_at_last_attempt`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from debugarena.benchmark.environment.messages import DebugAction, DebugObservation
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.grading.rewards import NOTHING, SIGNALS

CHAT_TEMPLATE = """\
{%- for message in messages -%}
<|im_start|>{{ 'user' if message.role == 'tool' else message.role }}
{{ message.content or '' }}
{%- for call in message.tool_calls or [] -%}
{%- if call.function.name == 'submit_fix' -%}
{{ call.function.arguments.completion or '' }}
{%- else -%}
{{ call.function | tojson }}
{%- endif -%}
{%- endfor -%}
{%- if message.role == 'tool' and message.name and message.name != 'submit_fix' %} ({{ message.name }}){% endif -%}
<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% endif -%}
"""
RESPONSE_TEMPLATE: dict[str, Any] = {
    "defaults": {"role": "assistant"},
    "start_anchor": "<|im_start|>assistant\n",
    "fields": {
        "tool_calls": {
            "open_pattern": r"\A(?=[\s\S]*?```)",
            "close_pattern": r"<\|im_end\|>\s*",
            "repeats": True,
            "content": "text",
            "content_args": {"strip": False},
            "transform": {
                "type": "function",
                "function": {"name": "submit_fix", "arguments": {"completion": "{content}"}},
            },
        },
        "content": {"close_pattern": r"<\|im_end\|>\s*", "content": "text"},
    },
}
NO_ATTEMPT = asdict(NOTHING)


class RepairSession:
    """One session, as an environment of TRL. Its only tool is `submit_fix`.

    env: a client of a server after `.sync()`, or a DebugArenaEnvironment in this process.
    """

    def __init__(self, env: Any) -> None:
        self._env = env
        self._done = False
        self._signals = NO_ATTEMPT
        self._n_attempts = 0
        self._failure: Exception | None = None
        self.scoring_s = 0.0  # of this episode
        self.n_not_graded = 0  # episodes in which the sandbox could not run an attempt

    def reset(self, bug_id: str, **row: Any) -> None:
        """Begins the episode of a row. Returns nothing, because the prompt already says everything."""
        self._done, self._signals, self._n_attempts, self._failure = False, NO_ATTEMPT, 0, None
        self.scoring_s = 0.0
        self._env.reset(bug_id=bug_id)

    def submit_fix(self, completion: str) -> str:
        """Runs the tests on the corrected code.

        Args:
            completion: The answer that holds the corrected code in a fence.

        Returns:
            What the tests say.
        """
        if self._done:
            return "The episode is over."
        self._n_attempts += 1
        started = time.perf_counter()
        try:
            result = self._env.step(DebugAction(fixed_code=completion))
        except Exception as error:  # TRL would report it to the model and continue
            self.n_not_graded += isinstance(error, SandboxError) and self._failure is None
            self._failure = error
            raise
        self.scoring_s += time.perf_counter() - started
        seen: DebugObservation = getattr(result, "observation", result)
        assert seen.signals is not None
        self._done, self._signals = seen.done, seen.signals.model_dump()
        return seen.feedback

    @property
    def turns_that_count(self) -> int | None:
        """How many turns the model took until the episode was over; None if it is not over."""
        return self._n_attempts if self._done else None

    @property
    def signals(self) -> dict[str, float] | None:
        """The four signals of the last attempt; those of an answer without code if there was no attempt.

        None if the sandbox could not run an attempt. Raises any other error of one: our own failure is not a reward.
        """
        if isinstance(self._failure, SandboxError):
            return None
        if self._failure:
            raise self._failure
        return self._signals


def end_at_last_attempt(trainer: Any) -> Any:
    """Makes GRPOTrainer, or a subclass, train on no turn after the one that ended an episode."""

    class Ending(trainer):  # type: ignore[misc]
        def _tool_call_loop(self, *arguments: Any, **options: Any) -> Any:
            masks, *rest = super()._tool_call_loop(*arguments, **options)
            for mask, session in zip(masks, self.environments, strict=True):
                if session.turns_that_count is not None:
                    _keep_turns(mask, session.turns_that_count)
            return masks, *rest

    return Ending


def _keep_turns(mask: list[int], n: int) -> None:
    """Zeroes the stretches of ones, which are turns of the model, after the first n."""
    turns, before = 0, 0
    for i, counts in enumerate(mask):
        turns += counts > before
        before = counts
        if turns > n:
            mask[i] = 0


def signal_rewards() -> list[Callable[..., list[float | None]]]:
    """Four reward functions for GRPOTrainer, so that each signal has a column of its own in the log.

    None, for an episode that the sandbox could not run, leaves it out of its group.
    """
    return [_reward_of(name) for name in SIGNALS]


def _reward_of(name: str) -> Callable[..., list[float | None]]:
    def reward(environments: Sequence[RepairSession], **columns: Any) -> list[float | None]:
        if name == next(iter(SIGNALS)) and (log := columns.get("log_metric")):
            log("scoring_s", sum(session.scoring_s for session in environments))
        return [signals[name] if (signals := session.signals) else None for session in environments]

    reward.__name__ = name  # what TRL logs it as
    return reward


def use_fences(tokenizer: Any) -> Any:
    """Gives a ChatML tokenizer the two templates above, and returns it. Both survive save_pretrained."""
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.response_template = RESPONSE_TEMPLATE
    return tokenizer
