"""A plain loop in which a model plays ten episodes on a server, printed as a person would read them.

  debugarena fetch-model smollm2
  debugarena serve &
  python docs/examples/ten_episodes.py
  python docs/examples/ten_episodes.py --model openai:http://127.0.0.1:9000/v1#my-model --episodes 3 --seed 7

The agent's side is all here: the first prompt and each next turn come from the server, the answers go back as they are.
The server must offer the packaged bugs.
"""

from __future__ import annotations

import argparse
import sys

from openenv.core.client_types import StepResult
from rich.console import Console
from rich.syntax import Syntax

from debugarena.benchmark import load_bugs
from debugarena.benchmark.dataset.schema import find_bug
from debugarena.benchmark.environment.client import DebugAction, DebugArenaEnv, DebugObservation
from debugarena.benchmark.errors import DebugArenaError
from debugarena.benchmark.grading.extraction import extract_code
from debugarena.benchmark.grading.prompts import Message, Prompt
from debugarena.benchmark.grading.rewards import MAX_TOTAL
from debugarena.benchmark.models.base import Model, Request, Sampling
from debugarena.benchmark.models.open import open_model

console = Console(highlight=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2", help="as in `debugarena score` (default: %(default)s)")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="default: %(default)s")
    parser.add_argument("--episodes", type=int, default=10, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of the first episode's bug (default: %(default)s)")
    parser.add_argument("--max-new-tokens", type=int, default=160, help="default: %(default)s")
    args = parser.parse_args()
    if args.episodes < 1:
        parser.error(f"--episodes is {args.episodes}; it must be at least 1")
    try:
        model = open_model(args.model)
        sampling = Sampling(max_new_tokens=args.max_new_tokens)
        with DebugArenaEnv(args.url).sync() as env:
            earned = [play(env, model, sampling, args.seed + number) for number in range(args.episodes)]
    except (DebugArenaError, RuntimeError) as error:  # the second is what the server said
        print(error, file=sys.stderr)
        return 2
    except ConnectionError:
        print(f"nothing answers at {args.url}; start it with: debugarena serve", file=sys.stderr)
        return 2
    solved = sum(reward == MAX_TOTAL for reward in earned)
    console.rule()
    console.print(f"{model.name}: {solved} of {len(earned)} solved, mean reward {sum(earned) / len(earned):.2f}")
    return 0


def play(env: DebugArenaEnv, model: Model, sampling: Sampling, seed: int) -> float:
    """One episode; its reward."""
    result = env.reset(seed=seed)
    seen = result.observation
    console.rule(f"[bold]{seen.bug_id}")
    console.print(seen.task, markup=False)
    show_code(seen.buggy_code, seen.language)
    show_tests(seen)
    # a Request wants the bug for its name and language alone; the model sees the messages
    bug = find_bug(load_bugs(), seen.bug_id)
    messages = [Message(role=m["role"], content=m["content"]) for m in seen.prompt]
    attempt = 0
    while not result.done:
        attempt += 1
        request = Request(bug, Prompt("chat-v1", messages=tuple(messages)), sample=0, attempt=attempt)
        ((_, answer),) = model.complete([request], sampling)
        result = env.step(DebugAction(fixed_code=answer.text))
        show_attempt(attempt, answer.text, result)
        messages.append(Message(role="assistant", content=answer.text))
        messages.append(Message(role="user", content=result.observation.feedback))
    assert env.episode_reward is not None
    return env.episode_reward


def show_attempt(number: int, answer: str, result: StepResult[DebugObservation]) -> None:
    seen = result.observation
    console.print(f"\n[bold]Attempt {number}[/bold]")
    show_code(extract_code(answer, seen.language, seen.entry_point, opened_fence=False), seen.language)
    if seen.solved:
        console.print("[green]solved[/green]", end="")
    else:
        console.print(seen.error_message, style="red", end="", markup=False)
    console.print(f"   reward {seen.attempt_reward:+.2f}")


def show_tests(seen: DebugObservation) -> None:
    for test in seen.tests:
        console.print("passes" if test.passed else "fails ", style="green" if test.passed else "red", end="  ")
        console.print(f"{test.call} should {test.expected}; it {test.got}", markup=False)
    console.print(f"and {seen.n_hidden_failed} of {seen.n_hidden} hidden tests fail")


def show_code(code: str, language: str) -> None:
    console.print(Syntax(code.strip() or "(nothing)", language, background_color="default", padding=(0, 2)))


if __name__ == "__main__":
    sys.exit(main())
