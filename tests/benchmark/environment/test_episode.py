from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from conftest import leaks
from flaky_sandbox import FlakySandbox
from hypothesis import given
from hypothesis import strategies as st
from live_server import attempt

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.environment.arena import Arena
from debugarena.benchmark.environment.task_sets import TaskSet
from debugarena.benchmark.errors import SandboxError, UsageError
from debugarena.benchmark.grading.grade import grade_codes
from debugarena.benchmark.grading.prompts import make_prompt, next_turn
from debugarena.benchmark.grading.rewards import SIGNALS

if TYPE_CHECKING:
    from debugarena.benchmark.environment.episode import DebugArenaEnvironment
    from debugarena.benchmark.environment.messages import DebugObservation

FIX = "def flip(text):\n    return text[::-1]\n"
HALF = "def flip(text):\n    return {'VISIBLEqa': 'aqELBISIV', 'VISIBLEqb': 'bqELBISIV', '': ''}.get(text)\n"
WRONG = "def flip(text):\n    print('turning', text)\n    return text.upper()\n"


@pytest.fixture(scope="module")
def arena(sandbox: Sandbox, flip: Bug, bugs: list[Bug]) -> Iterator[Arena]:
    with Arena(TaskSet({"test": [flip, *bugs]}), sandbox) as shared:
        yield shared


def new_env(arena: Arena | None = None) -> DebugArenaEnvironment:
    from debugarena.benchmark.environment.episode import DebugArenaEnvironment

    return DebugArenaEnvironment(arena)


@pytest.fixture
def env(arena: Arena) -> DebugArenaEnvironment:
    return new_env(arena)


def submit(env: DebugArenaEnvironment, *codes: str) -> list[DebugObservation]:
    return [env.step(attempt(code)) for code in codes]


def test_a_reset_shows_the_bug_and_what_its_visible_tests_say(env: DebugArenaEnvironment, flip: Bug) -> None:
    seen = env.reset(bug_id="flip")
    assert (seen.bug_id, seen.language, seen.entry_point, seen.task) == (
        "python/flip",
        "python",
        "flip",
        flip.task,
    )
    assert seen.buggy_code == flip.buggy_code
    assert [(t.passed, t.call, t.expected, t.got) for t in seen.tests] == [
        (False, "flip('VISIBLEqa')", "return 'aqELBISIV'", "returned 'VISIBLEqa'"),
        (False, "flip('VISIBLEqb')", "return 'bqELBISIV'", "returned 'VISIBLEqb'"),
        (True, "flip('')", "return ''", "returned ''"),
    ]
    assert (seen.n_hidden, seen.n_hidden_failed, seen.attempts_remaining) == (3, 3, 5)
    assert (seen.done, seen.solved, seen.reward, seen.signals) == (False, False, None, None)
    assert (seen.attempt_reward, seen.episode_reward) == (None, 0.0)


def test_the_prompt_and_the_feedback_are_those_of_chat_v1(
    env: DebugArenaEnvironment, sandbox: Sandbox, flip: Bug
) -> None:
    noop, first = grade_codes(sandbox, [(flip, flip.buggy_code), (flip, WRONG)])
    completion = f"```python\n{WRONG}```"
    prompt = make_prompt(flip, noop.verdict.failures, "chat-v1", [(completion, first.feedback)], attempts=5)
    shown = env.reset(bug_id="flip").prompt
    (seen,) = submit(env, completion)
    messages = [*shown, {"role": "assistant", "content": completion}, {"role": "user", "content": seen.feedback}]
    assert messages == list(prompt.messages)
    assert seen.feedback == next_turn(first.feedback, 4)


def test_an_attempt_is_scored_as_everywhere(env: DebugArenaEnvironment, sandbox: Sandbox, flip: Bug) -> None:
    env.reset(bug_id="flip")
    codes = [WRONG, HALF, "import os\n", "def flip(", FIX]
    grades = list(grade_codes(sandbox, [(flip, code) for code in codes]))
    for seen, grade in zip(submit(env, *codes), grades, strict=True):
        assert seen.attempt_reward == grade.rewards.total
        assert seen.signals is not None
        assert seen.signals.model_dump() == vars(grade.rewards)
        assert seen.solved == grade.solved
        assert seen.n_hidden_failed == grade.verdict.n_hidden_failed


def test_error_messages_say_what_went_wrong_first(env: DebugArenaEnvironment) -> None:
    env.reset(bug_id="flip")
    seen = submit(env, WRONG, "import os\n", "x = 1\n\ndef flip(", "def turn(text): pass", HALF)
    assert [o.error_message for o in seen] == [
        "flip('VISIBLEqa') should return 'aqELBISIV', but it returned 'VISIBLEQA'",
        "not run: line 1: imports os",
        "not Python: line 3: '(' was never closed",
        "the code defines no flip",
        "hidden tests failing: 3",
    ]
    assert seen[0].tests[0].output == "turning VISIBLEqa\n"
    assert {t.got for t in seen[1].tests} == {"was not run"}
    assert [o.attempts_remaining for o in seen] == [4, 3, 2, 1, 0]
    assert [o.done for o in seen] == [False] * 4 + [True]
    assert seen[-1].feedback.endswith("No attempts left.")


def test_an_episode_ends_with_the_solve(env: DebugArenaEnvironment) -> None:
    env.reset(bug_id="flip", episode_id="mine")
    first, second = submit(env, WRONG, FIX)
    assert not first.done
    assert (second.done, second.solved, second.reward, second.attempts_remaining) == (True, True, 3.2, 3)
    state = env.state
    assert (state.episode_id, state.step_count, state.done, state.solved) == ("mine", 2, True, True)
    assert [(a.reward, a.solved) for a in state.attempts] == [(first.attempt_reward, False), (3.2, True)]
    with pytest.raises(UsageError, match="this episode is solved; reset to begin another"):
        submit(env, FIX)
    assert env.state.step_count == 2
    assert env.reset(bug_id="flip").attempts_remaining == 5


def test_five_attempts_and_no_sixth(env: DebugArenaEnvironment) -> None:
    env.reset(bug_id="flip")
    assert submit(env, *[WRONG] * 5)[-1].done
    with pytest.raises(UsageError, match="has used its 5 attempts; reset to begin another"):
        submit(env, FIX)


def test_acting_before_a_reset_is_refused_and_changes_nothing(env: DebugArenaEnvironment) -> None:
    with pytest.raises(UsageError, match="there is no episode yet: reset first"):
        submit(env, FIX)
    assert env.state.step_count == 0
    env.reset(bug_id="flip")
    for options in (
        {"split": "train"},
        {"bug_id": "nothing-like-it"},
        {"episode_id": ""},
        {"episode_id": "x" * 256},
        {"episode_id": "\ud800"},
    ):
        with pytest.raises(UsageError):
            env.reset(**options)
    assert submit(env, FIX)[0].solved  # the episode from before went on


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"fixed_code": 3}, "fixed_code: Input should be a valid string"),
        ({"fixed_code": None}, "fixed_code: Input should be a valid string"),
        ({"fixed_code": b"\xff"}, "fixed_code: Input should be a valid string"),
        ({"fixed_code": "\ud800"}, "fixed_code: Input should be a valid string"),
        ({}, "fixed_code: Field required"),
        ({"fixed_code": "x" * 65537}, "fixed_code has more than 65536 characters; send less"),
        ({"fixed_code": "x", "explanation": "x" * 16385}, "explanation has more than 16384 characters; send less"),
        ({"fixed_code": "x", "solved": True}, "an action has no 'solved'; it has fixed_code and explanation"),
        ({"fixed_code": "x", "y" * 5000: True}, "an action has no 'yyy"),
    ],
)
def test_a_bad_action_is_one_sentence(fields: dict[str, Any], sentence: str) -> None:
    from debugarena.benchmark.environment.messages import DebugAction

    with pytest.raises(UsageError) as caught:
        DebugAction(**fields)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 300


def test_every_allowed_action_fits_into_a_message() -> None:
    from debugarena.benchmark.environment.messages import MAX_MESSAGE_BYTES

    action = attempt("\U0001f600" * 65536, explanation="\U0001f600" * 16384)
    assert len(json.dumps({"type": "step", "data": action.model_dump()})) < MAX_MESSAGE_BYTES


def test_the_explanation_is_kept_and_never_scored(env: DebugArenaEnvironment) -> None:
    env.reset(bug_id="flip")
    action = attempt(WRONG, explanation=f"```python\n{FIX}```")
    assert not env.step(action).solved
    assert env.state.attempts[0].explanation == action.explanation


@pytest.mark.parametrize("answer", [FIX, f"Here:\n```python\n{FIX}```\nDone.", f"```\n{WRONG}```\n```python\n{FIX}"])
def test_bare_code_and_completions_with_fences_count(env: DebugArenaEnvironment, answer: str) -> None:
    env.reset(bug_id="flip")
    assert submit(env, answer)[0].solved


def test_the_rubric_tree_has_the_four_signals(env: DebugArenaEnvironment) -> None:
    env.reset(bug_id="flip")
    (seen,) = submit(env, HALF)
    assert env.rubric is not None
    assert [name for name, _ in env.rubric.named_rubrics()] == list(SIGNALS)
    assert {name: child.last_score for name, child in env.rubric.named_rubrics()} == seen.signals.model_dump()  # type: ignore[union-attr]
    assert (env.rubric.last_score, seen.reward, seen.attempt_reward) == (0.0, 0.0, 0.7)
    (seen,) = submit(env, FIX)
    assert env.rubric.last_score == seen.reward == sum(child.last_score or 0 for child in env.rubric.children()) == 3.2


def test_the_task_api_lists_what_reset_takes(env: DebugArenaEnvironment, bugs: list[Bug]) -> None:
    assert env.list_splits() == ["test"]
    assert env.num_tasks("test") == len(env.list_tasks("test")) == len(bugs) + 1
    for task in env.get_task_range("test", 3, 6):
        assert env.reset(split="test", index=task["index"]).bug_id == task["id"]
    assert env.get_task("test", 0) == {
        "id": "python/flip",
        "index": 0,
        "language": "python",
        "difficulty": "easy",
        "category": "missing-step",
        "level": None,
    }
    with pytest.raises(UsageError, match="index is 99"):
        env.get_task("test", 99)
    with pytest.raises(UsageError, match="unknown split 'dev'"):
        env.num_tasks("dev")


def test_the_same_seed_gives_the_same_bug(arena: Arena) -> None:
    one, other = new_env(arena), new_env(arena)
    for seed in range(5):
        assert one.reset(seed=seed).bug_id == other.reset(seed=seed).bug_id


@pytest.mark.parametrize(
    ("codes", "earned"),
    [
        ([FIX], 3.2),
        ([WRONG, "import os", HALF, WRONG, FIX], 3.2),
        ([HALF, HALF], 0.0),
        (["def flip(text):\n    return text\n"] * 5, 1 / 6 + 0.2),
        ([HALF, HALF, HALF, HALF, "import os"], -1.3),
    ],
    ids=["solves at once", "delays", "leaves early", "resubmits the bug", "never solves"],
)
def test_the_sum_of_the_rewards_and_the_last_one_agree(
    env: DebugArenaEnvironment, codes: list[str], earned: float
) -> None:
    env.reset(bug_id="flip")
    episode = submit(env, *codes)
    rewards = [seen.reward or 0.0 for seen in episode]
    assert sum(rewards) == rewards[-1] == episode[-1].episode_reward == pytest.approx(earned)
    assert [seen.episode_reward for seen in episode[:-1]] == [0.0] * (len(codes) - 1)
    assert [attempt.reward for attempt in env.state.attempts] == [seen.attempt_reward for seen in episode]


@given(st.lists(st.sampled_from([WRONG, HALF, "", "import os", "def flip("]), max_size=5))
def test_keeping_the_fix_back_never_earns_more(arena: Arena, before: list[str]) -> None:
    """Whatever is tried first, and whichever way the rewards are read, the fix at once earns as much or more."""
    env = new_env(arena)
    for codes, earned in (([FIX], 3.2), ([*before[:4], FIX], 3.2), (before, None)):
        env.reset(bug_id="flip")
        rewards = [seen.reward or 0.0 for seen in submit(env, *codes)]
        for reading in (sum(rewards), *rewards[-1:]):
            assert reading == earned or (earned is None and reading < 1.2)


def test_no_observation_shows_what_is_hidden(env: DebugArenaEnvironment) -> None:
    shown: list[Any] = [env.reset(bug_id="flip"), *submit(env, WRONG, HALF, "import os", "(", FIX)]
    shown += [env.state, env.list_tasks("test")[:1], env.get_metadata()]
    assert leaks([item if isinstance(item, list) else item.model_dump_json() for item in shown]) == []


def test_two_sessions_on_one_loop_do_not_meet(arena: Arena) -> None:
    async def play(index: int) -> list[DebugObservation]:
        env = new_env(arena)
        first = await env.reset_async(split="test", index=index)
        rest = [await env.step_async(attempt(first.buggy_code)) for _ in range(5)]
        return [first, *rest]

    async def all_of_them() -> list[list[DebugObservation]]:
        return await asyncio.gather(*(play(index) for index in range(20)))

    for index, episode in enumerate(asyncio.run(all_of_them())):
        bug = arena.tasks.bugs("test")[index]
        assert {seen.bug_id for seen in episode} == {bug.bug_id}
        assert {seen.attempt_reward for seen in episode[1:]} == {arena.noop(bug).rewards.total}
        assert episode[-1].done


def test_an_action_is_a_debug_action(env: DebugArenaEnvironment) -> None:
    env.reset(bug_id="flip")
    for action in ("x", {"fixed_code": FIX}, None):
        with pytest.raises(UsageError, match="an action is a DebugAction, not"):
            env.step(action)  # type: ignore[arg-type]
    assert submit(env, FIX)[0].solved


def test_one_call_at_a_time(arena: Arena) -> None:
    async def hurry() -> None:
        env = new_env(arena)
        await env.reset_async(bug_id="flip")
        for first in (env.step_async(attempt(WRONG)), env.reset_async(split="test", index=40)):
            arena._noop.clear()  # so that a reset has to wait for the sandbox
            running = asyncio.create_task(first)
            await asyncio.sleep(0)
            for second in (env.step_async(attempt(FIX)), env.reset_async(bug_id="flip")):
                with pytest.raises(UsageError, match="another call is still running"):
                    await second
            await running
        assert env.state.step_count == 0
        await env.reset_async(bug_id="flip")
        assert (await env.step_async(attempt(FIX))).solved

    asyncio.run(hurry())


def test_a_sandbox_that_fails_costs_no_attempt(flip: Bug, bugs: list[Bug], sandbox: Sandbox) -> None:
    flaky = FlakySandbox(sandbox)
    arena = Arena(TaskSet({"test": [flip, *bugs]}), flaky.as_sandbox)
    env = new_env(arena)
    env.reset(bug_id="flip", episode_id="mine")
    submit(env, WRONG)
    before = env.state.model_dump()
    flaky.failures = 4
    with pytest.raises(SandboxError, match="no job can be run"):
        submit(env, FIX)
    with pytest.raises(SandboxError, match="no job can be run"):
        asyncio.run(env.step_async(attempt(FIX)))
    with pytest.raises(SandboxError, match="no job can be run"):
        env.reset(bug_id=bugs[0].bug_id)
    with pytest.raises(SandboxError, match="no job can be run"):
        asyncio.run(env.reset_async(bug_id=bugs[0].bug_id))
    assert env.state.model_dump() == before
    assert submit(env, FIX)[0].solved
    assert env.state.step_count == 2


def test_an_environment_of_its_own_closes_its_sandbox() -> None:
    env = new_env()
    seen = env.reset(seed=1)
    env.close()
    with pytest.raises(SandboxError, match="closed"):
        submit(env, seen.buggy_code)
