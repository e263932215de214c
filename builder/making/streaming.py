"""An endless stream of bugs, as an iterator of rows or as a `datasets.IterableDataset` that GRPOTrainer takes.

    from debugarena.benchmark import reward_functions
    from debugarena.builder import stream_dataset

    config = GRPOConfig(max_steps=100, shuffle_dataset=False)
    GRPOTrainer(model, reward_functions(), config, train_dataset=stream_dataset(seed=7, level=2)).train()

The stream is shuffled already. To shuffle it again, the trainer would wait for the first thousand bugs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from debugarena.benchmark.dataset.schema import features
from debugarena.benchmark.dataset.splits import SPLIT_SHARES, split_of
from debugarena.benchmark.errors import DebugArenaError, SandboxError, UsageError
from debugarena.benchmark.sandbox import Sandbox
from debugarena.builder.making.maker import (
    SANDBOX_WORKERS,
    Maker,
    Result,
    check_level,
    distinct,
    program_order,
)
from debugarena.builder.making.turns import by_turns, take_turn
from debugarena.builder.program import Program, load_programs

if TYPE_CHECKING:
    import datasets


def stream(
    seed: int = 0,
    level: int = 1,
    split: str | None = "train",
    programs: Sequence[Program] | None = None,
    allow_weak: bool = False,
) -> Iterator[dict[str, Any]]:
    """Rows as `debugarena generate` makes them with the same seed, level and split; distinct until all have been seen.

    When a level has no more candidates, the stream starts again with the first bug. split None takes the programs of
    all splits, programs None those that come with the package; allow_weak: see Sandbox. UsageError for an unknown level
    or split, DebugArenaError if no candidate at all makes a bug, SandboxError if the sandbox fails.
    """
    check_level(level)
    if split is not None and split not in SPLIT_SHARES:
        raise UsageError(f"unknown split {split!r}; there are: {', '.join(SPLIT_SHARES)}")
    return _rows(seed, level, split, list(programs or load_programs()), allow_weak)


def _rows(
    seed: int, level: int, split: str | None, programs: Sequence[Program], allow_weak: bool
) -> Iterator[dict[str, Any]]:
    names = program_order(programs, seed, level)
    others = {name for name in names if split is not None and split_of(name) != split}
    with Sandbox(SANDBOX_WORKERS, allow_weak=allow_weak) as sandbox:
        maker = Maker(programs, sandbox)
        while True:
            bugs: Counter[str] = Counter()
            for result in distinct(_results(maker, seed, level, names, set(others), bugs), set()):
                if result.row is not None:
                    bugs[result.program] += 1
                    yield result.row
            if not bugs:
                raise DebugArenaError(f"no candidate of level {level} makes a bug; choose another level or programs")


def _results(
    maker: Maker, seed: int, level: int, names: Sequence[str], gone: set[str], bugs: Mapping[str, int]
) -> Iterator[Result]:
    """Like Workers.turns, but in this process."""
    tried: Counter[str] = Counter()
    while order := by_turns(names, gone, bugs):
        for result in take_turn(maker, seed, level, order[0], tried[order[0]], names):
            if result.status == "not-graded":
                raise SandboxError(result.refusal)
            if result.status in ("exhausted", "program-refused"):
                gone.add(result.program)
            tried[result.program] += 1
            yield result


def stream_dataset(seed: int = 0, level: int = 1, split: str | None = "train") -> datasets.IterableDataset:
    """The same rows as a dataset with the published columns. Imports `datasets`; see `stream` for the arguments."""
    from datasets import IterableDataset

    arguments = {"seed": seed, "level": level, "split": split}
    return IterableDataset.from_generator(stream, features=features(), gen_kwargs=arguments)
