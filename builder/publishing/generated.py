"""The config `generated`: a fixed number of bugs of each split and level, which `generate` makes in a folder of parts.

Existing parts are used as they are, and an interrupted one is finished: the seed and the generator's source determine
what is in them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.errors import DebugArenaError, SandboxError
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.wording import counted
from debugarena.builder.likeness.leaks import leaks
from debugarena.builder.making.levels import LEVELS
from debugarena.builder.making.run import generate
from debugarena.builder.making.run_folder import OtherRun, Settings
from debugarena.builder.making.workers import Workers
from debugarena.builder.program import Program, load_programs

DATASET_SEED = 1
# bugs of each level
COUNTS = {"train": 1300, "validation": 135, "test": 310}
# more test rows of the same program add little: at most eight of one program
PER_PROGRAM = {"train": None, "validation": None, "test": 2}


def refuse_leaks(programs: Sequence[Program], bugs: Sequence[Bug], workers: int | None, allow_weak: bool) -> None:
    """DebugArenaError if a program of one split is a task of another, see `debugarena leaks`."""
    with Sandbox(workers, allow_weak=allow_weak) as sandbox:
        found = leaks(programs, bugs, sandbox)
    if found:
        raise DebugArenaError(f"{found[0]}; retire the program to train on, or make it another task")


def make_parts(
    folder: Path,
    jobs: int | None = None,
    allow_weak: bool = False,
    show_progress: bool = True,
    programs: Sequence[Program] | None = None,
    counts: dict[str, int] = COUNTS,
) -> list[dict[str, Any]]:
    """The summary of each part; its bugs are below `folder`. A part made by another generator is made anew.

    programs, counts: for tests, programs other than the package's own and fewer bugs. DebugArenaError if a split or
    level yields less than it should, SandboxError if a candidate could not be run.
    """
    summaries = []
    everything = list(programs or load_programs())
    with Workers(jobs, programs, allow_weak) as workers:
        for split, count in counts.items():
            for level in LEVELS:
                settings = Settings(count, DATASET_SEED, level, split, PER_PROGRAM[split])
                out = folder / f"{split}-level-{level}"
                try:
                    summary = generate(settings, out, workers, everything, show_progress)
                except OtherRun:
                    shutil.rmtree(out)
                    summary = generate(settings, out, workers, everything, show_progress)
                if n := summary.get("not_graded"):
                    raise SandboxError(
                        f"{out}: the sandbox could not run {counted(n, 'candidate')}; run the build again to resume"
                    )
                if summary["exhausted"]:
                    found = f"level {level} of {split} has {counted(summary['accepted'], 'bug')} instead of {count}"
                    raise DebugArenaError(f"{found}; lower its count in COUNTS or add programs")
                summaries.append(summary)
    return summaries
