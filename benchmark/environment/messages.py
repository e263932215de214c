"""The messages between an agent and the environment. Client and server import this, and not each other."""

from __future__ import annotations

from typing import Any

from openenv.core.env_server.types import Action, Observation, State
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidatorFunctionWrapHandler, model_validator

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.rewards import SIGNALS
from debugarena.benchmark.grading.verdicts import VisibleOutcome

MAX_ANSWER_CHARS = 64 * 1024  # a completion with its thoughts; the code in it may be a quarter of that
MAX_EXPLANATION_CHARS = 16 * 1024
# room for every action that is allowed, each character in the longest form that JSON has for it
MAX_MESSAGE_BYTES = 12 * (MAX_ANSWER_CHARS + MAX_EXPLANATION_CHARS) + 4096
NOT_GRADED = "the attempt could not be graded and was not counted; send it again"


class DebugAction(Action):
    """One attempt. `fixed_code` is bare code or a completion with a fence; `explanation` is kept, never scored."""

    fixed_code: str = Field(max_length=MAX_ANSWER_CHARS, description="The whole corrected code, bare or in a fence.")
    explanation: str = Field(
        default="", max_length=MAX_EXPLANATION_CHARS, description="Kept in the state, never scored."
    )

    @model_validator(mode="wrap")
    @classmethod
    def _explain(cls, data: Any, handler: ValidatorFunctionWrapHandler) -> DebugAction:
        """One sentence instead of pydantic's list, which repeats the input and cannot always be sent."""
        try:
            action: DebugAction = handler(data)
            return action
        except ValidationError as error:
            raise UsageError(_complaint(error)) from None


def _complaint(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    where = ".".join(map(str, first["loc"])) or "the action"
    if first["type"] == "string_too_long":
        limit = {"fixed_code": MAX_ANSWER_CHARS, "explanation": MAX_EXPLANATION_CHARS}[where]
        return f"{where} has more than {limit} characters; send less"
    if first["type"] == "extra_forbidden":
        return f"an action has no {where[:80]!r}; it has fixed_code and explanation"
    return f"{where[:80]}: {first['msg']}; an action is text in fixed_code and, if you like, in explanation"


def _field(name: str) -> Any:
    return Field(ge=SIGNALS[name].low, le=SIGNALS[name].high)


class Signals(BaseModel):
    """The four signals of one attempt; its total is their sum, in [-1.3, 3.2]."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tests_passing: float = _field("tests_passing")
    full_solve_bonus: float = _field("full_solve_bonus")
    format_compliance: float = _field("format_compliance")
    anti_hacking: float = _field("anti_hacking")


class DebugObservation(Observation):
    """What an agent may see: only counts of the hidden tests, and nothing of the fix or the hint.

    After a reset, `tests` and the counts are those of the buggy code, and `prompt` holds the first messages of
    chat-v1. After an attempt, `feedback` is the next user turn of the same format.
    """

    bug_id: str
    language: str
    entry_point: str
    task: str
    buggy_code: str
    tests: list[VisibleOutcome]
    n_hidden: int = Field(ge=1, description="How many hidden tests there are.")
    n_hidden_failed: int = Field(ge=0)
    error_message: str = Field(default="", description="The first thing that went wrong, in one line.")
    attempts_remaining: int = Field(ge=0, le=5)
    signals: Signals | None = Field(default=None, description="Of this attempt; None after a reset.")
    attempt_reward: float | None = Field(default=None, description="Total of the signals; None after a reset.")
    episode_reward: float = Field(
        default=0.0, description="Paid so far: 0.0 until the episode is done, then the last attempt's total."
    )
    solved: bool = False
    feedback: str = ""
    prompt: list[dict[str, str]] = Field(default_factory=list, description="Messages of role and content.")


class Attempt(BaseModel):
    """One attempt as the state keeps it; `reward` is the total of its own signals, whatever the step paid."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reward: float
    solved: bool
    explanation: str


class DebugState(State):
    """Where the episode stands. `layers` are the sandbox's isolation layers that hold on the server."""

    bug_id: str = ""
    split: str = ""
    index: int | None = None
    attempts: list[Attempt] = Field(default_factory=list)
    attempts_remaining: int = 0
    solved: bool = False
    done: bool = False
    dataset_hash: str = ""
    layers: list[str] = Field(default_factory=list)
